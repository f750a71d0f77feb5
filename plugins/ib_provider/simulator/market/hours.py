# SPDX-License-Identifier: Apache-2.0
"""Sessions of the simulated venues, looked up often: kept once computed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from ib_provider.symbology.sessions import SessionHours, session_hours, sessions
from ib_provider.symbology.venues import venue

__all__ = [
    "hours_of",
    "last_opened",
    "local_date",
    "minutes_of_day",
    "next_or_running",
    "sessions_between",
    "zone_of",
]

_FIRST: Final = date(1999, 12, 1)
_LAST: Final = date(2100, 1, 1)  # the calendar ends earlier and says where


@lru_cache(maxsize=8)
def _all_sessions(venue_name: str) -> tuple[date, ...]:
    return sessions(venue_name, _FIRST, _LAST)


@lru_cache(maxsize=16_384)
def hours_of(venue_name: str, session: date) -> SessionHours | None:
    """Return the hours of a session, or None where the venue is closed that day."""
    return session_hours(venue_name, session)


@lru_cache(maxsize=8)
def zone_of(venue_name: str) -> ZoneInfo:
    """Return the venue's time zone."""
    return ZoneInfo(venue(venue_name).time_zone)


def local_date(venue_name: str, at: datetime) -> date:
    """Return the venue's date at an instant."""
    return at.astimezone(zone_of(venue_name)).date()


def minutes_of_day(venue_name: str, session: date) -> int:
    """Return the local minute of the day at which a session opens: 570 for 09:30."""
    hours = hours_of(venue_name, session)
    if hours is None:
        raise ValueError(f"{session} is no session of {venue_name}")
    local = hours.open.astimezone(zone_of(venue_name))
    return local.hour * 60 + local.minute


def sessions_between(venue_name: str, first: date, last: date) -> tuple[date, ...]:
    """Return the sessions from ``first`` to ``last``, both inclusive."""
    known = _all_sessions(venue_name)
    return known[bisect_left(known, first) : bisect_right(known, last)]


def last_opened(venue_name: str, at: datetime) -> SessionHours | None:
    """Return the latest session that has opened by an instant: it may still run."""
    known = _all_sessions(venue_name)
    for session in reversed(known[: bisect_right(known, local_date(venue_name, at))][-2:]):
        hours = hours_of(venue_name, session)
        if hours is not None and hours.open <= at:
            return hours
    return None


def next_or_running(venue_name: str, at: datetime) -> SessionHours | None:
    """Return the session that runs at an instant, or else the next one to open."""
    known = _all_sessions(venue_name)
    begin = bisect_left(known, local_date(venue_name, at))
    for session in known[begin : begin + 2]:
        hours = hours_of(venue_name, session)
        if hours is not None and at < hours.close:
            return hours
    return None
