# SPDX-License-Identifier: Apache-2.0
"""What a gateway says of prices as they come."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ib_provider.wire.order_parts import DeltaNeutral

__all__ = [
    "DeltaNeutralValidation",
    "MarketDataTypeAnswer",
    "MarketDepth",
    "MarketDepthL2",
    "RealTimeBar",
    "RerouteMktData",
    "RerouteMktDepth",
    "TickByTickAllLast",
    "TickByTickBidAsk",
    "TickByTickMidPoint",
    "TickGeneric",
    "TickOptionComputation",
    "TickPrice",
    "TickReqParams",
    "TickSize",
    "TickSnapshotEnd",
    "TickString",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TickReqParams:
    """What a quote stream is made of."""

    request_id: int
    min_tick: Decimal
    bbo_exchange: str = ""
    snapshot_permissions: int = 0
    last_price_precision: Decimal | None = None
    last_size_precision: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketDataTypeAnswer:
    """Whether a stream is 1 live, 2 frozen, 3 delayed or 4 delayed-frozen."""

    request_id: int
    market_data_type: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TickPrice:
    """A price and its size. ``attr_mask``: 1 auto-executable, 2 past limit, 4 pre-open."""

    request_id: int
    tick_type: int
    price: Decimal
    size: Decimal | None = None
    attr_mask: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TickSize:
    """A size."""

    request_id: int
    tick_type: int
    size: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class TickString:
    """A value that is text, such as the time of the last trade."""

    request_id: int
    tick_type: int
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TickGeneric:
    """A value that is neither price nor size, such as the halted flag."""

    request_id: int
    tick_type: int
    value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class TickSnapshotEnd:
    """A snapshot is complete."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TickOptionComputation:
    """An option's model values; None is "not computed", which each format spells its way.

    Attributes:
        tick_type: 10 bid, 11 ask, 12 last, 13 model; delayed ones 80 to 83.
        attrib: 0 based on returns, 1 on prices.
    """

    request_id: int
    tick_type: int
    attrib: int = 0
    implied_vol: Decimal | None = None
    delta: Decimal | None = None
    option_price: Decimal | None = None
    pv_dividend: Decimal | None = None
    gamma: Decimal | None = None
    vega: Decimal | None = None
    theta: Decimal | None = None
    under_price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TickByTickAllLast:
    """A trade as it happens. ``time`` in all ticks: epoch seconds.

    Attributes:
        tick_type: 1 last, 2 all-last.
    """

    request_id: int
    tick_type: int
    time: int
    price: Decimal
    size: Decimal
    exchange: str = ""
    special_conditions: str = ""
    past_limit: bool = False
    unreported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TickByTickBidAsk:
    """A quote as it happens. The wire's mask has the bid in bit 0."""

    request_id: int
    time: int
    bid: Decimal
    ask: Decimal
    bid_size: Decimal
    ask_size: Decimal
    bid_past_low: bool = False
    ask_past_high: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TickByTickMidPoint:
    """A middle price as it happens."""

    request_id: int
    time: int
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RealTimeBar:
    """Five seconds of trading; ``time`` is their start in epoch seconds."""

    request_id: int
    time: int
    open_: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    wap: Decimal
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketDepth:
    """A change of one row of a book.

    Attributes:
        position: Row, 0 the best.
        operation: 0 inserts, 1 updates, 2 deletes.
        side: 0 ask, 1 bid.
    """

    request_id: int
    position: int
    operation: int
    side: int
    price: Decimal
    size: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketDepthL2:
    """The same, naming the market maker or, for smart depth, the exchange."""

    request_id: int
    position: int
    market_maker: str
    operation: int
    side: int
    price: Decimal
    size: Decimal
    smart_depth: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaNeutralValidation:
    """The hedge contract the broker chose for a combination."""

    request_id: int
    delta_neutral: DeltaNeutral


@dataclass(frozen=True, slots=True, kw_only=True)
class RerouteMktData:
    """Ask elsewhere: this CFD's quotes come from its underlying."""

    request_id: int
    con_id: int
    exchange: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RerouteMktDepth:
    """The same for its book."""

    request_id: int
    con_id: int
    exchange: str
