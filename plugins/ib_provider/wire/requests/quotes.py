# SPDX-License-Identifier: Apache-2.0
"""What a client may ask about prices as they come."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ib_provider.domain.contract import Contract
from ib_provider.wire.order_parts import ComboLeg, DeltaNeutral, Pairs

__all__ = [
    "CalculateImpliedVolatility",
    "CalculateOptionPrice",
    "CancelCalculateImpliedVolatility",
    "CancelCalculateOptionPrice",
    "CancelMktData",
    "CancelMktDepth",
    "CancelRealTimeBars",
    "CancelTickByTickData",
    "ReqMarketDataType",
    "ReqMktData",
    "ReqMktDepth",
    "ReqRealTimeBars",
    "ReqTickByTickData",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqMktData:
    """Ask for a quote: one snapshot, or a stream until cancelled."""

    request_id: int
    contract: Contract
    generic_ticks: str = ""
    snapshot: bool = False
    regulatory_snapshot: bool = False
    combo_legs: tuple[ComboLeg, ...] = ()
    delta_neutral: DeltaNeutral | None = None
    options: Pairs = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelMktData:
    """End a quote stream."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqMarketDataType:
    """Choose 1 live, 2 frozen, 3 delayed or 4 delayed-frozen quotes. Never answered at once."""

    market_data_type: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqMktDepth:
    """Ask for the order book of a contract, so many rows a side."""

    request_id: int
    contract: Contract
    rows: int
    smart_depth: bool = False
    options: Pairs = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelMktDepth:
    """End a depth stream."""

    request_id: int
    smart_depth: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqRealTimeBars:
    """Ask for a bar of five seconds every five seconds."""

    request_id: int
    contract: Contract
    bar_size: int
    what_to_show: str
    use_rth: bool
    options: Pairs = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRealTimeBars:
    """End that stream."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqTickByTickData:
    """Ask for every tick.

    Attributes:
        tick_type: ``Last``, ``AllLast``, ``BidAsk`` or ``MidPoint``.
        count: Past ticks to begin with; 0 for none.
    """

    request_id: int
    contract: Contract
    tick_type: str
    count: int = 0
    ignore_size: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTickByTickData:
    """End that stream."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CalculateImpliedVolatility:
    """Ask which volatility makes this option price."""

    request_id: int
    contract: Contract
    option_price: Decimal | None
    under_price: Decimal | None
    options: Pairs = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelCalculateImpliedVolatility:
    """Withdraw that question."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CalculateOptionPrice:
    """Ask which price this volatility makes."""

    request_id: int
    contract: Contract
    volatility: Decimal | None
    under_price: Decimal | None
    options: Pairs = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelCalculateOptionPrice:
    """Withdraw that question."""

    request_id: int
