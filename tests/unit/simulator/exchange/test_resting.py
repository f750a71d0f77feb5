# SPDX-License-Identifier: Apache-2.0
"""Orders that need not be looked at, and those that must be."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ib_provider.simulator.exchange.matching import accepts
from ib_provider.simulator.exchange.resting import RestingOrders
from tests.support.simulator import Floor, listing, statuses, terms

IBM = listing("IBM").contract.con_id


def _limit(action: str, price: str, **more: Any) -> Any:
    return terms(action, 1, "LMT", lmt_price=Decimal(price), tif="GTC", **more)


def _noted(floor: Floor, *order_ids: int) -> RestingOrders:
    """Return what is known of a floor's orders after a look at each."""
    resting = RestingOrders(floor.book, floor.marketplace)
    quote = floor.marketplace.quote(IBM, floor.now)
    assert quote is not None
    for order_id in order_ids:
        order = floor.order(order_id)
        resting.note(order, quote, outside=False, until=floor.now + timedelta(hours=1))
    resting.settle()
    return resting


def test_contract_whose_orders_are_far_away_is_calm() -> None:
    """It stays so while prices move, up to the limits."""
    floor = Floor()
    floor.place(1, _limit("BUY", "5"), "IBM")
    floor.place(2, _limit("SELL", "5000"), "IBM")
    resting = _noted(floor, 1, 2)
    assert resting.calm(floor.now) == {IBM}
    assert resting.calm(floor.now + timedelta(minutes=5)) == {IBM}


def test_calm_ends_with_the_hours() -> None:
    """After the close an order of the day expires, whatever the price."""
    floor = Floor()
    floor.place(1, _limit("BUY", "5"), "IBM")
    resting = _noted(floor, 1)
    later = floor.now + timedelta(hours=1)
    assert not resting.calm(later)
    assert not resting.is_at_rest(floor.order(1), later)


def test_new_order_ends_the_calm() -> None:
    """Nobody has looked at it yet."""
    floor = Floor()
    floor.place(1, _limit("BUY", "5"), "IBM")
    resting = _noted(floor, 1)
    floor.place(2, _limit("BUY", "6"), "IBM")
    assert not resting.calm(floor.now)
    assert resting.is_at_rest(floor.order(1), floor.now)
    assert not resting.is_at_rest(floor.order(2), floor.now)


def test_changed_order_is_looked_at_again() -> None:
    """A new limit may be within reach."""
    floor = Floor()
    floor.place(1, _limit("BUY", "5"), "IBM")
    resting = _noted(floor, 1)
    floor.place(1, _limit("BUY", "900"), "IBM")
    assert not resting.is_at_rest(floor.order(1), floor.now)


def test_stop_rests_at_the_same_prices_only() -> None:
    """Its trigger looks at the last price, which a limit's side does not show."""
    floor = Floor(IBM=10)
    floor.place(1, terms("SELL", 1, "STP", aux_price=Decimal(5), tif="GTC"), "IBM")
    resting = _noted(floor, 1)
    assert not resting.calm(floor.now)
    assert resting.is_at_rest(floor.order(1), floor.now)
    assert not resting.is_at_rest(floor.order(1), floor.now + timedelta(minutes=7))


def test_limit_far_away_fills_once_the_market_comes() -> None:
    """Thousands of calm rounds lose no fill: what is reached in the session trades."""
    floor = Floor()
    quote = floor.marketplace.quote(IBM, floor.now)
    assert quote is not None
    low = min(
        found.last
        for minute in range(1, 300)
        if (found := floor.marketplace.quote(IBM, floor.now + timedelta(minutes=minute)))
    )
    near = Decimal(str(round((low + quote.last) / 2, 2)))
    floor.place(1, _limit("BUY", str(near)), "IBM")
    floor.place(2, _limit("BUY", "5"), "IBM")
    told = [status for _ in range(300) for status in statuses(floor.wait(minutes=1))]
    assert "Filled" in told
    assert floor.order(1).avg_price <= near
    assert floor.order(2).is_open


@given(
    action=st.sampled_from(["BUY", "SELL"]),
    cents=st.integers(-60, 60),
    minutes=st.integers(0, 300),
)
def test_order_at_rest_accepts_no_price(action: str, cents: int, minutes: int) -> None:
    """Whatever the market shows later: who is passed over would not have traded."""
    floor = Floor(IBM=1)
    first = floor.marketplace.quote(IBM, floor.now)
    later = floor.now + timedelta(minutes=minutes)
    assert first is not None
    limit = Decimal(str(round(first.last + cents / 100, 2)))
    floor.place(1, _limit(action, str(limit)), "IBM")
    order, resting = floor.order(1), RestingOrders(floor.book, floor.marketplace)
    resting.note(order, first, outside=False, until=floor.now + timedelta(hours=6))
    shown = floor.marketplace.quote(IBM, later)
    assert shown is not None
    assert resting.is_at_rest(order, later) is not accepts(order, shown)
