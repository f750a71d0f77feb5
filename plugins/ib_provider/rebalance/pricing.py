# SPDX-License-Identifier: Apache-2.0
"""What a quote is worth for trading: whether it can be used, and the limit prices it gives.

A market order has no worst price, so none is made. A marketable limit is: the touch plus a collar,
rounded to the price step towards the touch, so that the collar is never exceeded.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from ib_provider.domain.contract import Contract, Instrument, SecType
from ib_provider.domain.order import Side
from ib_provider.domain.price_ladder import PriceLadder
from ib_provider.domain.quote import Quote
from ib_provider.rebalance.book import Book

__all__ = [
    "BASIS_POINT",
    "TRADED_TYPES",
    "Market",
    "contract_multiplier",
    "instrument_problem",
    "limit_price",
    "quote_problem",
    "read_market",
    "unit_value",
]

BASIS_POINT: Final = Decimal("0.0001")
_ONE: Final = Decimal(1)

#: What a plan has orders of: stocks and funds, futures, and currency pairs where it covers a debit.
TRADED_TYPES: Final = (SecType.STK, SecType.FUT, SecType.CASH)


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


def limit_price(market: Market, side: Side, *, collar_bp: Decimal, ladder: PriceLadder) -> Decimal:
    """Return the marketable limit: at most ``collar_bp`` beyond the touch, on the ladder.

    Args:
        market: The market now.
        side: Buy or sell.
        collar_bp: How far beyond the touch, in basis points.
        ladder: The steps of a price.

    Returns:
        The price; zero or less where no step lies within the collar.
    """
    reach = market.touch(side) * (1 + side.sign * collar_bp * BASIS_POINT)
    return ladder.round_down(reach) if side is Side.BUY else ladder.round_up(reach)


def unit_value(instrument: Instrument) -> Decimal:
    """Return what one unit is worth in its currency for each unit of quoted price.

    London quotes pence for pounds: its magnifier is 100, and this is 0.01. A future's is its
    multiplier.
    """
    multiplier = contract_multiplier(instrument.contract)
    return multiplier / instrument.price_magnifier


def contract_multiplier(contract: Contract) -> Decimal:
    """Return what a contract's price is multiplied by; NaN where its text is no number."""
    if not contract.multiplier:
        return Decimal("NaN") if contract.sec_type is SecType.FUT else _ONE
    try:
        return Decimal(contract.multiplier)
    except InvalidOperation:
        return Decimal("NaN")


def instrument_problem(instrument: Instrument | None, book: Book) -> str:
    """Return why an instrument cannot be traded in this book, or nothing."""
    if instrument is None:
        return "unknown instrument"
    contract = instrument.contract
    if contract.sec_type not in TRADED_TYPES:
        return f"{contract.sec_type} is not traded by a plan"
    if book.rate(contract.currency) is None:
        return f"no exchange rate of {contract.currency} in {book.currency}"
    if not instrument.min_tick.is_finite() or instrument.min_tick <= 0:
        return "no price step"
    if instrument.price_magnifier <= 0:
        return "no price magnifier"
    multiplier = contract_multiplier(contract)
    return "" if multiplier.is_finite() and multiplier > 0 else "no multiplier"
