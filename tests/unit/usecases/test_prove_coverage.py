# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey
from ib_provider.domain.bar_table import BAR_SCHEMA
from ib_provider.domain.coverage import CoverageState
from ib_provider.store.staged_bars import StagedBars
from ib_provider.usecases.prove_coverage import prove_coverage
from tests.support.bar_tables import FETCHED_AT, daily_bars

START, LENGTH = date(2012, 6, 1), 60
_DAY = timedelta(days=1)
DAYS = [START + index * _DAY for index in range(LENGTH)]
some_days = st.sets(st.sampled_from(DAYS))


def staged(empty: set[date], size: BarSize = BarSize.DAY_1) -> StagedBars:
    return StagedBars(
        batch="b",
        key=SeriesKey(instrument_id="AAPL.NASDAQ", spec=BarSpec(size=size)),
        con_id=265598,
        start=START,
        end=START + LENGTH * _DAY,
        rows=0,
        fetched_at=FETCHED_AT,
        path=Path("unused"),
        empty=tuple((day, day + _DAY) for day in sorted(empty)),
    )


@given(st.sampled_from([BarSize.DAY_1, BarSize.WEEK_1]), some_days, some_days, some_days)
def test_coverage_is_a_partition_of_the_range(
    size: BarSize, expected: set[date], with_bars: set[date], empty: set[date]
) -> None:
    """Whatever came and whatever was proved, each day lies in one span, and no span beyond."""
    table = daily_bars(sorted(with_bars)) if with_bars else BAR_SCHEMA.empty_table()
    spans = prove_coverage(staged(empty, size), table, sorted(expected))
    days = [
        span.start + index * _DAY for span in spans for index in range((span.end - span.start).days)
    ]
    assert days == DAYS
    assert sum(span.rows for span in spans) == len(with_bars)
    assert all(a.state is not b.state for a, b in pairwise(spans))


@given(some_days, some_days, some_days)
def test_no_session_is_called_what_it_is_not(
    expected: set[date], with_bars: set[date], empty: set[date]
) -> None:
    """Data has a bar, empty was proved, and what is neither is unknown."""
    table = daily_bars(sorted(with_bars)) if with_bars else BAR_SCHEMA.empty_table()
    spans = prove_coverage(staged(empty), table, sorted(expected))
    for day in expected | with_bars:
        (state,) = {span.state for span in spans if span.start <= day < span.end}
        if day in with_bars:
            assert state is CoverageState.DATA
        else:
            assert state is (CoverageState.EMPTY if day in empty else CoverageState.UNKNOWN)


def test_session_without_a_bar_between_two_others_is_unknown() -> None:
    """A hole is asked for again, by itself."""
    table = daily_bars([date(2012, 6, 1), date(2012, 6, 5)])
    item = staged(set())
    wanted = [date(2012, 6, 1), date(2012, 6, 4), date(2012, 6, 5)]
    spans = prove_coverage(item, table, wanted)
    assert [(str(span.state), span.start) for span in spans] == [
        ("data", date(2012, 6, 1)),
        ("unknown", date(2012, 6, 4)),
        ("data", date(2012, 6, 5)),
    ]


def test_answer_without_any_bar_is_unknown() -> None:
    """One "no data" is a word and no proof."""
    (span,) = prove_coverage(staged(set()), BAR_SCHEMA.empty_table())
    assert (span.state, span.rows) == (CoverageState.UNKNOWN, 0)
