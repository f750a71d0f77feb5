# SPDX-License-Identifier: Apache-2.0
"""What an answer proves of the range that was asked for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from ib_provider.domain.bar import SeriesKey
from ib_provider.domain.coverage import CoverageState, Span
from ib_provider.errors import UnknownVenue
from ib_provider.store.staged_bars import StagedBars
from ib_provider.symbology.sessions import sessions

__all__ = ["prove_coverage", "session_bounds", "sessions_of"]

_DAY: Final = timedelta(days=1)


def prove_coverage(staged: StagedBars, table: pa.Table) -> tuple[Span, ...]:
    """Return what an answer proves of the range it was asked for.

    What lies before its first bar is empty: the same answer brought the later ones. Sessions after
    its last bar are unknown and will be asked for again, and so is an answer without any bar.
    """
    bounds = session_bounds(table)
    if bounds is None:
        return (_span(staged, staged.start, staged.end, CoverageState.UNKNOWN, 0),)
    first, after = bounds[0], bounds[1] + _DAY
    if not sessions_of(staged.key, after, staged.end):
        after = staged.end
    spans = (
        _span(staged, staged.start, first, CoverageState.EMPTY, 0),
        _span(staged, first, after, CoverageState.DATA, staged.rows),
        _span(staged, after, staged.end, CoverageState.UNKNOWN, 0),
    )
    return tuple(span for span in spans if span.start < span.end)


def _span(staged: StagedBars, start: date, end: date, state: CoverageState, rows: int) -> Span:
    return Span(
        key=staged.key,
        con_id=staged.con_id,
        start=start,
        end=end,
        state=state,
        rows=rows,
        fetched_at=staged.fetched_at,
    )


def session_bounds(table: pa.Table) -> tuple[date, date] | None:
    """Return the first session and the last of a table, or None of an empty one."""
    bounds = pc.min_max(table.column("session")).as_py()
    return None if bounds["min"] is None else (bounds["min"], bounds["max"])


def sessions_of(key: SeriesKey, start: date, end: date) -> tuple[date, ...] | None:
    """Return the sessions of a series' venue, or None where nobody knows them."""
    _, _, venue = key.instrument_id.rpartition(".")
    try:
        return sessions(venue, start, end)
    except UnknownVenue:
        return None
