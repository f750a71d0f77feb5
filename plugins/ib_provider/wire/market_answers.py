# SPDX-License-Identifier: Apache-2.0
"""What a gateway says of contracts, bars and quotes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from ib_provider.domain.contract import Contract

__all__ = [
    "BarRow",
    "ContractData",
    "ContractDataEnd",
    "HistoricalData",
    "HistoricalDataEnd",
    "MarketDataTypeAnswer",
    "TickGeneric",
    "TickPrice",
    "TickReqParams",
    "TickSize",
    "TickSnapshotEnd",
    "TickString",
]

BarRow: TypeAlias = tuple[str, float, float, float, float, Decimal | int, Decimal | float, int]
"""Date text, open, high, low, close, volume, wap, count: a plain tuple, for 100,000 of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractData:
    """One contract that fits a description, with what IB knows of it.

    Attributes:
        min_tick: In the contract's currency.
        valid_exchanges: Comma-separated; ``market_rule_ids`` has one entry for each.
        sec_ids: (type, id), ``("ISIN", "US0378331005")``.
        trading_hours: ``20260408:0400-20260408:2000;20260411:CLOSED`` in ``time_zone``.
    """

    request_id: int
    contract: Contract
    min_tick: Decimal
    market_name: str = ""
    order_types: str = ""
    valid_exchanges: str = ""
    price_magnifier: int = 1
    under_con_id: int = 0
    long_name: str = ""
    contract_month: str = ""
    industry: str = ""
    category: str = ""
    subcategory: str = ""
    time_zone: str = ""
    trading_hours: str = ""
    liquid_hours: str = ""
    ev_rule: str = ""
    ev_multiplier: int = 0
    sec_ids: tuple[tuple[str, str], ...] = ()
    agg_group: int = 1
    under_symbol: str = ""
    under_sec_type: str = ""
    market_rule_ids: str = ""
    real_expiration_date: str = ""
    stock_type: str = ""
    min_size: Decimal = Decimal(1)
    size_increment: Decimal = Decimal(1)
    suggested_size_increment: Decimal = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractDataEnd:
    """No more contracts for this request."""

    request_id: int


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
class TickReqParams:
    """What a quote stream is made of."""

    request_id: int
    min_tick: Decimal
    bbo_exchange: str = ""
    snapshot_permissions: int = 0


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
