# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from ib_provider.usecases.desk_view import SeriesView, YearCoverage
from ib_provider.web.coverage_bar import HEIGHT, PITCH, Part, columns, years_of
from tests.support.bar_tables import series_key


def _series(*years: int) -> SeriesView:
    coverage = tuple(YearCoverage(year=year, data=1, empty=0, unknown=0) for year in years)
    return SeriesView(key=series_key(), name="", bars=0, first=None, last=None, coverage=coverage)


def test_years_of_series_span_all_of_them() -> None:
    """Pictures below one another share their years."""
    assert years_of([_series(2004, 2005), _series(), _series(2009)]) == range(2004, 2010)
    assert len(years_of([_series()])) == 0


def test_columns_stack_what_is_known_from_below() -> None:
    """2012 has 261 weekdays; the three heights are their shares, and no more than the whole."""
    known = YearCoverage(year=2012, data=87, empty=87, unknown=87)
    (column,) = columns([known], range(2012, 2013))
    third = round(HEIGHT / 3, 2)
    assert column.parts == (
        Part(kind="data", y=round(HEIGHT * 2 / 3, 2), height=third),
        Part(kind="empty", y=third, height=third),
        Part(kind="unknown", y=0.0, height=third),
    )
    assert column.text == "2012, weekdays: 87 data, 87 empty, 87 unknown"


def test_columns_year_never_asked_for_is_bare_and_says_so() -> None:
    """A year between two others keeps its place."""
    known = [YearCoverage(year=year, data=1, empty=0, unknown=0) for year in (2010, 2012)]
    first, bare, last = columns(known, range(2010, 2013))
    assert (first.x, bare.x, last.x) == (0, PITCH, 2 * PITCH)
    assert bare.parts == ()
    assert bare.text == "2011, weekdays: 260 not asked for"
