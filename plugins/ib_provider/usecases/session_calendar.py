# SPDX-License-Identifier: Apache-2.0
"""The sessions of an instrument: IB's word where it gave one, exchange_calendars elsewhere.

Rules:
    * A day that IB named in any answer of the market is a session; one that IB left out of all its
      answers is none, whatever a calendar says: an exchange may close without notice.
    * A day that IB never spoke of is as the calendar has it.
    * Some venues have no calendar, and every calendar begins and ends somewhere. A weekday that
      nobody knows is asked for as if it were a session, and is no gap when it brings nothing.
    * A contract has no session after its last trading day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ib_provider.domain.contract import Instrument, SecType
from ib_provider.domain.roll_rule import last_trading_day
from ib_provider.domain.session_span import SessionSpan
from ib_provider.errors import UnknownVenue
from ib_provider.store.session_store import NamedSession, SessionStore
from ib_provider.symbology.sessions import calendar_bounds, session_spans, sessions
from ib_provider.symbology.venues import SMART

__all__ = ["SessionCalendar", "last_session_of", "market_of", "venue_of"]

_DAY = timedelta(days=1)
_SATURDAY = 5
_EXPIRING = frozenset({SecType.FUT, SecType.OPT, SecType.FOP, SecType.WAR, SecType.IOPT})
_BY_CLASS = frozenset({SecType.FUT, SecType.FOP, SecType.CONTFUT})

#: Whose sessions options have that OCC clears.
_US_OPTIONS_KEEP = "NYSE"

#: Hours by day, None where IB knows no session.
_Days = dict[date, SessionSpan | None]


def venue_of(instrument: Instrument) -> str:
    """Return the venue whose sessions an instrument keeps; US options have no one home."""
    contract = instrument.contract
    listed = contract.primary_exchange or contract.exchange
    return _US_OPTIONS_KEEP if listed == SMART and contract.currency == "USD" else listed


def market_of(instrument: Instrument) -> str:
    """Return what instruments share that trade at the same times: ``NASDAQ STK``, ``CME ES``."""
    contract = instrument.contract
    kind = (contract.trading_class or contract.symbol) if contract.sec_type in _BY_CLASS else ""
    return f"{venue_of(instrument)} {kind or contract.sec_type}"


def last_session_of(instrument: Instrument) -> date | None:
    """Return the last day on which a contract trades; None for one without an end."""
    if instrument.contract.sec_type not in _EXPIRING:
        return None
    return last_trading_day(instrument)


@dataclass(frozen=True, slots=True)
class SessionCalendar:
    """Sessions by market; without any of IB's it is the plain calendars of the venues."""

    _named: dict[tuple[str, bool], _Days] = field(default_factory=dict)
    _foretold: frozenset[tuple[str, bool, date]] = frozenset()
    _found: dict[tuple[str, date, date], tuple[date, ...]] = field(default_factory=dict)
    _spans: dict[tuple[str, date, date, bool], tuple[SessionSpan, ...]] = field(
        default_factory=dict
    )

    @classmethod
    def of(cls, named: Iterable[NamedSession]) -> SessionCalendar:
        """Return the calendar of what IB said."""
        days: defaultdict[tuple[str, bool], _Days] = defaultdict(dict)
        foretold = set()
        for item in named:
            days[item.market, item.rth][item.session] = _span(item)
            if item.closes_at is not None and item.seen_at < item.closes_at:
                foretold.add((item.market, item.rth, item.session))
        return cls(dict(days), frozenset(foretold))

    @classmethod
    def stored(cls, root: Path) -> SessionCalendar:
        """Return the calendar of what is kept in a market tree.

        Raises:
            CorruptFile: The file of sessions is damaged.
        """
        return cls.of(SessionStore(root).all())

    def sessions(self, instrument: Instrument, start: date, end: date) -> tuple[date, ...]:
        """Return the sessions of a half-open range of dates, ascending, ``unknown_days`` too."""
        last = last_session_of(instrument)
        end = min(end, last + _DAY) if last is not None else end
        if end <= start:
            return ()
        key = market_of(instrument), start, end
        if key not in self._found:  # thousands of instruments share a few markets
            named, venue = self._days(key[0]), venue_of(instrument)
            days = {*_plain(venue, start, end), *filter(_is_weekday, _beyond(venue, start, end))}
            days -= {day for day, is_open in named.items() if not is_open}
            days |= {day for day, is_open in named.items() if is_open and start <= day < end}
            self._found[key] = tuple(sorted(days))
        return self._found[key]

    def unknown_days(self, instrument: Instrument, start: date, end: date) -> frozenset[date]:
        """Return the weekdays of which neither IB nor a calendar says whether they are sessions."""
        named = self._days(market_of(instrument))
        beyond = filter(_is_weekday, _beyond(venue_of(instrument), start, end))
        return frozenset(day for day in beyond if day not in named)

    def venue_sessions(self, venue: str, start: date, end: date) -> tuple[date, ...]:
        """Return the days on which a venue is open: for any market that IB named there.

        Raises:
            UnknownVenue: No table of ours names the venue.
        """
        said: dict[date, bool] = {}
        for market in {market for market, _ in self._named if market.startswith(f"{venue} ")}:
            for day, is_open in self._days(market).items():
                said[day] = said.get(day, False) or is_open
        days = {day for day in sessions(venue, start, end) if said.get(day, True)}
        days |= {day for day, is_open in said.items() if is_open and start <= day < end}
        return tuple(sorted(days))

    def is_ever_open(self, instrument: Instrument, start: date, end: date) -> bool:
        """Return whether its venue may have a session in a range, listed then or not."""
        venue, named = venue_of(instrument), self._days(market_of(instrument))
        return (
            bool(_plain(venue, start, end))
            or any(start <= day < end and is_open for day, is_open in named.items())
            or any(named.get(day, True) for day in _beyond(venue, start, end))
        )

    def spans(
        self, instrument: Instrument, start: date, end: date, *, regular: bool
    ) -> tuple[SessionSpan, ...]:
        """Return the same sessions as instants.

        Args:
            regular: Regular hours; else all there are. Where nobody knows them, the whole day
                where the exchange is.
        """
        days = self.sessions(instrument, start, end)
        key = market_of(instrument), *_bounds(days), regular
        if key not in self._spans:
            self._spans[key] = self._spans_of(instrument, days, regular=regular)
        return self._spans[key]

    def _spans_of(
        self, instrument: Instrument, days: Sequence[date], *, regular: bool
    ) -> tuple[SessionSpan, ...]:
        market = market_of(instrument)
        exact, other = (self._named.get((market, rth), {}) for rth in (regular, not regular))
        plain = _plain_spans(venue_of(instrument), *_bounds(days), regular=regular)
        zone = ZoneInfo(instrument.time_zone or "UTC")
        return tuple(
            exact.get(day) or plain.get(day) or other.get(day) or _whole_day(day, zone)
            for day in days
        )

    def regular_hours(
        self, instrument: Instrument, days: Sequence[date]
    ) -> Mapping[date, SessionSpan]:
        """Return the regular hours of sessions; a session is missing where nobody knows them."""
        if not days:
            return {}
        named = self._named.get((market_of(instrument), True), {})
        bounds = min(days), max(days) + _DAY
        plain = _plain_spans(venue_of(instrument), *bounds, regular=True)
        found = {day: named.get(day) or plain.get(day) for day in days}
        return {day: span for day, span in found.items() if span is not None}

    def unsaid(
        self, instrument: Instrument, start: date, end: date, *, rth: bool
    ) -> tuple[date, ...]:
        """Return the days of which IB said nothing yet, or only before they were over.

        Sessions, and weekdays on which the calendar has none: it may err.
        """
        market = market_of(instrument)
        named = self._named.get((market, rth), {})
        open_days = set(self.sessions(instrument, start, end))
        last = last_session_of(instrument)
        return tuple(
            day
            for day in _dates(start, min(end, last + _DAY) if last is not None else end)
            if (day in open_days or _is_weekday(day))
            and (day not in named or (market, rth, day) in self._foretold)
        )

    def disagreements(self, instrument: Instrument, start: date, end: date) -> tuple[str, ...]:
        """Return the days of which IB and the venue's calendar say different things, readable."""
        named = {
            day: is_open
            for day, is_open in self._days(market_of(instrument)).items()
            if start <= day < end
        }
        if not named:
            return ()
        venue = venue_of(instrument)
        plain, beyond = set(_plain(venue, start, end)), set(_beyond(venue, start, end))
        return tuple(
            f"{day} is {'a session' if named[day] else 'closed'} at IB, "
            f"{'closed' if named[day] else 'a session'} in the calendar of {venue}"
            for day in sorted(named)
            if named[day] != (day in plain) and day not in beyond
        )

    def _days(self, market: str) -> dict[date, bool]:
        """Return whether there is a session on each day that IB spoke of."""
        found: dict[date, bool] = {}
        for rth in (True, False):
            for day, span in self._named.get((market, rth), {}).items():
                found[day] = found.get(day, False) or span is not None
        return found


