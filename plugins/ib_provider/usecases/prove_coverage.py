# SPDX-License-Identifier: Apache-2.0
"""What an answer proves of the range that was asked for.

Rules:
    * Every session of the range is data, empty or unknown; the spans cover the range exactly.
    * A session with a bar is data. One without is empty where that was proved when it was asked
      for, else unknown: it will be asked for again, by itself.
    * The days between two sessions go with the earlier one, those before the first with the first.
    * Bars of a week or a month stand for the sessions up to their date.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from ib_provider.domain.bar import BarSize, SeriesKey
from ib_provider.domain.coverage import CoverageState, Span
from ib_provider.errors import UnknownVenue
from ib_provider.store.staged_bars import StagedBars
from ib_provider.symbology.sessions import sessions

__all__ = ["prove_coverage", "session_bounds", "sessions_of"]

_DAY: Final = timedelta(days=1)
_REACH_BACK: Final = {
    BarSize.WEEK_1: timedelta(days=7),
    BarSize.MONTH_1: timedelta(days=31),
}


def prove_coverage(
    staged: StagedBars, table: pa.Table, expected: Sequence[date] | None = None
) -> tuple[Span, ...]:
    """Return what an answer proves of the range it was asked for, as spans that cover it exactly.

    Args:
        expected: The sessions of the range; by the venue's calendar where None.
    """
    counts = _bars_a_session(table)
    reach = _REACH_BACK.get(staged.key.spec.size)
    if expected is None:
        expected = sessions_of(staged.key, staged.start, staged.end)
    if expected is None or reach is not None:
        days = _without_calendar(staged, counts, reach or timedelta(0))
    else:
        days = {day: _state(staged, day, counts) for day in expected}
        days |= dict.fromkeys(counts, CoverageState.DATA)
    days = {day: state for day, state in days.items() if staged.start <= day < staged.end}
    return _spans(staged, days, counts)


def session_bounds(table: pa.Table) -> tuple[date, date] | None:
    """Return the first session and the last of a table, or None of an empty one."""
    bounds = pc.min_max(table.column("session")).as_py()
    return None if bounds["min"] is None else (bounds["min"], bounds["max"])


def sessions_of(key: SeriesKey, start: date, end: date) -> tuple[date, ...] | None:
    """Return the sessions of a series by the calendar of its id's venue; None where it has none.

    For a series whose instrument is not in the store; ``SeriesSessions`` knows the others.
    """
    _, _, venue = key.instrument_id.rpartition(".")
    try:
        return sessions(venue, start, end)
    except UnknownVenue:
        return None


def _bars_a_session(table: pa.Table) -> dict[date, int]:
    counted = pc.value_counts(table.column("session").combine_chunks())
    return {row["values"]: row["counts"] for row in counted.to_pylist() if row["values"]}


def _state(staged: StagedBars, day: date, counts: dict[date, int]) -> CoverageState:
    if day in counts:
        return CoverageState.DATA
    proved = any(start <= day < end for start, end in staged.empty)
    return CoverageState.EMPTY if proved else CoverageState.UNKNOWN


def _without_calendar(
    staged: StagedBars, counts: dict[date, int], reach: timedelta
) -> dict[date, CoverageState]:
    """Return the states where only the bars tell of sessions: data from the first to the last."""
    if not counts:
        return {staged.start: _state(staged, staged.start, counts)}
    first, last = max(staged.start, min(counts) - reach), max(counts)
    states = {first: CoverageState.DATA, last + _DAY: CoverageState.UNKNOWN}
    if staged.start < first:
        states[staged.start] = _state(staged, staged.start, counts)
    return states


def _spans(
    staged: StagedBars, days: dict[date, CoverageState], counts: dict[date, int]
) -> tuple[Span, ...]:
    """Return runs of equal states as spans, the first from the start, the last to the end."""
    ordered = sorted(days) or [staged.start]
    state = {day: days.get(day, CoverageState.UNKNOWN) for day in ordered}
    begins = [next(run) for _, run in groupby(ordered, key=state.__getitem__)]
    begins[0], name = staged.start, {**state, staged.start: state[ordered[0]]}
    ends = [*begins[1:], staged.end]
    return tuple(
        Span(
            key=staged.key,
            con_id=staged.con_id,
            start=start,
            end=end,
            state=name[start],
            rows=sum(rows for day, rows in counts.items() if start <= day < end),
            fetched_at=staged.fetched_at,
        )
        for start, end in zip(begins, ends, strict=True)
    )
