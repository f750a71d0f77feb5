# SPDX-License-Identifier: Apache-2.0
"""IB's rules for historical requests, as waits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_provider.domain.pacing import HistoryDemand, PacingRules, PastRequest, history_wait_s
from ib_provider.errors import ConfigError
from ib_provider.simulator.limits.historical_pacing import HistoricalPacing, PacedRequest

RULES = PacingRules()


def demand(name: str = "a", *, series: str = "AAPL", weight: int = 1) -> HistoryDemand:
    return HistoryDemand(identity=name, series=series, weight=weight)


def answered(count: int, at: float) -> list[PastRequest]:
    return [
        PastRequest(demand=demand(f"{at}.{number}", series=f"s{number}"), answered_at=at)
        for number in range(count)
    ]


def test_the_first_request_waits_for_nothing() -> None:
    """An idle login may ask at once."""
    assert history_wait_s(demand(), [], 1000.0, RULES) == 0


def test_an_identical_request_waits_fifteen_seconds_from_the_answer() -> None:
    """The gateway may have counted the first as late as its answer."""
    past = [PastRequest(demand=demand("a"), answered_at=100.0)]
    assert history_wait_s(demand("a"), past, 104.0, RULES) == pytest.approx(11.0)
    assert history_wait_s(demand("a"), past, 115.0, RULES) == 0


def test_the_sixth_request_of_one_series_waits_out_two_seconds() -> None:
    """Five within two seconds is what IB takes; BID_ASK counts twice."""
    past = [
        PastRequest(demand=demand(str(number), series="AAPL"), answered_at=100.0 + number / 10)
        for number in range(5)
    ]
    assert history_wait_s(demand("z"), past, 100.5, RULES) == pytest.approx(1.5)
    assert history_wait_s(demand("z", weight=2), past, 100.5, RULES) == pytest.approx(1.6)
    assert history_wait_s(demand("z", series="IBM"), past, 100.5, RULES) == 0


def test_the_sixty_first_request_waits_for_the_first_to_leave_the_window() -> None:
    """Sixty in ten minutes, counted by weight."""
    past = [*answered(30, 100.0), *answered(30, 200.0)]
    assert history_wait_s(demand(), past, 300.0, RULES) == pytest.approx(400.0)
    assert history_wait_s(demand(), past[1:], 300.0, RULES) == 0
    assert history_wait_s(demand(weight=2), past[1:], 300.0, RULES) == pytest.approx(400.0)


def test_a_request_behind_open_ones_cannot_know_its_wait() -> None:
    """An open request leaves the window some time after an answer that has not come."""
    past = [PastRequest(demand=demand(str(i), series=f"s{i}"), answered_at=None) for i in range(60)]
    assert history_wait_s(demand(), past, 0.0, RULES) is None


def test_large_bars_count_only_as_open() -> None:
    """The hard rules are for bars of thirty seconds and less."""
    past = answered(60, 100.0)
    large = HistoryDemand(identity="a", series="AAPL", is_paced=False)
    assert history_wait_s(large, past, 101.0, RULES) == 0
    fifty = [PastRequest(demand=large, answered_at=None)] * 50
    assert history_wait_s(large, fifty, 101.0, RULES) is None


def test_rules_that_cannot_be_are_refused_together() -> None:
    """A rate above the gateway's own limit is no slack but a violation."""
    with pytest.raises(ConfigError, match="2 problem") as caught:
        PacingRules(messages_per_s=60, in_window=0)
    assert "limit_per_s" in str(caught.value)


@settings(max_examples=150, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.floats(0.0, 3.0),  # until the next attempt
            st.floats(0.0, 2.0),  # from leave to the gateway's count
            st.floats(0.0, 2.0),  # from the count to the answer
            st.integers(0, 5),  # which request
            st.sampled_from([1, 2]),
        ),
        max_size=80,
    )
)
def test_no_order_of_delays_makes_the_gateway_count_too_many(
    steps: list[tuple[float, float, float, int, int]],
) -> None:
    """Whatever the network does, the gateway's own rules, written apart from ours, never break."""
    past: list[PastRequest] = []
    counted: list[tuple[float, HistoryDemand]] = []
    now = 0.0
    for pause, travel, answer, name, weight in steps:
        now += pause
        wanted = demand(f"{name}.{weight}", series=f"s{name % 2}", weight=weight)
        wait = history_wait_s(wanted, past, now, RULES)
        assert wait is not None
        now += wait + 1e-9  # less than a clock's step, more than the rounding of a sum
        past.append(PastRequest(demand=wanted, answered_at=now + travel + answer))
        counted.append((now + travel, wanted))
    gateway = HistoricalPacing()
    for at, wanted in sorted(counted, key=lambda one: one[0]):
        request = PacedRequest(
            everything=wanted.identity, series=wanted.series, weight=wanted.weight
        )
        assert gateway.violation(request, at) is None
