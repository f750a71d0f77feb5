# SPDX-License-Identifier: Apache-2.0
"""When a kind of contract trades: spans a day in its own zone, cut by a venue's holidays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from ib_provider.simulator.contracts.yaml_rows import Row, RowFile
from ib_provider.symbology.sessions import SessionHours, session_hours
from ib_provider.symbology.venues import VENUES

__all__ = ["Span", "TradingHours", "read_trading_hours"]

_EVERY_DAY: Final = "every-day"
_WEEKDAYS: Final = "weekdays"
_SATURDAY: Final = 5
_MINUTES_A_DAY: Final = 1440
_DAYS_OF_TEXT: Final = 7

Span = tuple[datetime, datetime]
"""Open and close, UTC."""

Minutes = tuple[int, int]
"""Open and close as minutes of the session's day; negative ones are the evening before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingHours:
    """Sessions of one kind of contract.

    Attributes:
        zone_id: The zone as IB spells it, ``US/Eastern``; also an IANA name.
        calendar: Venue whose closed days it keeps, or ``weekdays``, or ``every-day``.
        closed: Days of the year on which it is closed besides, ``MM-DD``.
        trading: Spans of the whole session, ascending.
        liquid: Spans of regular hours.
        usual_close: Local close of the calendar's ordinary day; earlier than that is a half day.
        half_day: Where trading and liquid hours end on a half day; None: they do not change.
    """

    name: str
    zone_id: str
    calendar: str
    closed: tuple[str, ...]
    trading: tuple[Minutes, ...]
    liquid: tuple[Minutes, ...]
    usual_close: int
    half_day: tuple[int, int] | None

    def is_session(self, day: date) -> bool:
        """Return whether there is a session of that date."""
        if f"{day:%m-%d}" in self.closed:
            return False
        if self.calendar == _EVERY_DAY:
            return True
        if self.calendar == _WEEKDAYS:
            return day.weekday() < _SATURDAY
        return _venue_hours(self.calendar, day) is not None

    def spans(self, day: date, *, liquid: bool = False) -> tuple[Span, ...]:
        """Return when the session of a date trades, ascending; nothing where there is none."""
        zone = ZoneInfo(self.zone_id)
        return tuple(
            (_instant(day, begin, zone), _instant(day, end, zone))
            for begin, end in self._minutes(day, liquid=liquid)
        )

    def text(self, first: date, *, liquid: bool) -> str:
        """Return IB's text for the week from a local date.

        ``20130304:0930-20130304:1600;20130309:CLOSED``: a day is closed where no session is
        dated or begins on it.
        """
        return _text(self, first, liquid=liquid)

    def local_date(self, at: datetime) -> date:
        """Return the date at an instant in the hours' own zone."""
        return at.astimezone(ZoneInfo(self.zone_id)).date()

    def _minutes(self, day: date, *, liquid: bool) -> Iterator[Minutes]:
        if not self.is_session(day):
            return
        latest = _MINUTES_A_DAY
        if self.half_day is not None and self._is_half(day):
            latest = self.half_day[1 if liquid else 0]
        for begin, end in self.liquid if liquid else self.trading:
            if begin < latest:
                yield begin, min(end, latest)

    def _is_half(self, day: date) -> bool:
        hours = _venue_hours(self.calendar, day) if self.calendar in VENUES else None
        if hours is None:
            return False
        local = hours.close.astimezone(ZoneInfo(VENUES[self.calendar].time_zone))
        return local.hour * 60 + local.minute < self.usual_close


@lru_cache(maxsize=16_384)
def _venue_hours(calendar: str, day: date) -> SessionHours | None:
    return session_hours(calendar, day)


@lru_cache(maxsize=512)
def _text(hours: TradingHours, first: date, *, liquid: bool) -> str:
    days = [first + timedelta(days=count) for count in range(_DAYS_OF_TEXT)]
    rows: list[tuple[date, str]] = []
    taken = set()
    for day in (*days, days[-1] + timedelta(days=1)):
        for begin, end in hours._minutes(day, liquid=liquid):
            start = day + timedelta(days=begin // _MINUTES_A_DAY)
            taken |= {day, start}
            if start in days:
                rows.append((start, f"{_stamp(day, begin)}-{_stamp(day, end)}"))
    rows += [(day, f"{day:%Y%m%d}:CLOSED") for day in days if day not in taken]
    return ";".join(text for _, text in sorted(rows))


def _stamp(day: date, minute: int) -> str:
    """Return ``20130304:1600``; midnight is the last minute of a day that ends there."""
    if minute == _MINUTES_A_DAY:
        minute -= 1
    day += timedelta(days=minute // _MINUTES_A_DAY)
    hour, rest = divmod(minute % _MINUTES_A_DAY, 60)
    return f"{day:%Y%m%d}:{hour:02}{rest:02}"


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """Return a local wall-clock minute as an instant; a day has what hours its clocks show."""
    days, rest = divmod(minute, _MINUTES_A_DAY)
    local = datetime(day.year, day.month, day.day, rest // 60, rest % 60, tzinfo=zone)
    return (local + timedelta(days=days)).astimezone(UTC)


def read_trading_hours(source: str, text: str) -> Mapping[str, TradingHours]:
    """Return the hours of a data file by name.

    Raises:
        ConfigError: Every problem of the file.
    """
    file = RowFile(source, text)
    found = {}
    for row in file.rows("hours"):
        hours = _hours(row)
        found[hours.name] = hours
    file.check()
    return found


def _hours(row: Row) -> TradingHours:
    calendars = {name: name for name in (_EVERY_DAY, _WEEKDAYS, *VENUES)}
    half_day = row.words("half_day", ())
    hours = TradingHours(
        name=row.text("name"),
        zone_id=row.text("time_zone"),
        calendar=row.one_of("calendar", calendars) or _WEEKDAYS,
        closed=row.words("closed", ()),
        trading=tuple(_span(row, "trading", text) for text in row.words("trading")),
        liquid=tuple(_span(row, "liquid", text) for text in row.words("liquid")),
        usual_close=_minute(row, "usual_close", row.text("usual_close", "0000")),
        half_day=None,
    )
    try:
        ZoneInfo(hours.zone_id)
    except (KeyError, ValueError):
        row.note("time_zone", f"unknown: {hours.zone_id!r}")
    row.done()
    if not half_day:
        return hours
    if len(half_day) != 2 or not hours.usual_close:
        row.note("half_day", "needs the end of trading and of liquid hours, and usual_close")
        return hours
    trading, liquid = (_minute(row, "half_day", text) for text in half_day)
    return replace(hours, half_day=(trading, liquid))


def _span(row: Row, key: str, text: str) -> Minutes:
    """Read ``0930-1600``, or ``-1700-1600`` for a session that begins the evening before."""
    evening = text.startswith("-")
    begin, _, end = text.removeprefix("-").partition("-")
    first, last = _minute(row, key, begin), _minute(row, key, end)
    if evening:
        first -= _MINUTES_A_DAY
    if first >= last:
        row.note(key, f"{text!r} ends before it begins")
    return first, last


def _minute(row: Row, key: str, text: str) -> int:
    if not (len(text) == 4 and text.isdigit() and int(text) <= 2400 and int(text[2:]) < 60):
        row.note(key, f"not a time such as 0930: {text!r} (put it in quotes)")
        return 0
    return int(text[:2]) * 60 + int(text[2:])
