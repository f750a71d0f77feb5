# SPDX-License-Identifier: Apache-2.0
"""The sessions that stored and staged series are judged by: IB's word first, calendars elsewhere.

Rules:
    * What is judged needs sessions that somebody knows; where nobody does, none are expected.
    * What was asked for also has the days that were asked for on the chance that they are sessions.
    * A series whose instrument is not in the store has the calendar of its id's venue.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa

from ib_provider.domain.bar import SeriesKey
from ib_provider.domain.contract import Instrument
from ib_provider.domain.expected_sessions import ExpectedSessions
from ib_provider.domain.finding import Finding, Severity
from ib_provider.quality.session_bars import has_session_bars
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.store.staged_bars import StagedBars
from ib_provider.usecases.prove_coverage import session_bounds, sessions_of
from ib_provider.usecases.session_calendar import SessionCalendar, market_of

__all__ = ["SeriesSessions"]

_DAY: Final = timedelta(days=1)
_MOST_ROWS: Final = 10


@dataclass(frozen=True, slots=True)
class SeriesSessions:
    """What is known of the sessions of some series."""

    _calendar: SessionCalendar
    _instruments: dict[str, Instrument]

    @classmethod
    def of(cls, root: Path, keys: Iterable[SeriesKey]) -> SeriesSessions:
        """Return the sessions of series, from what a market tree keeps.

        Raises:
            CorruptFile: A file of the tree is damaged.
        """
        names = {key.instrument_id for key in keys}
        return cls(SessionCalendar.stored(root), InstrumentStore(root).get(names))

    def asked(self, item: StagedBars) -> tuple[date, ...] | None:
        """Return the sessions that were asked for, or None where nobody knows them."""
        instrument = self._instruments.get(item.key.instrument_id)
        if instrument is None:
            return sessions_of(item.key, item.start, item.end)
        return self._calendar.sessions(instrument, item.start, item.end)

    def expected(self, key: SeriesKey, table: pa.Table) -> ExpectedSessions | None:
        """Return the sessions from the first bar to the last, or None likewise."""
        bounds = session_bounds(table)
        if bounds is None:
            return None
        start, end = bounds[0], bounds[1] + _DAY
        instrument = self._instruments.get(key.instrument_id)
        if instrument is None:
            days = sessions_of(key, start, end)
            return None if days is None else ExpectedSessions(days)
        if self._calendar.unknown_days(instrument, start, end):
            return None
        days = self._calendar.sessions(instrument, start, end)
        if not has_session_bars(key.spec):
            return ExpectedSessions(days)
        return ExpectedSessions(days, self._calendar.regular_hours(instrument, days))

    def disagreements(self, staged: Sequence[StagedBars]) -> tuple[Finding, ...]:
        """Return a warning for each market of a batch in which IB and its calendar disagree."""
        found: dict[str, Finding] = {}
        for item in staged:
            instrument = self._instruments.get(item.key.instrument_id)
            if instrument is None or market_of(instrument) in found:
                continue
            rows = self._calendar.disagreements(instrument, item.start, item.end)
            if rows:
                found[market_of(instrument)] = Finding(
                    key=item.key,
                    check="calendar_agrees",
                    severity=Severity.WARNING,
                    count=len(rows),
                    rows=rows[:_MOST_ROWS],
                )
        return tuple(found.values())
