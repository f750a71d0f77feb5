# SPDX-License-Identifier: Apache-2.0
"""Bars: sizes, kinds, and the key under which a series is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

__all__ = ["BarRequest", "BarSize", "BarSpec", "SeriesKey", "WhatToShow"]


class BarSize(StrEnum):
    """IB's bar sizes, spelled as IB spells them."""

    SEC_1 = "1 secs"
    SEC_5 = "5 secs"
    SEC_10 = "10 secs"
    SEC_15 = "15 secs"
    SEC_30 = "30 secs"
    MIN_1 = "1 min"
    MIN_2 = "2 mins"
    MIN_3 = "3 mins"
    MIN_5 = "5 mins"
    MIN_10 = "10 mins"
    MIN_15 = "15 mins"
    MIN_20 = "20 mins"
    MIN_30 = "30 mins"
    HOUR_1 = "1 hour"
    HOUR_2 = "2 hours"
    HOUR_3 = "3 hours"
    HOUR_4 = "4 hours"
    HOUR_8 = "8 hours"
    DAY_1 = "1 day"
    WEEK_1 = "1W"
    MONTH_1 = "1M"

    @property
    def is_intraday(self) -> bool:
        """Return whether bars of this size carry a time, not only a session."""
        return self not in (BarSize.DAY_1, BarSize.WEEK_1, BarSize.MONTH_1)

    @property
    def length(self) -> timedelta:
        """Return the length of an intraday bar.

        Raises:
            ValueError: For a day and longer: a session has no fixed length.
        """
        if not self.is_intraday:
            raise ValueError(f"a bar of {self.value} has no fixed length")
        count, unit = self.value.split()
        seconds = {"secs": 1, "min": 60, "mins": 60, "hour": 3600, "hours": 3600}[unit]
        return timedelta(seconds=int(count) * seconds)


class WhatToShow(StrEnum):
    """What a bar is made of."""

    TRADES = "TRADES"
    MIDPOINT = "MIDPOINT"
    BID = "BID"
    ASK = "ASK"
    BID_ASK = "BID_ASK"
    ADJUSTED_LAST = "ADJUSTED_LAST"
    HISTORICAL_VOLATILITY = "HISTORICAL_VOLATILITY"
    OPTION_IMPLIED_VOLATILITY = "OPTION_IMPLIED_VOLATILITY"
    FEE_RATE = "FEE_RATE"
    AGGTRADES = "AGGTRADES"
    YIELD_BID = "YIELD_BID"
    YIELD_ASK = "YIELD_ASK"
    YIELD_BID_ASK = "YIELD_BID_ASK"
    YIELD_LAST = "YIELD_LAST"
    SCHEDULE = "SCHEDULE"


@dataclass(frozen=True, slots=True, kw_only=True)
class BarSpec:
    """One kind of bar. ``rth`` is True for regular trading hours only."""

    size: BarSize = BarSize.DAY_1
    what: WhatToShow = WhatToShow.TRADES
    rth: bool = True

    def __str__(self) -> str:
        return f"{self.size} {self.what} {'rth' if self.rth else 'all hours'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesKey:
    """One series in the store: an instrument and a kind of bar."""

    instrument_id: str
    spec: BarSpec

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.spec}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BarRequest:
    """Bars of one contract over a range of sessions.

    Attributes:
        start: First session, inclusive, exchange-local.
        end: Day after the last session: exclusive.
        now: Instant of asking, UTC; a bar that ends later is not finished.
    """

    spec: BarSpec
    start: date
    end: date
    now: datetime
