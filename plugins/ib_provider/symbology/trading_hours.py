# SPDX-License-Identifier: Apache-2.0
"""IB's trading hours as text, read into sessions with instants.

Forms on the wire:
    * ``20130304:0930-20130304:1600;20130309:CLOSED``  each end with its day, since 2018
    * ``20090507:0700-1830,1830-2330;20090508:CLOSED``  older gateways: one day, several spans;
      a span that ends before it begins began the evening before
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

__all__ = ["Hours", "HoursSpan", "parse_hours"]

_MINUTES_A_DAY = 1440


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursSpan:
    """One span of trading. ``session`` is the local day on which it ends; the instants are UTC."""

    session: date
    open: datetime
    close: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """What IB says of about a week: when it trades, and which days are closed.

    A day in neither is one that IB did not speak of.
    """

    spans: tuple[HoursSpan, ...]
    closed: tuple[date, ...]

    def is_open(self, at: datetime) -> bool:
        """Return whether there is trading at an instant."""
        return any(span.open <= at < span.close for span in self.spans)

    def close_of(self, session: date) -> datetime | None:
        """Return when the last span of a session ends; None where IB names none."""
        return max((span.close for span in self.spans if span.session == session), default=None)


def parse_hours(text: str, time_zone: str) -> Hours:
    """Return the sessions of ``tradingHours`` or ``liquidHours``.

    Args:
        text: IB's text; empty says nothing.
        time_zone: IANA name of the zone it is written in.

    Raises:
        ValueError: A part of the text is in no known form, or the zone is unknown.
    """
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if not parts:
        return Hours(spans=(), closed=())
    zone = _zone(time_zone)
    spans: dict[tuple[datetime, datetime], HoursSpan] = {}
    closed: set[date] = set()
    for part in parts:
        day_text, colon, rest = part.partition(":")
        if not colon:
            raise ValueError(f"{part!r} is no day of trading hours")
        day = _day(day_text, part)
        if rest.strip().upper() == "CLOSED":
            closed.add(day)
            continue
        for piece in rest.split(","):
            span = _span(piece.strip(), day, zone, part)
            spans[span.open, span.close] = span
    ordered = sorted(spans.values(), key=lambda span: (span.open, span.close))
    return Hours(spans=tuple(ordered), closed=tuple(sorted(closed)))


def _span(piece: str, day: date, zone: ZoneInfo, part: str) -> HoursSpan:
    begin, dash, end = piece.partition("-")
    if not dash:
        raise ValueError(f"{part!r} is no span of trading hours")
    # Only the first piece of a part has lost its day to the colon.
    first_day, first = _end(begin, day, part)
    last_day, last = _end(end, day, part)
    if ":" not in end and last <= first:
        first_day -= timedelta(days=1)
    opened, closes = _instant(first_day, first, zone), _instant(last_day, last, zone)
    if closes <= opened:
        raise ValueError(f"{part!r} ends before it begins")
    return HoursSpan(session=last_day, open=opened, close=closes)


def _end(text: str, day: date, part: str) -> tuple[date, int]:
    """Return the day and the minute of one end of a span."""
    day_text, colon, clock = text.rpartition(":")
    if len(clock) != 4 or not clock.isdecimal():
        raise ValueError(f"{part!r}: {clock!r} is no time such as 0930")
    minute = int(clock[:2]) * 60 + int(clock[2:])
    if minute > _MINUTES_A_DAY or int(clock[2:]) > 59:
        raise ValueError(f"{part!r}: {clock!r} is no time such as 0930")
    return (_day(day_text, part) if colon else day), minute


def _day(text: str, part: str) -> date:
    if len(text) != 8 or not text.isdecimal():
        raise ValueError(f"{part!r}: {text!r} is no day such as 20130304")
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    ahead, rest = divmod(minute, _MINUTES_A_DAY)
    day += timedelta(days=ahead)
    return datetime(day.year, day.month, day.day, rest // 60, rest % 60, tzinfo=zone).astimezone(
        UTC
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"unknown time zone {name!r}") from None
