# SPDX-License-Identifier: Apache-2.0
"""How much of one order trades against a quote, at what price. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ib_provider.domain.order import Side, TimeInForce
from ib_provider.simulator.exchange.order_kinds import kind_of
from ib_provider.simulator.exchange.orders import SimOrder
from ib_provider.simulator.market.market import MarketQuote

__all__ = ["Match", "accepts", "match_in_auction", "match_now", "money", "opposite"]

_PRECISION: Final = Decimal("1e-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Units that trade at one price; above zero.

    Attributes:
        leg_prices: Of a combination, what each leg traded at.
    """

    shares: Decimal
    price: Decimal
    leg_prices: tuple[Decimal, ...] = ()


def opposite(order: SimOrder, quote: MarketQuote) -> tuple[float | None, int]:
    """Return price and size of the side that an order trades against."""
    if order.side is Side.BUY:
        return quote.ask, quote.ask_size
    return quote.bid, quote.bid_size


def match_now(
    order: SimOrder, quote: MarketQuote, *, standing: Decimal, wanted: Decimal
) -> Match | None:
    """Return what trades, if price and size allow any.

    Args:
        standing: Units that still stand at the other side's best price.
        wanted: At most this, of the order's remaining.
    """
    price = _offered(order, quote)
    if price is None or standing <= 0 or wanted <= 0 or not _within_limit(order, price):
        return None
    shares = min(wanted, standing)
    whole = order.terms.tif == TimeInForce.FOK or order.terms.all_or_none
    if whole and shares < order.remaining:
        return None
    least = Decimal(order.terms.min_qty or 0)
    if not order.filled and shares < min(least, order.remaining):
        return None
    return Match(shares=shares, price=price)


def accepts(order: SimOrder, quote: MarketQuote) -> bool:
    """Return whether the order takes the price that the other side shows."""
    price = _offered(order, quote)
    return price is not None and _within_limit(order, price)


def match_in_auction(order: SimOrder, price: Decimal) -> Match | None:
    """Return what trades in an auction: everything, within the limit."""
    return Match(shares=order.remaining, price=price) if _within_limit(order, price) else None


def money(price: float) -> Decimal:
    """Return a market price as exact money."""
    return Decimal(price).quantize(_PRECISION).normalize()


def _offered(order: SimOrder, quote: MarketQuote) -> Decimal | None:
    shown = opposite(order, quote)[0]
    if order.terms.order_type == "MIDPRICE" and quote.bid is not None and quote.ask is not None:
        shown = (quote.bid + quote.ask) / 2
    return None if shown is None else money(shown)


def _within_limit(order: SimOrder, price: Decimal) -> bool:
    limit = _limit(order)
    if limit is None:
        return True
    return price <= limit if order.side is Side.BUY else price >= limit


def _limit(order: SimOrder) -> Decimal | None:
    """Return the worst price the order accepts; None where any will do."""
    kind = kind_of(order.terms.order_type)
    if kind is not None and kind.limit and order.limit is None:
        return order.terms.lmt_price  # zero is a price for a combination
    if kind is not None and kind.caps and order.limit is None:
        return order.terms.lmt_price or None
    return order.limit
