# SPDX-License-Identifier: Apache-2.0
"""A quote as level 1 ticks, under the numbers of live or of delayed data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ib_provider.domain.contract import SecType
from ib_provider.simulator.exchange.matching import money
from ib_provider.simulator.market.market import MarketQuote
from ib_provider.wire.messages import (
    Answer,
    MarketDataTypeAnswer,
    TickGeneric,
    TickPrice,
    TickSize,
    TickString,
)

__all__ = ["DELAYED", "DELAYED_FROZEN", "FROZEN", "LIVE", "QuoteShape", "quote_ticks"]

LIVE, FROZEN, DELAYED, DELAYED_FROZEN = 1, 2, 3, 4
#: IB's tick types, live and delayed.
_NUMBERS: Final = {
    "bid size": (0, 69),
    "bid": (1, 66),
    "ask": (2, 67),
    "ask size": (3, 70),
    "last": (4, 68),
    "last size": (5, 71),
    "high": (6, 72),
    "low": (7, 73),
    "volume": (8, 74),
    "close": (9, 75),
    "open": (14, 76),
    "last time": (45, 88),
    "halted": (49, 90),
}
_NO_PRICE: Final = Decimal(-1)
_NOTHING: Final = Decimal(0)
_AUTO_EXECUTES: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteShape:
    """What there is to say of a contract: an index has no bid, a currency no trade."""

    book: bool = True
    trades: bool = True
    volume: bool = True

    @classmethod
    def of(cls, sec_type: SecType, *, traded: bool, counted: bool) -> QuoteShape:
        """Return the shape of a kind of contract."""
        if sec_type is SecType.BAG:
            return cls(trades=False, volume=False)
        return cls(book=sec_type is not SecType.IND, trades=traded, volume=traded and counted)


def quote_ticks(
    request_id: int, quote: MarketQuote, shape: QuoteShape, *, kind: int, halted: bool
) -> Iterator[Answer]:
    """Yield the ticks of a quote: its kind first.

    Args:
        kind: 1 live, 2 frozen, 3 delayed, 4 delayed and frozen.
    """
    column = kind in (DELAYED, DELAYED_FROZEN)

    def price_tick(name: str, price: float | None, size: Decimal = _NOTHING) -> TickPrice:
        sure = kind == LIVE and price is not None and name in ("bid", "ask")
        return TickPrice(
            request_id=request_id,
            tick_type=_NUMBERS[name][column],
            price=_NO_PRICE if price is None else money(price),
            size=size,
            attr_mask=_AUTO_EXECUTES if sure else 0,
        )

    def size_tick(name: str, size: int) -> TickSize:
        return TickSize(request_id=request_id, tick_type=_NUMBERS[name][column], size=Decimal(size))

    yield MarketDataTypeAnswer(request_id=request_id, market_data_type=kind)
    sides = [("bid", quote.bid, quote.bid_size), ("ask", quote.ask, quote.ask_size)]
    sides = sides if shape.book else []
    if shape.trades:
        sides.append(("last", quote.last, quote.last_size if shape.volume else 0))
    for name, price, size in sides:
        yield price_tick(name, price, Decimal(size))
        yield size_tick(f"{name} size", size)
    if shape.volume:
        yield size_tick("volume", quote.volume)
    for name, price in (
        ("high", quote.high),
        ("low", quote.low),
        ("close", quote.previous_close),
        ("open", quote.open if shape.trades else None),
    ):
        if price is not None:
            yield price_tick(name, price)
    flag = Decimal(int(halted))
    yield TickGeneric(request_id=request_id, tick_type=_NUMBERS["halted"][column], value=flag)
    if shape.trades:
        seconds = str(int(quote.last_at.timestamp()))
        number = _NUMBERS["last time"][column]
        yield TickString(request_id=request_id, tick_type=number, value=seconds)
