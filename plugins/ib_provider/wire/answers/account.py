# SPDX-License-Identifier: Apache-2.0
"""What a gateway says of positions, money, profit and loss."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ib_provider.domain.contract import Contract

__all__ = [
    "AccountDownloadEnd",
    "AccountSummaryAnswer",
    "AccountSummaryEnd",
    "AccountUpdateMulti",
    "AccountUpdateMultiEnd",
    "AccountUpdateTime",
    "AccountValueAnswer",
    "PnlAnswer",
    "PnlSingleAnswer",
    "PortfolioValue",
    "PositionAnswer",
    "PositionEnd",
    "PositionMulti",
    "PositionMultiEnd",
    "ReceiveFa",
    "ReplaceFaEnd",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionAnswer:
    """Units held of one contract; negative for a short."""

    account: str
    contract: Contract
    position: Decimal
    avg_cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionEnd:
    """No more positions, for now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSummaryAnswer:
    """One value of an account summary."""

    request_id: int
    account: str
    tag: str
    value: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSummaryEnd:
    """The summary is complete, for now."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountValueAnswer:
    """One value of the account stream."""

    key: str
    value: str
    currency: str
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioValue:
    """One position of the account stream, valued in the contract's currency."""

    contract: Contract
    position: Decimal
    market_price: Decimal
    market_value: Decimal
    average_cost: Decimal
    unrealized_pnl: Decimal
    realized_pnl: Decimal
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUpdateTime:
    """When the account values were taken: ``HH:MM``."""

    time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDownloadEnd:
    """The account stream has sent everything once."""

    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUpdateMulti:
    """One value of an account-or-model stream."""

    request_id: int
    account: str
    key: str
    value: str
    currency: str
    model_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUpdateMultiEnd:
    """That stream has sent everything once."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PnlAnswer:
    """Profit and loss of the account in its base currency; None where IB has none."""

    request_id: int
    daily: Decimal | None
    unrealized: Decimal | None = None
    realized: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PnlSingleAnswer:
    """Profit and loss of one position, and its value."""

    request_id: int
    position: Decimal
    daily: Decimal | None
    unrealized: Decimal | None = None
    realized: Decimal | None = None
    value: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionMulti:
    """Units held of one contract, by account and model."""

    request_id: int
    account: str
    contract: Contract
    position: Decimal
    avg_cost: Decimal
    model_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionMultiEnd:
    """No more positions, for now."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveFa:
    """An advisor's configuration."""

    fa_data_type: int
    xml: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceFaEnd:
    """It was replaced, or why not."""

    request_id: int
    text: str
