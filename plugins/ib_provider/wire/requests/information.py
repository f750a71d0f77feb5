# SPDX-License-Identifier: Apache-2.0
"""What a client may ask about news, events, reports and scanners."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ib_provider.domain.contract import Contract
from ib_provider.wire.order_parts import Pairs

__all__ = [
    "CancelFundamentalData",
    "CancelNewsBulletins",
    "CancelScannerSubscription",
    "CancelWshEventData",
    "CancelWshMetaData",
    "ReqFundamentalData",
    "ReqHistoricalNews",
    "ReqNewsArticle",
    "ReqNewsBulletins",
    "ReqNewsProviders",
    "ReqScannerParameters",
    "ReqScannerSubscription",
    "ReqWshEventData",
    "ReqWshMetaData",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqNewsBulletins:
    """Ask for the broker's bulletins, the past ones of the day too or not."""

    all_messages: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelNewsBulletins:
    """End that stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqNewsProviders:
    """Ask whose news the login may read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqNewsArticle:
    """Ask for the text of an article."""

    request_id: int
    provider_code: str
    article_id: str
    options: Pairs = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqHistoricalNews:
    """Ask for past headlines of a contract.

    Attributes:
        provider_codes: Separated by ``+``.
    """

    request_id: int
    con_id: int
    provider_codes: str
    start: str
    end: str
    count: int
    options: Pairs = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqWshMetaData:
    """Ask what Wall Street Horizon offers."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelWshMetaData:
    """Withdraw that question."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqWshEventData:
    """Ask for corporate events."""

    request_id: int
    con_id: int | None = None
    filter_json: str = ""
    fill_watchlist: bool = False
    fill_portfolio: bool = False
    fill_competitors: bool = False
    start_date: str = ""
    end_date: str = ""
    total_limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelWshEventData:
    """Withdraw that question."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqFundamentalData:
    """Ask for a report such as ``ReportSnapshot``."""

    request_id: int
    contract: Contract
    report_type: str
    options: Pairs = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelFundamentalData:
    """Withdraw that question."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqScannerParameters:
    """Ask what a scanner can be asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqScannerSubscription:
    """Begin a scanner. What is None or empty does not filter."""

    request_id: int
    rows: int | None = None
    instrument: str = ""
    location_code: str = ""
    scan_code: str = ""
    above_price: Decimal | None = None
    below_price: Decimal | None = None
    above_volume: int | None = None
    market_cap_above: Decimal | None = None
    market_cap_below: Decimal | None = None
    moody_rating_above: str = ""
    moody_rating_below: str = ""
    sp_rating_above: str = ""
    sp_rating_below: str = ""
    maturity_date_above: str = ""
    maturity_date_below: str = ""
    coupon_rate_above: Decimal | None = None
    coupon_rate_below: Decimal | None = None
    exclude_convertible: bool = False
    average_option_volume_above: int | None = None
    setting_pairs: str = ""
    stock_type_filter: str = ""
    filter_options: Pairs = ()
    options: Pairs = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelScannerSubscription:
    """End a scanner."""

    request_id: int
