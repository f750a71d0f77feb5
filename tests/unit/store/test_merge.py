# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.bar import BarSize
from ib_provider.domain.bar_table import STORED_BAR_SCHEMA
from ib_provider.store.bar_rows import stored_bars
from ib_provider.store.merge import merge_bars
from tests.support.bar_tables import FETCHED_AT, any_bars, daily_bars, rows_of

_NO_TIME = datetime.min.replace(tzinfo=UTC)
_EMPTY = STORED_BAR_SCHEMA.empty_table()
_ANY = st.sampled_from([BarSize.DAY_1, BarSize.MIN_1]).flatmap(
    lambda size: st.lists(any_bars(size), min_size=1, max_size=4)
)


def _stored(table: pa.Table, con_id: int = 1) -> pa.Table:
    return stored_bars(table, con_id=con_id, fetched_at=FETCHED_AT)


@given(answers=_ANY)
def test_merge_bars_of_any_answers_equals_a_dictionary(answers: list[pa.Table]) -> None:
    """Merging is a dictionary by (session, ts): sorted, unique, the last answer wins."""
    model: dict[tuple[date, datetime], tuple[object, ...]] = {}
    table = _EMPTY
    for con_id, answer in enumerate(answers):
        new = _stored(answer, con_id)
        merged = merge_bars(table, new)
        before = dict(model)
        for row, values in zip(new.to_pylist(), rows_of(new), strict=True):
            model[row["session"], row["ts"] or _NO_TIME] = values
        assert merged.new == len(model) - len(before)
        assert merged.changed == sum(before[at] != model[at] for at in before)
        table = merged.table
    assert rows_of(table) == [model[at] for at in sorted(model)]


@given(answer=any_bars(BarSize.MIN_1))
def test_merge_bars_the_same_again_changes_nothing(answer: pa.Table) -> None:
    """The second publication of an answer is none."""
    once = merge_bars(_EMPTY, _stored(answer))
    twice = merge_bars(once.table, _stored(answer))
    assert (twice.new, twice.changed) == (0, 0)
    assert rows_of(twice.table) == rows_of(once.table)


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        (101.0, 101.5, 1),
        (None, 101.0, 1),
        (101.0, None, 1),
        (None, float("nan"), 1),
        (float("nan"), float("nan"), 0),
        (None, None, 0),
        (0.0, None, 1),
    ],
)
def test_merge_bars_one_price_revised_is_counted(
    before: float | None, after: float | None, changed: int
) -> None:
    """A revision is any other value, missing ones included; NaN is no revision of NaN."""
    day = [date(2013, 3, 1)]
    old = _stored(daily_bars(day, replace={"close": {0: before}}))
    new = _stored(daily_bars(day, replace={"close": {0: after}}))
    assert merge_bars(old, new).changed == changed


def test_merge_bars_later_fetch_of_equal_bars_is_no_change_and_is_kept() -> None:
    """That IB said the same again is recorded, and is no revision."""
    bars = daily_bars([date(2013, 3, 1)])
    later = FETCHED_AT.replace(year=2014)
    merged = merge_bars(_stored(bars), stored_bars(bars, con_id=1, fetched_at=later))
    assert (merged.new, merged.changed) == (0, 0)
    assert merged.table["fetched_at"].to_pylist() == [later]
