# SPDX-License-Identifier: Apache-2.0
"""Sessions of a venue, from exchange_calendars.

IB's own schedule is the better source where a gateway is at hand; this one needs none.
A calendar is computed once a process, over the whole range anyone asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from ib_provider.domain.session_span import SessionSpan
from ib_provider.symbology.venues import venue

if TYPE_CHECKING:
    from exchange_calendars import ExchangeCalendar

__all__ = [
    "SessionHours",
    "calendar_bounds",
    "is_open",
    "session_hours",
    "session_of",
    "session_spans",
    "sessions",
]

_FIRST: Final = "1990-01-02"
#: Sessions whose hours are kept, for thousands of instruments share them: thirty years of eight
#: venues.
_REMEMBERED: Final = 65_536
#: Calendars that begin later than that. Tel Aviv's fails before its week changed in 2026.
_BEGINS: Final = {
    "XBOM": "1997-01-02",
    "XSAU": "2021-01-03",
    "XSHG": "1990-12-03",
    "XTAE": "2026-01-05",
    "XTKS": "1997-01-06",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionHours:
    """When one session opens and closes, UTC. A half day closes early."""

    session: date
    open: datetime
    close: datetime


def sessions(venue_name: str, start: date, end: date) -> tuple[date, ...]:
    """Return the sessions of a venue from ``start``, inclusive, to ``end``, exclusive.

    Raises:
        UnknownVenue: No table of ours names the venue.
    """
    if end <= start:
        return ()
    calendar = _calendar(venue(venue_name).calendar)
    found = calendar.sessions_in_range(_clip(start, calendar), _clip(_before(end), calendar))
    return tuple(day for day in (stamp.date() for stamp in found) if start <= day < end)


def calendar_bounds(venue_name: str) -> tuple[date, date]:
    """Return the first session that a venue's calendar knows, and the day after its last one.

    Raises:
        UnknownVenue: No table of ours names the venue.
    """
    calendar = _calendar(venue(venue_name).calendar)
    return calendar.first_session.date(), calendar.last_session.date() + timedelta(days=1)


@lru_cache(maxsize=_REMEMBERED)
def session_hours(venue_name: str, session: date) -> SessionHours | None:
    """Return the hours of a session, or None where the venue is closed on that day."""
    if not sessions(venue_name, session, session + timedelta(days=1)):
        return None
    calendar = _calendar(venue(venue_name).calendar)
    label = session.isoformat()
    return SessionHours(
        session=session,
        open=calendar.session_open(label).to_pydatetime().astimezone(UTC),
        close=calendar.session_close(label).to_pydatetime().astimezone(UTC),
    )


def session_spans(
    venue_name: str, start: date, end: date, *, regular: bool
) -> tuple[SessionSpan, ...]:
    """Return the sessions of a half-open range of dates as instants.

    Args:
        regular: Regular hours; else the whole local day of each session, midnight to midnight.

    Raises:
        UnknownVenue: No table of ours names the venue.
    """
    days = sessions(venue_name, start, end)
    if not regular:
        zone = ZoneInfo(venue(venue_name).time_zone)
        return tuple(
            SessionSpan(
                session=day,
                begin=_midnight(day, zone),
                end=_midnight(day + timedelta(days=1), zone),
            )
            for day in days
        )
    found = (session_hours(venue_name, day) for day in days)
    return tuple(
        SessionSpan(session=hours.session, begin=hours.open, end=hours.close)
        for hours in found
        if hours is not None
    )


def session_of(venue_name: str, at: datetime) -> date:
    """Return the venue's local date at an instant: the session, if the venue is open that day."""
    return at.astimezone(ZoneInfo(venue(venue_name).time_zone)).date()


def is_open(venue_name: str, at: datetime) -> bool:
    """Return whether the venue trades at an instant, in regular hours."""
    hours = session_hours(venue_name, session_of(venue_name, at))
    return hours is not None and hours.open <= at < hours.close


@cache
def _calendar(name: str) -> ExchangeCalendar:
    import exchange_calendars  # noqa: PLC0415  1.8 s to import, and DAG files import this package

    return exchange_calendars.get_calendar(name, start=_BEGINS.get(name, _FIRST))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def _before(day: date) -> date:
    return day - timedelta(days=1)


def _clip(day: date, calendar: ExchangeCalendar) -> str:
    first: date = calendar.first_session.date()
    last: date = calendar.last_session.date()
    return min(max(day, first), last).isoformat()
