# SPDX-License-Identifier: Apache-2.0
"""What live subscriptions yield besides quotes and ticks, and the kinds of subscription."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from ib_provider.domain.bar import BarSpec
from ib_provider.domain.quote import MarketDataType

__all__ = [
    "DepthBook",
    "DepthRow",
    "GreeksSource",
    "IndexPrice",
    "LiveBar",
    "OpenInterest",
    "OptionGreeks",
    "StreamKind",
]


class StreamKind(StrEnum):
    """The kinds of subscription. Two kinds on one contract are two subscriptions."""

    QUOTES = "quotes"  # level-1 fields, gathered into whole quotes
    BID_ASK = "bid_ask"  # every change of the touch
    TRADES = "trades"  # every trade of the consolidated tape
    ALL_TRADES = "all_trades"  # unreported ones, too
    MIDPOINTS = "midpoints"
    REAL_TIME_BARS = "real_time_bars"  # five seconds
    BARS = "bars"  # of any size
    DEPTH = "depth"
    GREEKS = "greeks"
    INDEX_PRICES = "index_prices"
    OPEN_INTEREST = "open_interest"  # of a future


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveBar:
    """One bar of a subscription.

    Attributes:
        start: The bar's first instant, UTC; None for a day and longer.
        end: The first instant after it; None likewise.
        session: The trade date, where the exchange is.
        is_final: The bar is over; else it is what is known of it so far.
        is_revision: It says otherwise of a bar that was yielded before.
        volume: None where bars of this kind have none.
    """

    con_id: int
    spec: BarSpec
    session: date
    start: datetime | None
    end: datetime | None
    open: float
    high: float
    low: float
    close: float
    volume: float | None
    wap: float | None
    bar_count: int | None
    is_final: bool = True
    is_revision: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPrice:
    """The last value of an index. ``ts`` is when it came, UTC, by our clock."""

    con_id: int
    ts: datetime
    price: Decimal
    data_type: MarketDataType


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInterest:
    """How many contracts of a future were open, as told on a day.

    The exchange counts them when a session is over: during the next one they are the last known.

    Attributes:
        ts: When it came, UTC, by the gateway's clock.
        session: The day where the exchange is.
    """

    con_id: int
    ts: datetime
    session: date
    open_interest: Decimal


class GreeksSource(StrEnum):
    """Which price the greeks belong to."""

    BID = "bid"
    ASK = "ask"
    LAST = "last"
    MODEL = "model"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionGreeks:
    """What IB computes of an option. A number that it did not compute is None, never zero.

    Attributes:
        ts: When it came, UTC, by our clock.
        implied_volatility: A year's, 0.2 for 20%.
        price: The option's price the rest was computed from.
        theta: A day's.
        vega: For one percent point of volatility.
    """

    con_id: int
    ts: datetime
    source: GreeksSource
    is_delayed: bool
    implied_volatility: float | None
    delta: float | None
    gamma: float | None
    vega: float | None
    theta: float | None
    price: float | None
    pv_dividend: float | None
    underlying_price: float | None


@dataclass(frozen=True, slots=True)
class DepthRow:
    """One row of a book. ``market_maker`` is the venue in a book of several, else empty."""

    price: float
    size: float
    market_maker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthBook:
    """A book as it stood: the best row first on either side."""

    con_id: int
    ts: datetime
    bids: tuple[DepthRow, ...]
    asks: tuple[DepthRow, ...]
