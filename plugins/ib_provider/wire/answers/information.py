# SPDX-License-Identifier: Apache-2.0
"""What a gateway says of news, events, reports and scanners."""

from __future__ import annotations

from dataclasses import dataclass

from ib_provider.domain.contract import Contract

__all__ = [
    "FundamentalData",
    "HistoricalNews",
    "HistoricalNewsEnd",
    "NewsArticle",
    "NewsBulletin",
    "NewsProvider",
    "NewsProviders",
    "ScannerData",
    "ScannerParameters",
    "ScannerRow",
    "TickNews",
    "WshEventData",
    "WshMetaData",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsBulletin:
    """A bulletin: 1 general, 2 exchange unavailable, 3 available again."""

    message_id: int
    message_type: int
    message: str
    exchange: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsProvider:
    """One source of news."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsProviders:
    """Whose news the login may read."""

    providers: tuple[NewsProvider, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsArticle:
    """An article: 0 text or HTML, 1 binary."""

    request_id: int
    article_type: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TickNews:
    """A headline of a quote stream; ``time`` in epoch milliseconds."""

    request_id: int
    time: int
    provider_code: str
    article_id: str
    headline: str
    extra_data: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoricalNews:
    """A past headline; ``2026-03-12 14:30:00.0``."""

    request_id: int
    time: str
    provider_code: str
    article_id: str
    headline: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoricalNewsEnd:
    """No more headlines in this answer."""

    request_id: int
    has_more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WshMetaData:
    """What Wall Street Horizon offers, as JSON."""

    request_id: int
    data_json: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WshEventData:
    """Corporate events, as JSON."""

    request_id: int
    data_json: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FundamentalData:
    """A report, as XML."""

    request_id: int
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannerParameters:
    """What a scanner can be asked for, as XML."""

    xml: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannerRow:
    """One contract a scanner found."""

    rank: int
    contract: Contract
    market_name: str = ""
    distance: str = ""
    benchmark: str = ""
    projection: str = ""
    legs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannerData:
    """Everything a scanner found, best first."""

    request_id: int
    rows: tuple[ScannerRow, ...]
