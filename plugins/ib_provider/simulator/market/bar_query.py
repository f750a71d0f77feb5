# SPDX-License-Identifier: Apache-2.0
"""What a request for bars asks, judged as a gateway does: a query, or the error it answers.

Rules:
    * ``n D`` is the last n sessions, the running one among them; weeks, months and years are
      calendar spans that end on the day of the end; seconds count back from the last trade.
    * An end in the future is "now". The end is exclusive.
    * Bars shorter than a minute are legal to ask for and there are none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from ib_provider.domain.bar import BarSize, WhatToShow
from ib_provider.simulator.market.hours import (
    last_opened,
    local_date,
    sessions_between,
    zone_of,
)
from ib_provider.simulator.refusal import Refusal, invalid
from ib_provider.simulator.time_text import parse_time
from ib_provider.wire.messages import ReqHistoricalData

__all__ = ["BarQuery", "Window", "parse_query"]

_DURATION: Final = re.compile(r"(\d{1,6}) ([SDWMY])")
_LONGEST: Final = {"S": 86_400, "D": 365, "W": 52, "M": 12, "Y": 68}
_SIZES: Final = {size.value: size for size in BarSize} | {
    # other spellings that gateways accept
    "1 secs": BarSize.SEC_1,
    "1 week": BarSize.WEEK_1,
    "1 month": BarSize.MONTH_1,
    "1 W": BarSize.WEEK_1,
    "1 M": BarSize.MONTH_1,
}
_BAD_TIME: Final = (
    "End Date/Time: The date, time, or time-zone entered is invalid. "
    "Use yyyymmdd hh:mm:ss with a time zone such as US/Eastern, or yyyymmdd-hh:mm:ss in UTC."
)
_NO_ZONE: Final = (
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
        epoch: Times as epoch seconds; whole days are always dates.
        warning: A notice to send beside the answer, if any.
    """

    size: BarSize
    what: WhatToShow
    window: Window
    epoch: bool
    warning: Refusal | None


def parse_query(request: ReqHistoricalData, venue: str, now: datetime) -> BarQuery | Refusal:
    """Return what a request asks of a contract of a venue, or the refusal it gets."""
    refusal = _kind_refusal(request)
    if refusal is not None:
        return refusal
    end, warning = now, None
    if request.end:
        parsed = parse_time(request.end, zone_of(venue))
        if parsed is None:
            return Refusal(code=10314, message=_BAD_TIME)
        end = min(now, parsed.at)
        warning = None if parsed.zone_said else Refusal(code=2174, message=_NO_ZONE)
    window = _window(request.duration, venue, end)
    if isinstance(window, Refusal):
        return window
    return BarQuery(
        size=_SIZES[request.bar_size],
        what=WhatToShow(request.what_to_show.upper()),
        window=window,
        epoch=request.format_date == 2,
        warning=warning,
    )


def _kind_refusal(request: ReqHistoricalData) -> Refusal | None:
    if request.bar_size not in _SIZES:
        legal = ", ".join(BarSize)
        return invalid(f"Historical data bar size setting is invalid. Legal ones are: {legal}")
    if request.what_to_show.upper() not in set(WhatToShow):
        return invalid(f"Incorrect data type requested: {request.what_to_show!r}")
    if request.keep_up_to_date:
        return invalid("Bars kept up to date are not simulated")
    if request.format_date not in (1, 2):
        return invalid(f"Date format {request.format_date} is not simulated")
    return None


def _window(duration: str, venue: str, end: datetime) -> Window | Refusal:
    match = _DURATION.fullmatch(duration)
    if match is None or int(match[1]) == 0:
        return invalid(f"Invalid duration {duration!r}; a number and one of S D W M Y is needed")
    count, unit = int(match[1]), match[2]
    if count > _LONGEST[unit]:
        return invalid(f"Duration {duration!r} is too long; the most is {_LONGEST[unit]} {unit}")
    last = local_date(venue, end - timedelta(microseconds=1))
    if unit == "S":
        return _last_seconds(venue, end, count)
    if unit == "D":
        opened = last_opened(venue, end - timedelta(microseconds=1))
        if opened is None:
            return Window(sessions=(), start=None, cutoff=end)
        # two calendar days a session, and a fortnight of holidays, always hold enough sessions
        earliest = opened.session - timedelta(days=2 * count + 14)
        known = sessions_between(venue, earliest, opened.session)
        return Window(sessions=known[-count:], start=None, cutoff=end)
    first = _before(last, count, unit) + timedelta(days=1)
    return Window(sessions=sessions_between(venue, first, last), start=None, cutoff=end)


def _last_seconds(venue: str, end: datetime, count: int) -> Window:
    opened = last_opened(venue, end - timedelta(microseconds=1))
    if opened is None:
        return Window(sessions=(), start=None, cutoff=end)
    end = min(end, opened.close)
    start = end - timedelta(seconds=count)
    known = sessions_between(venue, local_date(venue, start), opened.session)
    return Window(sessions=known, start=start, cutoff=end)


def _before(day: date, count: int, unit: str) -> date:
    """Return the same day of the month so many weeks, months or years earlier."""
    if unit == "W":
        return day - timedelta(weeks=count)
    months = day.year * 12 + day.month - 1 - count * (12 if unit == "Y" else 1)
    year, month = divmod(months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    longest = (following - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, longest))
