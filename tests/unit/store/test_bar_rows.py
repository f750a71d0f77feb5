# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date

import pyarrow as pa

from ib_provider.domain.bar import BarSize
from ib_provider.domain.bar_table import BAR_SCHEMA, STORED_BAR_SCHEMA
from ib_provider.store.bar_rows import between, by_file, fetched_bars, stored_bars
from tests.support.bar_tables import FETCHED_AT, daily_bars, minute_bars, series_key, weekdays

_DAYS = weekdays(date(2012, 12, 24), 10)


def test_fetched_bars_drops_columns_that_are_not_a_bars() -> None:
    """What a client adds for itself does not reach the tree, and the schema is the strict one."""
    table = daily_bars(_DAYS).append_column("note", pa.array(["x"] * 10))
    assert fetched_bars(series_key(), table).schema == BAR_SCHEMA


def test_stored_bars_empty_answer_is_an_empty_table() -> None:
    """No rows, and the columns of the store all the same."""
    stored = stored_bars(daily_bars([]), con_id=1, fetched_at=FETCHED_AT)
    assert (stored.num_rows, stored.schema) == (0, STORED_BAR_SCHEMA)


def test_by_file_splits_minutes_by_year_of_session_and_loses_none() -> None:
    """A bar lies in the file of its session's year."""
    parts = by_file(series_key(size=BarSize.MIN_1), minute_bars(_DAYS))
    assert list(parts) == ["year=2012.parquet", "year=2013.parquet"]
    assert sum(part.num_rows for part in parts.values()) == 30
    years = {day.year for day in parts["year=2013.parquet"]["session"].to_pylist()}
    assert years == {2013}


def test_by_file_days_are_one_file_and_nothing_is_none() -> None:
    """A daily series is one file; an empty answer touches no file."""
    assert list(by_file(series_key(), daily_bars(_DAYS))) == ["all.parquet"]
    assert by_file(series_key(), daily_bars([])) == {}


def test_between_is_half_open() -> None:
    """From the first session on, up to but not with the last."""
    found = between(daily_bars(_DAYS), _DAYS[2], _DAYS[4])["session"].to_pylist()
    assert found == _DAYS[2:4]
    assert between(daily_bars(_DAYS), None, None).num_rows == 10
