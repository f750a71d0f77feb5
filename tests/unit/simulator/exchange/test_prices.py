# SPDX-License-Identifier: Apache-2.0
"""Triggers, trailing stops and pegged prices, against quotes made by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ib_provider.simulator.exchange.orders import SimOrder
from ib_provider.simulator.exchange.prices import followed, is_triggered, trigger_prices
from ib_provider.simulator.market.market import MarketQuote
from tests.support.simulator import OPEN_MONDAY, Floor, real_market, terms

CENT = Decimal("0.01")


def _quote(last: float, bid: float | None = None, ask: float | None = None) -> MarketQuote:
    quote = real_market().quote("AAPL", OPEN_MONDAY)
    assert quote is not None
    return replace(quote, last=last, bid=bid or last - 0.05, ask=ask or last + 0.05)


def _order(action: str, kind: str, **more: Any) -> SimOrder:
    floor = Floor(AAPL=100)
    floor.place(1, terms(action, 10, kind, **more))
    return floor.order(1)


@pytest.mark.parametrize(
    ("action", "kind", "level", "last", "expected"),
    [
        ("SELL", "STP", 400, 400.01, False),
        ("SELL", "STP", 400, 400.00, True),
        ("BUY", "STP", 500, 499.99, False),
        ("BUY", "STP", 500, 501.00, True),
        ("SELL", "MIT", 500, 499.99, False),
        ("SELL", "MIT", 500, 500.00, True),
        ("BUY", "MIT", 400, 400.01, False),
        ("BUY", "MIT", 400, 399.00, True),
    ],
)
def test_stop_and_touch_look_in_opposite_directions(
    action: str, kind: str, level: int, last: float, expected: bool
) -> None:
    """A stop waits for a worse price, a touch for a better one."""
    order = _order(action, kind, aux_price=Decimal(level))
    assert is_triggered(order, _quote(last)) is expected


@pytest.mark.parametrize(
    ("method", "prices"),
    [
        (0, ["430"]),
        (1, ["429", "431"]),
        (2, ["430"]),
        (4, ["429", "431"]),
        (7, ["430", "429", "431"]),
        (8, ["430"]),
    ],
)
def test_trigger_method_says_which_prices_count(method: int, prices: list[str]) -> None:
    """Last, both sides, either, or the middle."""
    found = trigger_prices(method, _quote(430, 429, 431))
    assert [str(price.quantize(Decimal(1))) for price in found] == prices


def test_trailing_sell_stop_rises_and_never_falls() -> None:
    """Five below the best price there was."""
    order = _order("SELL", "TRAIL", aux_price=Decimal(5))
    stops = []
    for last in (430.0, 440.0, 436.0):
        order = followed(order, _quote(last), CENT)
        stops.append(order.stop)
    assert stops == [425, 435, 435]
    assert not is_triggered(order, _quote(435.01))
    assert is_triggered(order, _quote(435))


def test_trailing_buy_stop_by_percent_falls_and_never_rises() -> None:
    """One per cent above the lowest price there was."""
    order = _order("BUY", "TRAIL", trailing_percent=Decimal(1))
    for last in (430.0, 400.0, 410.0):
        order = followed(order, _quote(last), CENT)
    assert order.stop == 404


def test_trailing_stop_begins_where_it_was_told_to() -> None:
    """The first stop is the client's, until the market pulls it along."""
    order = _order("SELL", "TRAIL", aux_price=Decimal(5), trail_stop_price=Decimal(428))
    assert followed(order, _quote(430), CENT).stop == 428
    assert followed(order, _quote(434), CENT).stop == 429


def test_trailing_limit_keeps_its_distance_from_the_stop() -> None:
    """A sale is limited below its stop by the offset."""
    more = {"aux_price": Decimal(5), "lmt_price_offset": Decimal("0.50")}
    order = followed(_order("SELL", "TRAIL LIMIT", **more), _quote(430), CENT)
    assert (order.stop, order.limit) == (425, Decimal("424.50"))


def test_relative_buy_follows_the_bid_up_to_its_cap() -> None:
    """Two cents better than the bid, never back, never above the cap."""
    order = _order("BUY", "REL", aux_price=Decimal("0.02"), lmt_price=Decimal(432))
    prices = []
    for bid in (430.0, 431.0, 429.0, 440.0):
        order = followed(order, _quote(bid + 0.05, bid, bid + 0.1), CENT)
        prices.append(str(order.limit))
    assert prices == ["430.02", "431.02", "431.02", "432"]


def test_midprice_pays_the_middle() -> None:
    """Half of the spread better than the ask."""
    floor = Floor()
    floor.place(1, terms("BUY", 10, "MIDPRICE"))
    floor.wait(seconds=1)
    quote = floor.marketplace.quote(265598, floor.now)
    assert quote is not None
    assert quote.bid is not None
    assert quote.ask is not None
    assert float(floor.order(1).last_price) == pytest.approx((quote.bid + quote.ask) / 2)


def test_market_to_limit_rests_at_its_first_price() -> None:
    """What did not fill at once becomes a limit order there."""
    floor = Floor(cash=100_000_000)
    floor.place(1, terms("BUY", 50_000, "MTL"))
    floor.wait(seconds=1)
    first = floor.order(1).last_price
    assert floor.order(1).limit == first
    floor.wait(minutes=10)
    assert floor.order(1).last_price <= first