def _bounds(days: Sequence[date]) -> tuple[date, date]:
    return (days[0], days[-1] + _DAY) if days else (date.min, date.min)


def _plain(venue: str, start: date, end: date) -> tuple[date, ...]:
    """Return the sessions that a venue's calendar has; none where it has no calendar."""
    try:
        return sessions(venue, start, end)
    except UnknownVenue:
        return ()


def _plain_spans(venue: str, start: date, end: date, *, regular: bool) -> dict[date, SessionSpan]:
    try:
        found = session_spans(venue, start, end, regular=regular)
    except UnknownVenue:
        return {}
    return {span.session: span for span in found}


def _beyond(venue: str, start: date, end: date) -> Iterator[date]:
    """Yield the days of a range of which no calendar knows anything."""
    try:
        first, after = calendar_bounds(venue)
    except UnknownVenue:
        yield from _dates(start, end)
        return
    yield from _dates(start, min(end, first))
    yield from _dates(max(start, after), end)


def _dates(start: date, end: date) -> Iterator[date]:
    return (start + index * _DAY for index in range((end - start).days))


def _is_weekday(day: date) -> bool:
    return day.weekday() < _SATURDAY


def _whole_day(day: date, zone: ZoneInfo) -> SessionSpan:
    begin, end = (datetime.combine(at, time.min, zone).astimezone(UTC) for at in (day, day + _DAY))
    return SessionSpan(session=day, begin=begin, end=end)


def _span(item: NamedSession) -> SessionSpan | None:
    if item.opens_at is None or item.closes_at is None:
        return None
    return SessionSpan(session=item.session, begin=item.opens_at, end=item.closes_at)
