# SPDX-License-Identifier: Apache-2.0
"""What a quote is worth for trading: whether it can be used, and the limit prices it gives.

A market order has no worst price, so none is made. A marketable limit is: the touch plus a collar,
rounded to the tick towards the touch, so that the collar is never exceeded.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from ib_provider.domain.contract import Instrument, SecType
from ib_provider.domain.order import Side
from ib_provider.domain.quote import Quote

__all__ = [
    "BASIS_POINT",
    "Market",
    "instrument_problem",
    "limit_price",
    "quote_problem",
    "read_market",
    "unit_value",
]

BASIS_POINT: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """A usable market of one instrument, in the quote's unit of price."""

    bid: Decimal
    ask: Decimal

    @property
    def mid(self) -> Decimal:
        """Return the midpoint."""
        return (self.bid + self.ask) / 2

    def touch(self, side: Side) -> Decimal:
        """Return the price at which the other side stands."""
        return self.ask if side is Side.BUY else self.bid


def quote_problem(quote: Quote | None) -> str:
    """Return why a quote gives no price, or nothing. A NaN is a problem, never a number."""
    if quote is None:
        return "no quote"
    sides = {"bid": quote.bid, "ask": quote.ask}
    for name, price in sides.items():
        if price is None:
            return f"no {name}"
        if not price.is_finite():
            return f"{name} is {price}"
        if price <= 0:
            return f"{name} is {price}"
    if quote.bid is not None and quote.ask is not None and quote.bid > quote.ask:
        return f"crossed: bid {quote.bid} above ask {quote.ask}"
    return "halted" if quote.halted else ""


def read_market(quote: Quote | None) -> Market | None:
    """Return the market that a quote shows, or None where it gives no price."""
    if quote is None or quote.bid is None or quote.ask is None or quote_problem(quote):
        return None
    return Market(bid=quote.bid, ask=quote.ask)


def limit_price(market: Market, side: Side, *, collar_bp: Decimal, min_tick: Decimal) -> Decimal:
    """Return the marketable limit: at most ``collar_bp`` beyond the touch, on the tick.

    Args:
        market: The market now.
        side: Buy or sell.
        collar_bp: How far beyond the touch, in basis points.
        min_tick: The smallest step of a price, above zero.

    Returns:
        The price; zero or less where no tick lies within the collar.
    """
    reach = market.touch(side) * (1 + side.sign * collar_bp * BASIS_POINT)
    rounding = ROUND_FLOOR if side is Side.BUY else ROUND_CEILING
    return (reach / min_tick).to_integral_value(rounding) * min_tick


def unit_value(instrument: Instrument) -> Decimal:
    """Return what one unit is worth in its currency for each unit of quoted price.

    London quotes pence for pounds: its magnifier is 100, and this is 0.01.
    """
    return 1 / Decimal(instrument.price_magnifier)


def instrument_problem(instrument: Instrument | None, currency: str) -> str:
    """Return why an instrument cannot be traded by weight in this currency, or nothing."""
    if instrument is None:
        return "unknown instrument"
    contract = instrument.contract
    if contract.sec_type is not SecType.STK:
        return f"{contract.sec_type} is not traded by weight"
    if contract.currency != currency:
        return f"priced in {contract.currency}, the book is in {currency}"
    if not instrument.min_tick.is_finite() or instrument.min_tick <= 0:
        return "no price step"
    return "" if instrument.price_magnifier > 0 else "no price magnifier"
