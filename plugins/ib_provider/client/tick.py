# SPDX-License-Identifier: Apache-2.0
"""Ticks of a snapshot, and the quote they add up to.

Source: TWS API, "Available tick types". Delayed ticks are the live ones under other numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from ib_provider.client.decode_number import market_price, number
from ib_provider.domain.quote import MarketDataType, Quote

__all__ = ["Tick", "to_quote"]

_PRICE_FIELDS: Final = {
    1: "bid",
    2: "ask",
    4: "last",
    9: "close",
    66: "bid",
    67: "ask",
    68: "last",
    75: "close",
}
_SIZE_FIELDS: Final = {0: "bid_size", 3: "ask_size", 69: "bid_size", 70: "ask_size"}
_HALTED: Final = frozenset({49, 90})
_DELAYED: Final = frozenset({66, 67, 68, 69, 70, 75, 90})


@dataclass(frozen=True, slots=True)
class Tick:
    """One field of a quote as it came; ``field`` is empty for what a quote does not hold."""

    field: str
    value: Decimal | bool | MarketDataType | None
    is_delayed: bool = False

    @classmethod
    def price(cls, kind: int, value: float) -> Tick:
        """Return the tick of a price; -1 is "none now"."""
        return cls(_PRICE_FIELDS.get(kind, ""), market_price(value), kind in _DELAYED)

    @classmethod
    def size(cls, kind: int, value: Decimal) -> Tick:
        """Return the tick of a size, in units of the contract."""
        return cls(_SIZE_FIELDS.get(kind, ""), number(value), kind in _DELAYED)

    @classmethod
    def generic(cls, kind: int, value: float) -> Tick:
        """Return the tick of a halt: -1 unknown, 0 trading, 1 and 2 halted."""
        known = kind in _HALTED and value >= 0
        return cls("halted" if known else "", value > 0, kind in _DELAYED)

    @classmethod
    def data_type(cls, value: int) -> Tick:
        """Return the tick that says how fresh the others are.

        Raises:
            ValueError: IB has no such market-data type.
        """
        return cls("data_type", MarketDataType(value))


def to_quote(ticks: Iterable[Tick], *, con_id: int, ts: datetime) -> Quote:
    """Return the quote of a snapshot; the last tick of a field counts.

    A touch at zero with no size behind it is IB's way to say that side is empty.
    """
    values: dict[str, Decimal | bool | MarketDataType | None] = {}
    delayed = False
    for tick in ticks:
        if tick.field:
            values[tick.field] = tick.value
            delayed = delayed or tick.is_delayed
    for side in ("bid", "ask"):
        if values.get(side) == 0 and not values.get(f"{side}_size"):
            values[side] = None
    values.setdefault("data_type", MarketDataType.DELAYED if delayed else MarketDataType.LIVE)
    return Quote(con_id=con_id, ts=ts, **values)  # type: ignore[arg-type] # one type a field
