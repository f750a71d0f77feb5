# SPDX-License-Identifier: Apache-2.0
"""Orders worked over time."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ib_provider.domain.order import OrderStatus
from ib_provider.simulator.exchange.algos import released
from ib_provider.simulator.exchange.orders import Notice
from tests.support.simulator import OPEN_MONDAY, Floor, at, terms


@pytest.mark.parametrize("name", ["Twap", "Vwap"])
def test_algorithm_releases_more_and_more_until_all(name: str) -> None:
    """From a slice at the start to the whole at the end, never back."""
    floor = Floor()
    floor.place(1, terms("BUY", 1_000, algo_strategy=name))
    order, close = floor.order(1), at("2013-03-04 16:00")
    span = close - OPEN_MONDAY
    out = [
        released(order, begun=OPEN_MONDAY, closes=close, now=OPEN_MONDAY + span * step / 20)
        for step in range(21)
    ]
    assert out == sorted(out)
    assert 0 < out[0] < 150
    assert out[-1] == 1_000


def test_twap_between_two_times_trades_in_slices() -> None:
    """Nothing before the one, everything by the other."""
    params = (("startTime", "20130304 10:10:00 US/Eastern"), ("endTime", "20130304-15:20:00"))
    floor = Floor()
    floor.place(1, terms("BUY", 120, algo_strategy="Twap", algo_params=params))
    floor.wait(minutes=9)
    assert floor.order(1).filled == 0
    fills = []
    for _ in range(14):
        floor.wait(minutes=1)
        fills.append(floor.order(1).filled)
    assert Decimal(0) < fills[2] < 120
    assert floor.order(1).status is OrderStatus.FILLED
    assert len(list(floor.book.trades())) > 5


@pytest.mark.parametrize("may_go_on", [False, True])
def test_algorithm_ends_with_its_window_unless_it_may_go_on(may_go_on: bool) -> None:
    """What has not traded by then is cancelled: its limit was never reached."""
    params = (("endTime", "20130304-15:10:00"), ("allowPastEndTime", str(int(may_go_on))))
    floor = Floor()
    floor.place(
        1,
        terms("BUY", 120, "LMT", lmt_price=Decimal(1), algo_strategy="Twap", algo_params=params),
    )
    floor.wait(minutes=9)
    assert floor.order(1).is_open
    floor.wait(minutes=2)
    assert floor.order(1).is_open == may_go_on


@pytest.mark.parametrize(
    ("name", "param"),
    [("Twap", ("strategyType", "Fast")), ("Vwap", ("maxPctVol", "0.9"))],
    ids=str,
)
def test_algorithm_with_a_term_that_ib_does_not_have_is_refused(
    name: str, param: tuple[str, str]
) -> None:
    """With 440, as for every attribute that does not pass."""
    floor = Floor()
    events = floor.place(1, terms("BUY", 120, algo_strategy=name, algo_params=(param,)))
    assert [event.code for event in events if isinstance(event, Notice)] == [440]
