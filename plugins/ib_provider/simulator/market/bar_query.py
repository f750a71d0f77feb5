# SPDX-License-Identifier: Apache-2.0
"""What a request for bars asks, judged as a gateway does: a query, or the error it answers.

Rules:
    * ``n D`` is the last n sessions, the running one among them; weeks, months and years are
      calendar spans that end on the day of the end; seconds count back from the last trade.
    * An end in the future is "now". The end is exclusive.
    * With ``useRTH`` the sessions are regular hours; without it whole trading days, so that a
      futures session begins the evening before its date.
    * Short bars have short durations: a bar of a second at most 2,000 of them. Those of 30 seconds
      and less are kept for half a year.
    * ADJUSTED_LAST and continuous futures go up to now: they take no end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from ib_provider.domain.bar import BarSize, WhatToShow
from ib_provider.domain.contract import SecType
from ib_provider.simulator.market.hours import local_date, zone_of
from ib_provider.simulator.market.venue_calendar import VenueCalendar
from ib_provider.simulator.refusal import Refusal, invalid
from ib_provider.simulator.time_text import parse_time
from ib_provider.wire.messages import ReqHistoricalData

__all__ = ["BAD_TIME", "NO_ZONE", "SCHEDULE", "BarQuery", "Window", "parse_query", "window_of"]

SCHEDULE: Final = "SCHEDULE"

_DURATION: Final = re.compile(r"(\d{1,6}) ([SDWMY])")
_LONGEST: Final = {"S": 86_400, "D": 365, "W": 52, "M": 12, "Y": 68}
#: The shortest bar, in seconds, that a duration's unit allows. Source: TWS API, step sizes.
_SHORTEST: Final = {"S": 1, "D": 5, "W": 10, "M": 30, "Y": 60}
_MOST_SECONDS: Final = 2_000  # of bars of one second
_KEPT_UP: Final = {"TRADES", "MIDPOINT", "BID", "ASK"}
_SHORTEST_KEPT_UP: Final = 5
_SHORT_LIVED: Final = (
    BarSize.SEC_1,
    BarSize.SEC_5,
    BarSize.SEC_10,
    BarSize.SEC_15,
    BarSize.SEC_30,
)
_KEPT_SHORT: Final = timedelta(days=183)
_SIZES: Final = {size.value: size for size in BarSize} | {
    # other spellings that gateways accept
    "1 secs": BarSize.SEC_1,
    "1 week": BarSize.WEEK_1,
    "1 month": BarSize.MONTH_1,
    "1 W": BarSize.WEEK_1,
    "1 M": BarSize.MONTH_1,
}
BAD_TIME: Final = (
    "End Date/Time: The date, time, or time-zone entered is invalid. "
    "Use yyyymmdd hh:mm:ss with a time zone such as US/Eastern, or yyyymmdd-hh:mm:ss in UTC."
)
NO_ZONE: Final = (
    "Warning: You submitted request with date-time attributes without explicit time zone."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The sessions asked for, ascending, and the instants between which their bars begin."""

    sessions: tuple[date, ...]
    start: datetime | None
    cutoff: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BarQuery:
    """A request for bars that can be answered.

    Attributes:
        regular: Regular hours only.
        date_style: 1 local text, 2 epoch seconds, 3 short text; whole days are always dates.
        warning: A notice to send beside the answer, if any.
    """

    size: BarSize
    what: WhatToShow
    window: Window
    regular: bool = True
    date_style: int = 1
    warning: Refusal | None = None


def parse_query(
    request: ReqHistoricalData, venue: str, now: datetime, calendar: VenueCalendar | None = None
) -> BarQuery | Refusal:
    """Return what a request asks of a contract of a venue, or the refusal it gets.

    Args:
        calendar: The sessions there are; by default those of the venues' own calendars.
    """
    refusal = _kind_refusal(request)
    if refusal is not None:
        return refusal
    end, warning = now, None
    if request.end:
        parsed = parse_time(request.end, zone_of(venue))
        if parsed is None:
            return Refusal(code=10314, message=BAD_TIME)
        end = min(now, parsed.at)
        warning = None if parsed.zone_said else Refusal(code=2174, message=NO_ZONE)
    known = calendar or VenueCalendar()
    window = window_of(request.duration, venue, end, regular=request.use_rth, calendar=known)
    if isinstance(window, Refusal):
        return window
    size = _SIZES[request.bar_size]
    refusal = _step_refusal(size, request.duration)
    if refusal is not None:
        return refusal
    shown = request.what_to_show.upper()
    return BarQuery(
        size=size,
        what=WhatToShow.TRADES if shown == SCHEDULE else WhatToShow(shown),
        window=_kept(window, now) if size in _SHORT_LIVED else window,
        regular=request.use_rth,
        date_style=request.format_date,
        warning=warning,
    )


