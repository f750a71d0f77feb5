# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import heapq

import pytest

from ib_provider.domain.request_window import RequestWindow


def _throughput(window: RequestWindow, *, servers: int, answer_s: float, seconds: float) -> float:
    """Return answers a second, in the second half, of a gateway that serves so many at a time."""
    free = [0.0] * servers
    heapq.heapify(free)
    asked: list[tuple[float, float]] = []
    now, late = 0.0, 0
    while now < seconds:
        while len(asked) < window.size:
            begin = max(now, heapq.heappop(free))
            heapq.heappush(free, begin + answer_s)
            heapq.heappush(asked, (begin + answer_s, now))
        now, since = heapq.heappop(asked)
        window.answered(now - since)
        late += now >= seconds / 2
    return late / (seconds / 2)


def test_window_begins_with_the_least() -> None:
    """Nothing is known of the gateway yet."""
    assert RequestWindow(least=4, most=48).size == 4


@pytest.mark.parametrize("servers", [8, 20, 40])
def test_window_grows_until_a_parallel_gateway_is_never_idle(servers: int) -> None:
    """All that it can serve at a time is used, and no more than a handful stands in line."""
    window = RequestWindow()
    rate = _throughput(window, servers=servers, answer_s=0.5, seconds=120)
    assert rate >= 0.97 * servers / 0.5
    assert window.size <= servers + 5


def test_window_stays_the_least_where_answers_come_one_after_another() -> None:
    """More open requests would only wait, and run into their time limits."""
    window = RequestWindow(least=4)
    assert _throughput(window, servers=1, answer_s=0.5, seconds=120) == pytest.approx(2, rel=0.05)
    assert window.size <= 6


def test_window_never_passes_its_most() -> None:
    """IB counts 50 open requests of a login, whoever opened them."""
    window = RequestWindow(most=30)
    _throughput(window, servers=200, answer_s=0.5, seconds=60)
    assert window.size == 30


def test_window_is_halved_by_a_time_limit_and_not_below_the_least() -> None:
    """A gateway that does not answer in time has more than it can serve."""
    window = RequestWindow(least=4)
    _throughput(window, servers=20, answer_s=0.5, seconds=60)
    before = window.size
    window.timed_out()
    assert window.size == before // 2
    for _ in range(9):
        window.timed_out()
    assert window.size == 4


def test_answers_without_any_delay_are_no_line() -> None:
    """A clock that stood still meanwhile says nothing, and divides nothing by zero."""
    window = RequestWindow()
    for _ in range(300):
        window.answered(0.0)
    assert window.size == 48


@pytest.mark.parametrize(("least", "most"), [(0, 4), (5, 4)])
def test_window_without_room_is_refused(least: int, most: int) -> None:
    """A window of none would wait for ever."""
    with pytest.raises(ValueError, match=f"from {least} to {most}"):
        RequestWindow(least=least, most=most)
