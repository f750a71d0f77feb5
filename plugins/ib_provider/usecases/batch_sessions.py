# SPDX-License-Identifier: Apache-2.0
"""The sessions that a batch is judged by: IB's where they are kept, calendars elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa

from ib_provider.domain.contract import Instrument
from ib_provider.domain.finding import Finding, Severity
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.store.staged_bars import StagedBars
from ib_provider.usecases.prove_coverage import session_bounds, sessions_of
from ib_provider.usecases.session_calendar import SessionCalendar, market_of

__all__ = ["BatchSessions"]

_DAY: Final = timedelta(days=1)
_MOST_ROWS: Final = 10


@dataclass(frozen=True, slots=True)
class BatchSessions:
    """What is known of the sessions of the series of one batch."""

    _calendar: SessionCalendar
    _instruments: dict[str, Instrument]
    _staged: Sequence[StagedBars]

    @classmethod
    def of(cls, root: Path, staged: Sequence[StagedBars]) -> BatchSessions:
        """Return the sessions of a batch, from what a market tree keeps.

        Raises:
            CorruptFile: A file of the tree is damaged.
        """
        names = {item.key.instrument_id for item in staged}
        return cls(SessionCalendar.stored(root), InstrumentStore(root).get(names), staged)

    def asked(self, item: StagedBars) -> tuple[date, ...] | None:
        """Return the sessions that were asked for, or None where nobody knows them."""
        return self._sessions(item, item.start, item.end)

    def expected(self, item: StagedBars, table: pa.Table) -> tuple[date, ...] | None:
        """Return the sessions between the first bar and the last, or None likewise."""
        bounds = session_bounds(table)
        return self._sessions(item, bounds[0], bounds[1] + _DAY) if bounds else None

    def disagreements(self) -> tuple[Finding, ...]:
        """Return a warning for each market in which IB and its calendar disagree."""
        found: dict[str, Finding] = {}
        for item in self._staged:
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

    def _sessions(self, item: StagedBars, start: date, end: date) -> tuple[date, ...] | None:
        return sessions_of(
            item.key,
            start,
            end,
            calendar=self._calendar,
            instrument=self._instruments.get(item.key.instrument_id),
        )
