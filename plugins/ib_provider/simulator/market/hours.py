# SPDX-License-Identifier: Apache-2.0
"""When the simulated venues trade: regular hours, and the whole trading day around them.

Rules:
    * A stock venue keeps the regular hours of its own calendar, half days among them. US stocks
      also trade before and after.
    * A futures exchange's day begins the evening before: its trade date is the day it ends on.
      It keeps the holidays of New York here, which is simpler than its own.
    * Currencies trade round the clock from Sunday to Friday, coins every day.
    * A venue this table does not know keeps the hours of New York.
    * What a contract says of its hours is when it trades: ``CME:cme-index`` is the venue CME as the
      row ``cme-index`` of ``data/trading_hours.yaml`` has it, and that row is the only source.

Looked up often, so kept once computed. The times of everything but stocks are from memory.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from ib_provider.simulator.contracts.trading_hours import TradingHours, read_trading_hours
from ib_provider.symbology.sessions import SessionHours, session_hours, sessions
from ib_provider.symbology.venues import VENUES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "TradingDay",
    "exchange_of",
    "hours_of",
    "last_opened",
    "local_date",
    "minutes_of_day",
    "sessions_between",
    "trade_date",
    "trading_day",
    "venue_of",
    "zone_of",
]

_FIRST: Final = date(1990, 1, 2)
_LAST: Final = date(2100, 1, 1)  # the calendar ends earlier and says where
_AFTER_HALF_DAY: Final = timedelta(hours=4)
_DAY: Final = timedelta(days=1)
_NEVER: Final = frozenset({(1, 1), (12, 25)})  # currencies and metals stand still
_OWN_HOURS: Final = ":"


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingDay:
    """One trade date: the whole of it, and its regular hours. All UTC, ends exclusive."""

    session: date
    begins: datetime
    open: datetime
    close: datetime
    ends: datetime

    @property
    def regular(self) -> SessionHours:
        """Return the regular hours alone."""
        return SessionHours(session=self.session, open=self.open, close=self.close)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Week:
    """How a kind of venue keeps its days.

    Attributes:
        calendar: A stock venue whose sessions it keeps, ``weekdays`` or ``every day``.
        begins: Local; on the evening before where that is later than ``ends``.
        regular: Local; None for the calendar's own hours.
    """

    calendar: str
    zone: str
    begins: time | None = None
    ends: time | None = None
    regular: tuple[time, time] | None = None


_EASTERN, _CENTRAL = "America/New_York", "America/Chicago"


def _globex(begin: str, end: str, zone: str = _CENTRAL) -> _Week:
    evening, afternoon = ("18:00", "17:00") if zone == _EASTERN else ("17:00", "16:00")
    return _Week(
        calendar="NYSE",
        zone=zone,
        begins=time.fromisoformat(evening),
        ends=time.fromisoformat(afternoon),
        regular=(time.fromisoformat(begin), time.fromisoformat(end)),
    )


_US_STOCKS: Final = {
    name: _Week(calendar=name, zone=_EASTERN, begins=time(4), ends=time(20))
    for name in ("NASDAQ", "NYSE", "ARCA", "AMEX", "BATS")
}
_ROUND_THE_CLOCK: Final = _Week(
    calendar="weekdays",
    zone=_EASTERN,
    begins=time(17, 15),
    ends=time(17),
)
_WEEKS: Final = (
    {name: _Week(calendar=name, zone=entry.time_zone) for name, entry in VENUES.items()}
    | _US_STOCKS
    | dict.fromkeys(("CME", "GLOBEX", "CFE"), _globex("08:30", "15:15"))
    | dict.fromkeys(("CBOT", "ECBOT"), _globex("07:20", "14:00"))
    | {"NYMEX": _globex("09:00", "14:30", _EASTERN), "COMEX": _globex("08:20", "13:30", _EASTERN)}
    | dict.fromkeys(("IDEALPRO", "IDEAL", "FXCONV"), _ROUND_THE_CLOCK)
    | dict.fromkeys(("IBCMDTY", "IBMETAL"), _ROUND_THE_CLOCK)
    | {"EUREX": _Week(calendar="IBIS", zone="Europe/Berlin", begins=time(8), ends=time(22))}
    | dict.fromkeys(
        ("PAXOS", "ZEROHASH"),
        _Week(calendar="every day", zone="UTC", begins=time(0), ends=time(0)),
    )
    # an index stands still when its stocks do, yet its futures go on: the process behind both
    | {"index process": _globex("09:30", "16:00", _EASTERN)}
)
_ELSEWHERE: Final = _Week(calendar="NYSE", zone=_EASTERN)


def _week(venue_name: str) -> _Week:
    return _WEEKS.get(venue_name, _ELSEWHERE)


def venue_of(exchange: str, hours_name: str) -> str:
    """Return the name of an exchange that keeps a contract's own hours."""
    return f"{exchange}{_OWN_HOURS}{hours_name}"


def exchange_of(venue_name: str) -> str:
    """Return the exchange of a venue, whatever hours are kept there."""
    return venue_name.partition(_OWN_HOURS)[0]


@cache
def _own_hours(venue_name: str) -> TradingHours | None:
    """Return the hours that a venue's name asks for; None where it asks for none."""
    name = venue_name.partition(_OWN_HOURS)[2]
    return _hours_table()[name] if name else None


