# SPDX-License-Identifier: Apache-2.0
"""What a gateway says of the past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

__all__ = [
    "BarRow",
    "HeadTimestamp",
    "HistogramData",
    "HistogramEntry",
    "HistoricalData",
    "HistoricalDataEnd",
    "HistoricalDataUpdate",
    "HistoricalSchedule",
    "HistoricalSession",
    "HistoricalTick",
    "HistoricalTickBidAsk",
    "HistoricalTickLast",
    "HistoricalTicks",
    "HistoricalTicksBidAsk",
    "HistoricalTicksLast",
]

BarRow: TypeAlias = tuple[str, float, float, float, float, Decimal | int, Decimal | float, int]
"""Date text, open, high, low, close, volume, wap, count: a plain tuple, for 100,000 of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoricalData:
    """Bars. Below version 196 this also ends the answer, so it cannot come in parts.

    Attributes:
        bars: Rows of ``BarRow``, ascending.
        start: IB's text of the span; carried by this message only below version 196.
    """

    request_id: int
    bars: Sequence[BarRow]
    start: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoricalDataEnd:
    """No more bars for this request. Not sent below version 196."""

    request_id: int
    start: str
    end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoricalDataUpdate:
    """The bar that is still growing, or the one that followed it."""

    request_id: int
    bar: BarRow


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoricalSession:
    """One session; times ``20260312-09:30:00`` in the schedule's zone, ref_date its day."""

    start: str
    end: str
    ref_date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoricalSchedule:
    """When the exchange was open."""

    request_id: int
    start: str
    end: str
    time_zone: str
    sessions: tuple[HistoricalSession, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadTimestamp:
    """Since when there are data: ``19801212-14:30:00`` UTC, or epoch seconds."""

    request_id: int
    timestamp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistogramEntry:
    """So many units traded at this price."""

    price: Decimal
    size: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class HistogramData:
    """How much traded at which price, ascending."""

    request_id: int
    entries: tuple[HistogramEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoricalTick:
    """A middle price; times in all ticks are epoch seconds."""

    time: int
    price: Decimal
    size: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoricalTickBidAsk:
    """A quote. The wire's mask has the ask in bit 0: the opposite of the live tick."""

    time: int
    bid: Decimal
    ask: Decimal
    bid_size: Decimal
    ask_size: Decimal
    bid_past_low: bool = False
    ask_past_high: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoricalTickLast:
    """A trade."""

    time: int
    price: Decimal
    size: Decimal
    exchange: str = ""
    special_conditions: str = ""
    past_limit: bool = False
    unreported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoricalTicks:
    """Middle prices; ``done`` is False while more parts follow."""

    request_id: int
    ticks: tuple[HistoricalTick, ...]
    done: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoricalTicksBidAsk:
    """Quotes."""

    request_id: int
    ticks: tuple[HistoricalTickBidAsk, ...]
    done: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoricalTicksLast:
    """Trades."""

    request_id: int
    ticks: tuple[HistoricalTickLast, ...]
    done: bool = True
