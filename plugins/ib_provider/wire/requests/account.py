# SPDX-License-Identifier: Apache-2.0
"""What a client may ask about positions, money, profit and loss."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "CancelAccountSummary",
    "CancelAccountUpdatesMulti",
    "CancelPnl",
    "CancelPnlSingle",
    "CancelPositions",
    "CancelPositionsMulti",
    "ReplaceFa",
    "ReqAccountSummary",
    "ReqAccountUpdates",
    "ReqAccountUpdatesMulti",
    "ReqPnl",
    "ReqPnlSingle",
    "ReqPositions",
    "ReqPositionsMulti",
    "RequestFa",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqPositions:
    """Subscribe to the positions of every account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelPositions:
    """End the positions subscription."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqAccountSummary:
    """Subscribe to account values. ``tags`` is IB's comma-separated list."""

    request_id: int
    group: str
    tags: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAccountSummary:
    """End an account summary."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqAccountUpdates:
    """Begin or end the stream of one account's values and portfolio."""

    subscribe: bool
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqAccountUpdatesMulti:
    """Begin a stream of one account's, or model's, values."""

    request_id: int
    account: str
    model_code: str = ""
    ledger_and_nlv: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAccountUpdatesMulti:
    """End such a stream."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqPnl:
    """Begin a stream of one account's profit and loss."""

    request_id: int
    account: str
    model_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelPnl:
    """End a profit-and-loss stream."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqPnlSingle:
    """Begin a stream of one position's profit and loss."""

    request_id: int
    account: str
    con_id: int
    model_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelPnlSingle:
    """End that stream."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqPositionsMulti:
    """Begin a stream of one account's, or model's, positions."""

    request_id: int
    account: str
    model_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelPositionsMulti:
    """End that stream."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFa:
    """Ask for an advisor's configuration: 1 groups, 3 aliases."""

    fa_data_type: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceFa:
    """Replace an advisor's configuration."""

    request_id: int
    fa_data_type: int
    xml: str
