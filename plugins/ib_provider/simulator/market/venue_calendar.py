# SPDX-License-Identifier: Apache-2.0
"""The sessions of one gateway's market: those of the calendars, less what was ordered otherwise.

A venue that closes of a sudden, or early, does so in every bar, quote, tick and schedule of this
gateway, while the calendars that clients carry still say that it is open: the trap there is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from ib_provider.simulator.market import hours
from ib_provider.simulator.market.hours import TradingDay
from ib_provider.symbology.sessions import SessionHours

__all__ = ["VenueCalendar"]

_DAYS_BACK = timedelta(days=14)
_DAYS_AHEAD = timedelta(days=21)
_DAY = timedelta(days=1)

Found = TypeVar("Found")


class VenueCalendar:
    """Sessions by venue. Dates are trade dates, instants UTC."""

    def __init__(self) -> None:
        self._closed: set[tuple[str, date]] = set()
        self._early: dict[tuple[str, date], datetime] = {}

    def close(self, venue: str, session: date) -> None:
        """Have a venue closed for a whole session."""
        self._closed.add((venue, session))

    def close_early(self, venue: str, session: date, at: datetime) -> None:
        """End a session of a venue, regular hours and all, at an instant."""
        self._early[venue, session] = at

    @property
    def is_altered(self) -> bool:
        """Return whether anything was ordered."""
        return bool(self._closed or self._early)

    def early_end(self, venue: str, session: date) -> datetime | None:
        """Return when a session was ordered to end; None where it was not."""
        return self._early.get((hours.exchange_of(venue), session))

    def is_closed(self, venue: str, session: date) -> bool:
        """Return whether a session was called off."""
        return (hours.exchange_of(venue), session) in self._closed

    def sessions(self, venue: str, first: date, last: date) -> tuple[date, ...]:
        """Return the sessions from ``first`` to ``last``, both inclusive."""
        known = hours.sessions_between(venue, first, last)
        if not self._closed:
            return known
        return tuple(session for session in known if not self.is_closed(venue, session))

    def trading_day(self, venue: str, session: date) -> TradingDay | None:
        """Return a session's whole trading day, or None where the venue is closed."""
        if self.is_closed(venue, session):
            return None
        day = hours.trading_day(venue, session)
        at = self.early_end(venue, session)
        if day is None or at is None:
            return day
        return replace(day, close=_within(day.open, at, day.close), ends=min(at, day.ends))

    def last_opened(self, venue: str, at: datetime) -> SessionHours | None:
        """Return the regular hours of the latest session that has opened by an instant."""
        return self._latest(venue, at, lambda day: day.open, lambda day: day.regular)

    def next_or_running(self, venue: str, at: datetime) -> SessionHours | None:
        """Return the regular hours that run at an instant, or else the next ones."""
        first = hours.local_date(venue, at)
        for session in self.sessions(venue, first, first + _DAYS_AHEAD):
            day = self.trading_day(venue, session)
            if day is not None and at < day.close:
                return day.regular
        return None

    def trade_date(self, venue: str, at: datetime) -> TradingDay | None:
        """Return the latest trading day that has begun by an instant: it may still run."""
        return self._latest(venue, at, lambda day: day.begins, lambda day: day)

    def _latest(
        self,
        venue: str,
        at: datetime,
        begin: Callable[[TradingDay], datetime],
        shown: Callable[[TradingDay], Found],
    ) -> Found | None:
        tomorrow = hours.local_date(venue, at) + _DAY
        for session in reversed(self.sessions(venue, tomorrow - _DAYS_BACK, tomorrow)):
            day = self.trading_day(venue, session)
            if day is not None and begin(day) <= at:
                return shown(day)
        return None


def _within(first: datetime, at: datetime, last: datetime) -> datetime:
    return max(first, min(at, last))
