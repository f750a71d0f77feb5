# SPDX-License-Identifier: Apache-2.0
"""The sessions of an instrument: IB's word where it gave one, exchange_calendars elsewhere.

Rules:
    * A day that IB named in any answer of the market is a session; one that IB left out of all its
      answers is none, whatever a calendar says: an exchange may close without notice.
    * A day that IB never spoke of is as the calendar has it.
    * A contract has no session after its last trading day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from ib_provider.domain.contract import Instrument, SecType
from ib_provider.domain.session_span import SessionSpan
from ib_provider.store.session_store import NamedSession, SessionStore
from ib_provider.symbology.sessions import session_spans, sessions
from ib_provider.symbology.venues import SMART

__all__ = ["SessionCalendar", "last_session_of", "market_of", "venue_of"]

_DAY = timedelta(days=1)
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
    text = instrument.contract.last_trade_date[:8]
    if len(text) == len("20130315") and text.isdecimal():
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    return instrument.expiry


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
        """Return the sessions of a half-open range of dates, ascending.

        Raises:
            UnknownVenue: No table of ours names the venue.
        """
        last = last_session_of(instrument)
        end = min(end, last + _DAY) if last is not None else end
        if end <= start:
            return ()
        key = market_of(instrument), start, end
        if key not in self._found:  # thousands of instruments share a few markets
            named = self._days(key[0])
            days = set(sessions(venue_of(instrument), start, end))
            days -= {day for day, is_open in named.items() if not is_open}
            days |= {day for day, is_open in named.items() if is_open and start <= day < end}
            self._found[key] = tuple(sorted(days))
        return self._found[key]

    def is_ever_open(self, instrument: Instrument, start: date, end: date) -> bool:
        """Return whether its venue has a session in a range, whether or not it is listed then."""
        named = self._days(market_of(instrument))
        return bool(sessions(venue_of(instrument), start, end)) or any(
            start <= day < end and is_open for day, is_open in named.items()
        )

    def spans(
        self, instrument: Instrument, start: date, end: date, *, regular: bool
    ) -> tuple[SessionSpan, ...]:
        """Return the same sessions as instants.

        Args:
            regular: Regular hours; else all there are, or the whole local day where IB did not
                name them.

        Raises:
            UnknownVenue: No table of ours names the venue.
        """
        days = self.sessions(instrument, start, end)
        key = market_of(instrument), *_bounds(days), regular
        if key not in self._spans:
            self._spans[key] = self._spans_of(instrument, days, regular=regular)
        return self._spans[key]

    def _spans_of(
        self, instrument: Instrument, days: Sequence[date], *, regular: bool
    ) -> tuple[SessionSpan, ...]:
        start, end = _bounds(days)
        market = market_of(instrument)
        exact, other = (self._named.get((market, rth), {}) for rth in (regular, not regular))
        plain = {
            span.session: span
            for span in session_spans(venue_of(instrument), start, end, regular=regular)
        }
        found = (exact.get(day) or plain.get(day) or other.get(day) for day in days)
        return tuple(span for span in found if span is not None)

    def unsaid(
        self, instrument: Instrument, start: date, end: date, *, rth: bool
    ) -> tuple[date, ...]:
        """Return the sessions of which IB said nothing yet, or only before they were over."""
        named = self._named.get((market_of(instrument), rth), {})
        return tuple(
            day
            for day in self.sessions(instrument, start, end)
            if day not in named or (market_of(instrument), rth, day) in self._foretold
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
        plain = set(sessions(venue_of(instrument), start, end))
        return tuple(
            f"{day} is {'a session' if named[day] else 'closed'} at IB, "
            f"{'closed' if named[day] else 'a session'} in the calendar of {venue_of(instrument)}"
            for day in sorted(named)
            if named[day] != (day in plain)
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


def _span(item: NamedSession) -> SessionSpan | None:
    if item.opens_at is None or item.closes_at is None:
        return None
    return SessionSpan(session=item.session, begin=item.opens_at, end=item.closes_at)
