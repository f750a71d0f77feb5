# SPDX-License-Identifier: Apache-2.0
"""The prices an order makes for itself: when it triggers, where it trails, what it will pay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from ib_provider.domain.order import Side
from ib_provider.simulator.exchange.matching import money
from ib_provider.simulator.exchange.order_kinds import Trigger, kind_of
from ib_provider.simulator.exchange.orders import SimOrder
from ib_provider.simulator.market.market import MarketQuote

__all__ = ["followed", "is_triggered", "trigger_prices"]

_HUNDRED: Final = Decimal(100)

Pick = Callable[[MarketQuote], tuple[float | None, ...]]


def _last(quote: MarketQuote) -> tuple[float | None, ...]:
    return (quote.last,)


def _sides(quote: MarketQuote) -> tuple[float | None, ...]:
    return (quote.bid, quote.ask)


def _middle(quote: MarketQuote) -> tuple[float | None, ...]:
    if quote.bid is None or quote.ask is None:
        return ()
    return ((quote.bid + quote.ask) / 2,)


#: IB's trigger methods: which prices are looked at. "Double" ones need two ticks in a row at a
#: real gateway; here one instant stands for both.
_METHODS: Final[Mapping[int, Pick]] = {
    0: _last,
    1: _sides,
    2: _last,
    3: _last,
    4: _sides,
    7: lambda quote: (*_last(quote), *_sides(quote)),
    8: _middle,
}


def trigger_prices(method: int, quote: MarketQuote) -> tuple[Decimal, ...]:
    """Return the prices that a trigger method looks at."""
    return tuple(money(price) for price in _METHODS.get(method, _last)(quote) if price is not None)


def is_triggered(order: SimOrder, quote: MarketQuote) -> bool:
    """Return whether a stop's, or a touch's, price has been reached."""
    kind = kind_of(order.terms.order_type)
    if kind is None or kind.trigger is Trigger.NONE:
        return True
    level = order.stop if kind.trigger is Trigger.TRAIL else order.terms.aux_price
    if level is None:
        return False
    rising = (order.side is Side.BUY) == (kind.trigger is not Trigger.TOUCH)
    prices = trigger_prices(order.terms.trigger_method, quote)
    return any(price >= level if rising else price <= level for price in prices)


def followed(order: SimOrder, quote: MarketQuote, tick: Decimal) -> SimOrder:
    """Return the order with the prices that follow the market brought up to a quote."""
    kind = kind_of(order.terms.order_type)
    if kind is None:
        return order
    if kind.trigger is Trigger.TRAIL and not order.triggered:
        return _trailed(order, quote, tick)
    if kind.name == "REL":
        return _relative(order, quote, tick)
    return order


def _trailed(order: SimOrder, quote: MarketQuote, tick: Decimal) -> SimOrder:
    """Move the stop with the market, never against the order."""
    last, buys = money(quote.last), order.side is Side.BUY
    terms = order.terms
    if terms.trailing_percent:
        distance = last * terms.trailing_percent / _HUNDRED
    else:
        distance = terms.aux_price or Decimal(0)
    follows = last + distance if buys else last - distance
    follows = _to_tick(follows, tick, up=buys)
    begun = order.stop if order.stop is not None else terms.trail_stop_price
    known = [follows] if begun is None else [begun, follows]
    stop = min(known) if buys else max(known)
    if terms.order_type == "TRAIL":
        return order if stop == order.stop else replace(order, stop=stop)
    offset = terms.lmt_price_offset
    if offset is None:
        first = terms.trail_stop_price if terms.trail_stop_price is not None else follows
        offset = abs((terms.lmt_price or first) - first)
    limit = stop + offset if buys else stop - offset
    return replace(order, stop=stop, limit=limit)


def _relative(order: SimOrder, quote: MarketQuote, tick: Decimal) -> SimOrder:
    """Pin the price to the own side's best, more aggressive by the offset; it never retreats."""
    buys, terms = order.side is Side.BUY, order.terms
    best = quote.bid if buys else quote.ask
    if best is None:
        return order
    offset = terms.aux_price or Decimal(0)
    if terms.percent_offset:
        offset = money(best) * terms.percent_offset
    price = money(best) + offset if buys else money(best) - offset
    price = _to_tick(price, tick, up=not buys)
    known = [price] if order.limit is None else [price, order.limit]
    price = max(known) if buys else min(known)
    if terms.lmt_price:
        price = min(price, terms.lmt_price) if buys else max(price, terms.lmt_price)
    return order if price == order.limit else replace(order, limit=price)


def _to_tick(price: Decimal, tick: Decimal, *, up: bool) -> Decimal:
    steps = (price / tick).to_integral_value(rounding=ROUND_CEILING if up else ROUND_FLOOR)
    return steps * tick
