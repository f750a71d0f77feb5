# SPDX-License-Identifier: Apache-2.0
"""How much of one order trades against a quote, at what price. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ib_provider.domain.order import OrderType, Side, TimeInForce
from ib_provider.simulator.exchange.orders import SimOrder
from ib_provider.simulator.market.market import MarketQuote

__all__ = ["CENT", "Match", "is_triggered", "match_at_close", "match_now", "money"]

CENT: Final = Decimal("0.0001")  # the file's own precision


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Shares that trade at one price; at least one share."""

    shares: Decimal
    price: Decimal


def is_triggered(order: SimOrder, quote: MarketQuote) -> bool:
    """Return whether a stop's price has been reached by the last trade."""
    stop = order.terms.aux_price
    if stop is None:
        return False
    last = money(quote.last)
    return last >= stop if order.side is Side.BUY else last <= stop


def match_now(order: SimOrder, quote: MarketQuote) -> Match | None:
    """Return what trades against the displayed size, if the price allows any."""
    buys = order.side is Side.BUY
    shown, size = (quote.ask, quote.ask_size) if buys else (quote.bid, quote.bid_size)
    if shown is None or size <= 0:
        return None
    price = money(shown)
    if not _within_limit(order, price):
        return None
    shares = min(order.remaining, Decimal(size))
    if order.terms.tif == TimeInForce.FOK and shares < order.remaining:
        return None
    return Match(shares=shares, price=price)


def match_at_close(order: SimOrder, closing_price: float) -> Match | None:
    """Return what trades in the closing auction: everything, within the limit."""
    price = money(closing_price)
    return Match(shares=order.remaining, price=price) if _within_limit(order, price) else None


def money(price: float) -> Decimal:
    """Return a market price as exact money."""
    return Decimal(price).quantize(CENT).normalize()


def _within_limit(order: SimOrder, price: Decimal) -> bool:
    kind = order.terms.order_type
    if kind not in (OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.LIMIT_ON_CLOSE):
        return True
    limit = order.terms.lmt_price
    if limit is None:
        return False
    return price <= limit if order.side is Side.BUY else price >= limit
