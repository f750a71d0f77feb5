# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date

from ib_provider.domain.coverage import CoverageState, Span
from ib_provider.store.coverage_table import COVERAGE_SCHEMA, coverage_rows
from tests.support.bar_tables import FETCHED_AT, series_key


def _span(instrument_id: str, start: date) -> Span:
    return Span(
        key=series_key(instrument_id),
        con_id=1,
        start=start,
        end=date(2014, 1, 1),
        state=CoverageState.DATA,
        rows=5,
        fetched_at=FETCHED_AT,
    )


def test_coverage_rows_are_sorted_by_series_and_session() -> None:
    """The same coverage makes the same file, in whatever order the ledger gave it."""
    spans = [_span(name, date(year, 1, 1)) for name in ("B.X", "A.X") for year in (2013, 2012)]
    rows = coverage_rows(spans)
    assert rows.equals(coverage_rows(reversed(spans)))
    assert rows["instrument_id"].to_pylist() == ["A.X", "A.X", "B.X", "B.X"]
    assert rows["start_session"].to_pylist()[:2] == [date(2012, 1, 1), date(2013, 1, 1)]


def test_coverage_rows_of_nothing_keep_their_columns() -> None:
    """Before the first download the view has its columns and no row."""
    rows = coverage_rows([])
    assert (rows.num_rows, rows.schema) == (0, COVERAGE_SCHEMA)