@cache
def _hours_table() -> Mapping[str, TradingHours]:
    file = resources.files("ib_provider.simulator").joinpath("data/trading_hours.yaml")
    return read_trading_hours("trading_hours.yaml", file.read_text(encoding="utf-8"))


@lru_cache(maxsize=256)
def _all_sessions(venue_name: str) -> tuple[date, ...]:
    own = _own_hours(venue_name)
    if own is not None:
        calendar = own.calendar.replace("every-day", "every day")
        known = _sessions_of(calendar) if calendar in VENUES else _days_of(calendar, frozenset())
        return tuple(day for day in known if f"{day:%m-%d}" not in own.closed)
    return _sessions_of(_week(venue_name).calendar)


def _sessions_of(calendar: str) -> tuple[date, ...]:
    if calendar in VENUES:
        return _calendar_sessions(calendar)
    return _days_of(calendar, frozenset() if calendar == "every day" else _NEVER)


@lru_cache(maxsize=8)
def _days_of(calendar: str, closed: frozenset[tuple[int, int]]) -> tuple[date, ...]:
    last_weekday = 7 if calendar == "every day" else 5
    days = (_FIRST + timedelta(days=count) for count in range((_LAST - _FIRST).days))
    return tuple(
        day for day in days if day.weekday() < last_weekday and (day.month, day.day) not in closed
    )


@lru_cache(maxsize=16)
def _calendar_sessions(calendar: str) -> tuple[date, ...]:
    return sessions(calendar, _FIRST, _LAST)


@lru_cache(maxsize=16_384)
def trading_day(venue_name: str, session: date) -> TradingDay | None:
    """Return the whole trading day of a session, or None where the venue is closed."""
    own = _own_hours(venue_name)
    if own is not None:
        return _contract_day(own, session)
    week = _week(venue_name)
    if week.calendar not in VENUES:
        known = _all_sessions(venue_name)
        place = bisect_left(known, session)
        if place == len(known) or known[place] != session:
            return None
        begins, ends = _span(week, session)
        return TradingDay(session=session, begins=begins, open=begins, close=ends, ends=ends)
    hours = session_hours(week.calendar, session)
    if hours is None:
        return None
    opened, closed = hours.open, hours.close
    if week.regular is not None:
        zone = ZoneInfo(week.zone)
        opened = _instant(session, week.regular[0], zone)
        closed = min(_instant(session, week.regular[1], zone), _late(closed, session))
    if week.begins is None:
        return TradingDay(session=session, begins=opened, open=opened, close=closed, ends=closed)
    begins, ends = _span(week, session)
    if week.regular is None and hours.close < _instant(session, time(16), ZoneInfo(week.zone)):
        ends = hours.close + _AFTER_HALF_DAY
    return TradingDay(session=session, begins=begins, open=opened, close=closed, ends=ends)


def _contract_day(hours: TradingHours, session: date) -> TradingDay | None:
    """Return a session as a contract's hours have it; a pause in it is not told apart."""
    trading = hours.spans(session)
    if not trading:
        return None
    begins, ends = trading[0][0], trading[-1][1]
    liquid = hours.spans(session, liquid=True) or trading
    opened = min(max(begins, liquid[0][0]), ends)
    closed = max(opened, min(liquid[-1][1], ends))
    return TradingDay(session=session, begins=begins, open=opened, close=closed, ends=ends)


def _late(close: datetime, session: date) -> datetime:
    """Return the end of regular hours that a half day allows; a whole day allows all."""
    usual = _instant(session, time(16), ZoneInfo(_EASTERN))
    return close if close < usual else usual + timedelta(minutes=15)


def _span(week: _Week, session: date) -> tuple[datetime, datetime]:
    begins, ends, zone = week.begins or time(0), week.ends or time(0), ZoneInfo(week.zone)
    if begins == ends:
        return _instant(session, begins, zone), _instant(session + _DAY, ends, zone)
    first = session - _DAY if begins > ends else session
    return _instant(first, begins, zone), _instant(session, ends, zone)


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


@lru_cache(maxsize=16_384)
def hours_of(venue_name: str, session: date) -> SessionHours | None:
    """Return the regular hours of a session, or None where the venue is closed that day."""
    day = trading_day(venue_name, session)
    return day.regular if day else None


@lru_cache(maxsize=256)
def zone_of(venue_name: str) -> ZoneInfo:
    """Return the venue's time zone."""
    own = _own_hours(venue_name)
    return ZoneInfo(own.zone_id if own is not None else _week(venue_name).zone)


def local_date(venue_name: str, at: datetime) -> date:
    """Return the venue's date at an instant."""
    return at.astimezone(zone_of(venue_name)).date()


def trade_date(venue_name: str, at: datetime) -> TradingDay | None:
    """Return the latest trading day that has begun by an instant: it may still run."""
    known = _all_sessions(venue_name)
    tomorrow = local_date(venue_name, at) + _DAY
    for session in reversed(known[: bisect_right(known, tomorrow)][-3:]):
        day = trading_day(venue_name, session)
        if day is not None and day.begins <= at:
            return day
    return None


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
    tomorrow = local_date(venue_name, at) + _DAY
    for session in reversed(known[: bisect_right(known, tomorrow)][-3:]):
        hours = hours_of(venue_name, session)
        if hours is not None and hours.open <= at:
            return hours
    return None