def _kind_refusal(request: ReqHistoricalData) -> Refusal | None:
    shown = request.what_to_show.upper()
    if request.bar_size not in _SIZES:
        legal = ", ".join(BarSize)
        return invalid(f"Historical data bar size setting is invalid. Legal ones are: {legal}")
    size = _SIZES[request.bar_size]
    if shown == SCHEDULE:
        if size is not BarSize.DAY_1:
            text = "Only daily resolution is supported for the schedule of a contract."
            return Refusal(code=10295, message=text)
    elif shown not in set(WhatToShow):
        return invalid(f"Incorrect data type requested: {request.what_to_show!r}")
    if request.format_date not in (1, 2, 3):
        return invalid(f"Date format {request.format_date} is none of 1, 2 and 3")
    return _end_refusal(request, size)


def _end_refusal(request: ReqHistoricalData, size: BarSize) -> Refusal | None:
    """Return the refusal of an end where bars only go up to now."""
    if request.contract.sec_type is SecType.CONTFUT and request.end:
        text = "Setting end date/time for continuous future security type is not allowed."
        return Refusal(code=10339, message=text)
    if request.what_to_show.upper() == WhatToShow.ADJUSTED_LAST and request.end:
        return invalid("End date not supported with adjusted last")
    return _growth_refusal(request, size) if request.keep_up_to_date else None


def _growth_refusal(request: ReqHistoricalData, size: BarSize) -> Refusal | None:
    """Return the refusal of bars that cannot be kept up to date."""
    shown = request.what_to_show.upper()
    if request.end:
        return invalid("End time cannot be set where bars are kept up to date")
    if shown not in _KEPT_UP:
        return invalid(f"{shown} bars cannot be kept up to date")
    if size.is_intraday and size.length.total_seconds() < _SHORTEST_KEPT_UP:
        return invalid("Bars shorter than 5 secs cannot be kept up to date")
    return None


def _step_refusal(size: BarSize, duration: str) -> Refusal | None:
    """Return the refusal of bars too short for their duration."""
    if not size.is_intraday:
        return None
    count, unit = duration.split(" ")
    step = int(size.length.total_seconds())
    if step >= _SHORTEST[unit] and not (step == 1 and int(count) > _MOST_SECONDS):
        return None
    text = f"Historical Market Data Service error message:invalid step: {step}"
    return Refusal(code=162, message=text)


def _kept(window: Window, now: datetime) -> Window:
    """Return what is left of a window of short bars: they are forgotten after half a year."""
    oldest = (now - _KEPT_SHORT).date()
    return replace(window, sessions=tuple(day for day in window.sessions if day >= oldest))


def window_of(
    duration: str,
    venue: str,
    end: datetime,
    *,
    regular: bool,
    calendar: VenueCalendar | None = None,
) -> Window | Refusal:
    """Return the sessions that a duration up to an end means, or why it means none."""
    known = calendar or VenueCalendar()
    match = _DURATION.fullmatch(duration)
    if match is None or int(match[1]) == 0:
        return invalid(f"Invalid duration {duration!r}; a number and one of S D W M Y is needed")
    count, unit = int(match[1]), match[2]
    if count > _LONGEST[unit]:
        return invalid(f"Duration {duration!r} is too long; the most is {_LONGEST[unit]} {unit}")
    just_before = end - timedelta(microseconds=1)
    begun = _begun(known, venue, just_before, regular=regular)
    if begun is None:
        return Window(sessions=(), start=None, cutoff=end)
    session, closed = begun
    if unit == "S":
        end = min(end, closed)
        start = end - timedelta(seconds=count)
        sessions = known.sessions(venue, local_date(venue, start), session)
        return Window(sessions=sessions, start=start, cutoff=end)
    if unit == "D":
        # two calendar days a session, and a fortnight of holidays, always hold enough sessions
        sessions = known.sessions(venue, session - timedelta(days=2 * count + 14), session)
        return Window(sessions=sessions[-count:], start=None, cutoff=end)
    last = max(local_date(venue, just_before), session)
    first = _before(last, count, unit) + timedelta(days=1)
    return Window(sessions=known.sessions(venue, first, last), start=None, cutoff=end)


def _begun(
    calendar: VenueCalendar, venue: str, at: datetime, *, regular: bool
) -> tuple[date, datetime] | None:
    """Return the latest session that had begun by then, and when it ends."""
    if regular:
        hours = calendar.last_opened(venue, at)
        return (hours.session, hours.close) if hours else None
    day = calendar.trade_date(venue, at)
    return (day.session, day.ends) if day else None


def _before(day: date, count: int, unit: str) -> date:
    """Return the same day of the month so many weeks, months or years earlier."""
    if unit == "W":
        return day - timedelta(weeks=count)
    months = day.year * 12 + day.month - 1 - count * (12 if unit == "Y" else 1)
    year, month = divmod(months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    longest = (following - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, longest))
