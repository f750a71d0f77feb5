# SPDX-License-Identifier: Apache-2.0
"""What a client may ask about the past."""

from __future__ import annotations

from dataclasses import dataclass

from ib_provider.domain.contract import Contract
from ib_provider.wire.order_parts import ComboLeg, Pairs

__all__ = [
    "CancelHeadTimestamp",
    "CancelHistogramData",
    "CancelHistoricalData",
    "CancelHistoricalTicks",
    "ReqHeadTimestamp",
    "ReqHistogramData",
    "ReqHistoricalData",
    "ReqHistoricalTicks",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqHistoricalData:
    """Ask for bars.

    Attributes:
        end: IB's text of the exclusive end; empty is "now".
        format_date: 1 for local text, 2 for epoch seconds.
        keep_up_to_date: Whether the last bar is to be pushed as it grows.
    """

    request_id: int
    contract: Contract
    end: str
    duration: str
    bar_size: str
    what_to_show: str
    use_rth: bool
    format_date: int = 1
    keep_up_to_date: bool = False
    include_expired: bool = False
    combo_legs: tuple[ComboLeg, ...] = ()
    options: Pairs = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelHistoricalData:
    """Withdraw a request for bars."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqHeadTimestamp:
    """Ask since when there are data."""

    request_id: int
    contract: Contract
    what_to_show: str
    use_rth: bool
    format_date: int = 1
    include_expired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelHeadTimestamp:
    """End the question, which stays open until then."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqHistogramData:
    """Ask how much traded at which price.

    Attributes:
        period: IB's text, ``3 days``.
    """

    request_id: int
    contract: Contract
    use_rth: bool
    period: str
    include_expired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelHistogramData:
    """Withdraw that question."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqHistoricalTicks:
    """Ask for at most 1,000 ticks from ``start``, or up to ``end``: one of them is empty."""

    request_id: int
    contract: Contract
    start: str
    end: str
    count: int
    what_to_show: str
    use_rth: bool
    ignore_size: bool = False
    include_expired: bool = False
    options: Pairs = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelHistoricalTicks:
    """Withdraw that question (from version 215)."""

    request_id: int
