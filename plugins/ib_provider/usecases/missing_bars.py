# SPDX-License-Identifier: Apache-2.0
"""Which sessions are wanted and not covered: a set difference, asked of calendar and ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from ib_provider.domain.bar import BarSpec, SeriesKey
from ib_provider.domain.contract import Instrument
from ib_provider.errors import ConfigError
from ib_provider.ledger.ledger import Ledger
from ib_provider.symbology.sessions import session_hours, sessions
from ib_provider.usecases.download_bars import SessionRange, venue_of

__all__ = ["missing_bars"]

#: A session's bars are final this long after its close.
_SETTLE: Final = timedelta(minutes=1)
#: Bars held in memory at once, about: 72 bytes each.
_MOST_BARS: Final = 500_000
_LONGEST_SESSION: Final = timedelta(hours=24)
_DAY: Final = timedelta(days=1)


def missing_bars(
    ledger: Ledger,
    instruments: Sequence[Instrument],
    spec: BarSpec,
    *,
    start: date,
    end: date,
    now: datetime | None = None,
) -> dict[str, tuple[SessionRange, ...]]:
    """Return which sessions each series lacks, by instrument id, in parts that fit into memory.

    Args:
        start: First session, inclusive, exchange-local.
        end: Day after the last session.
        now: The gateway's clock: only sessions that are final by then. All where None.

    Raises:
        ConfigError: No venue concerned has a session in the range.
    """
    _refuse_empty(instruments, start, end)
    wanted = _wanted(instruments, start, end, now=now)
    return {
        item.instrument_id: tuple(
            _missing(
                ledger,
                SeriesKey(instrument_id=item.instrument_id, spec=spec),
                wanted[venue_of(item)],
            )
        )
        for item in instruments
    }


def _refuse_empty(instruments: Sequence[Instrument], start: date, end: date) -> None:
    """Refuse a range in which no venue ever opens: it is a slip of the pen, not "no data"."""
    venues = {venue_of(item) for item in instruments}
    if not any(sessions(venue, start, end) for venue in venues):
        named = ", ".join(sorted(venues)) or "no instrument"
        raise ConfigError("bars", [f"start, end: no session from {start} to {end} at {named}"])


def _wanted(
    instruments: Sequence[Instrument], start: date, end: date, *, now: datetime | None
) -> dict[str, tuple[date, ...]]:
    """Return the sessions of the range by venue; with ``now``, those whose bars are final."""
    found: dict[str, tuple[date, ...]] = {}
    for venue in {venue_of(item) for item in instruments}:
        if now is None:
            found[venue] = sessions(venue, start, end)
            continue
        days = list(sessions(venue, start, min(end, now.date() + 2 * _DAY)))
        while days and not _is_final(venue, days[-1], now):
            days.pop()
        found[venue] = tuple(days)
    return found


def _is_final(venue: str, session: date, now: datetime) -> bool:
    hours = session_hours(venue, session)
    return hours is not None and hours.close + _SETTLE <= now


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
