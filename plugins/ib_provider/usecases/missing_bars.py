# SPDX-License-Identifier: Apache-2.0
"""Which sessions are wanted and not covered: a set difference, asked of calendar and ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from ib_provider.domain.bar import BarSpec, SeriesKey
from ib_provider.domain.contract import Instrument, SecType
from ib_provider.errors import ConfigError
from ib_provider.ledger.ledger import Ledger
from ib_provider.usecases.ask_bars import SessionRange
from ib_provider.usecases.session_calendar import SessionCalendar, last_session_of, venue_of

__all__ = ["GONE_AT_EXPIRY", "final_sessions", "missing_bars", "wanted_from"]

#: An intraday bar is final this long after its session's close.
_SETTLE: Final = timedelta(minutes=1)
#: A daily bar changes until late trades are in; a future's when its settlement comes, a day later.
_SETTLE_DAILY: Final = timedelta(hours=6)
_SETTLE_FUTURES: Final = timedelta(hours=24)
_FUTURES: Final = frozenset({SecType.FUT, SecType.FOP, SecType.CONTFUT})
#: What IB serves nothing of once it has expired: the last session is taken as it stands.
GONE_AT_EXPIRY: Final = frozenset({SecType.OPT, SecType.FOP, SecType.WAR, SecType.IOPT})
#: Bars held in memory at once, about: 72 bytes each.
_MOST_BARS: Final = 500_000
_LONGEST_SESSION: Final = timedelta(hours=24)
_DAY: Final = timedelta(days=1)
_LONG_CLOSURE: Final = timedelta(days=14)


def missing_bars(
    ledger: Ledger,
    instruments: Sequence[Instrument],
    spec: BarSpec,
    *,
    start: date,
    end: date,
    now: datetime | None = None,
    calendar: SessionCalendar | None = None,
    with_late: bool = False,
) -> dict[str, tuple[SessionRange, ...]]:
    """Return which sessions each series lacks, by instrument id, in parts that fit into memory.

    Args:
        start: First session, inclusive, exchange-local.
        end: Day after the last session.
        now: The gateway's clock: only sessions that are final by then. All where None.
        calendar: The venues' own where None.
        with_late: See ``wanted_from``.

    Raises:
        ConfigError: No venue concerned has a session in the range.
    """
    known = calendar or SessionCalendar()
    wanted = {}
    for item in instruments:
        first = wanted_from(known, item, spec, start) if with_late else start
        wanted[item.instrument_id] = (
            known.sessions(item, first, end)
            if now is None
            else final_sessions(known, item, spec, first, end, now=now)
        )
    _refuse_empty(known, instruments, start, end)
    return {
        item.instrument_id: tuple(
            _missing(
                ledger,
                SeriesKey(instrument_id=item.instrument_id, spec=spec),
                wanted[item.instrument_id],
            )
        )
        for item in instruments
    }


def _refuse_empty(
    calendar: SessionCalendar, instruments: Sequence[Instrument], start: date, end: date
) -> None:
    """Refuse a range in which no venue ever opens: it is a slip of the pen, not "no data"."""
    if not any(calendar.is_ever_open(item, start, end) for item in instruments):
        named = ", ".join(sorted({venue_of(item) for item in instruments})) or "no instrument"
        raise ConfigError("bars", [f"start, end: no session from {start} to {end} at {named}"])


def wanted_from(calendar: SessionCalendar, item: Instrument, spec: BarSpec, start: date) -> date:
    """Return the first session that a run about sessions from ``start`` on should take.

    A run a session, on its evening, finds a future's daily bar not final: its settlement comes
    next day. So the next run takes the session before as well.
    """
    if spec.size.is_intraday or item.contract.sec_type not in _FUTURES:
        return start
    before = calendar.sessions(item, start - _LONG_CLOSURE, start)
    return before[-1] if before else start


def final_sessions(
    calendar: SessionCalendar,
    item: Instrument,
    spec: BarSpec,
    start: date,
    end: date,
    *,
    now: datetime,
) -> tuple[date, ...]:
    """Return the sessions of a half-open range whose bars are final by an instant."""
    days = list(calendar.sessions(item, start, min(end, now.date() + 2 * _DAY)))
    while days and not _is_final(calendar, item, spec, days[-1], now):
        days.pop()
    return tuple(days)


def _is_final(
    calendar: SessionCalendar, item: Instrument, spec: BarSpec, session: date, now: datetime
) -> bool:
    spans = calendar.spans(item, session, session + _DAY, regular=True)
    return bool(spans) and spans[0].end + _settles_in(item, spec, session) <= now


def _settles_in(item: Instrument, spec: BarSpec, session: date) -> timedelta:
    if spec.size.is_intraday:
        return _SETTLE
    if item.contract.sec_type in GONE_AT_EXPIRY and session == last_session_of(item):
        return _SETTLE
    return _SETTLE_FUTURES if item.contract.sec_type in _FUTURES else _SETTLE_DAILY


def _missing(ledger: Ledger, key: SeriesKey, wanted: Sequence[date]) -> Iterator[SessionRange]:
    """Yield the runs of wanted sessions that are not covered, in parts that fit into memory."""
    if not wanted:
        return
    most = _MOST_BARS // _bars_a_session(key.spec)
    part: list[date] = []
    for day, lacks in _lacking(ledger, key, wanted):
        if part and (not lacks or len(part) >= most or _is_next_file(key.spec, part[0], day)):
            yield part[0], part[-1] + _DAY
            part = []
        if lacks:
            part.append(day)
    if part:
        yield part[0], part[-1] + _DAY


def _lacking(ledger: Ledger, key: SeriesKey, wanted: Sequence[date]) -> Iterator[tuple[date, bool]]:
    """Yield each wanted session with whether it must be asked for, one pass over the gaps."""
    gaps = list(reversed(ledger.missing(key, wanted[0], wanted[-1] + _DAY)))
    for day in wanted:
        while gaps and gaps[-1][1] <= day:
            gaps.pop()
        yield day, bool(gaps) and gaps[-1][0] <= day


def _is_next_file(spec: BarSpec, first: date, day: date) -> bool:
    """Return whether a session's bars go to another file: a part is then moved, not merged."""
    return spec.size.is_intraday and day.year != first.year


def _bars_a_session(spec: BarSpec) -> int:
    return _LONGEST_SESSION // spec.size.length if spec.size.is_intraday else 1
