# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_provider.domain.bar import BarSize, SeriesKey
from ib_provider.domain.finding import Severity
from ib_provider.quality import judge_all
from ib_provider.quality.sweep import disagreeing_sessions, suspects
from ib_provider.store.bar_store import BarStore
from ib_provider.store.catalog import open_catalog, rebuild_catalog
from tests.support.bar_tables import FETCHED_AT, daily_bars, minute_bars, series_key, weekdays

DAYS = weekdays(date(2013, 1, 7), 12)
NAN = float("nan")


def publish(root: Path, key: SeriesKey, table: pa.Table) -> None:
    store = BarStore(root)
    end = DAYS[-1] + timedelta(days=1)
    store.publish(
        store.stage("batch", key, 7, table, start=DAYS[0], end=end, fetched_at=FETCHED_AT)
    )


def view(tables: Mapping[SeriesKey, pa.Table]) -> duckdb.DuckDBPyConnection:
    """Return a database whose ``bars`` are these, as the catalog would show them."""
    connection = duckdb.connect()
    parts = []
    for key, table in tables.items():
        count = table.num_rows
        parts.append(
            pa.table(
                {
                    "instrument_id": [key.instrument_id] * count,
                    "bar": [key.spec.size.value] * count,
                    "what": [key.spec.what.value] * count,
                    "rth": [key.spec.rth] * count,
                    **{name: table[name] for name in table.column_names},
                }
            )
        )
    connection.register("bars", pa.concat_tables(parts))
    return connection


@pytest.mark.parametrize(
    "replace",
    [
        {"open": {3: None}},
        {"close": {3: NAN}},
        {"high": {3: float("inf")}},
        {"high": {3: 1.0}},
        {"low": {3: 1e6}},
        {"low": {3: 0.0}},
        {"low": {3: -1.0}},
        {"volume": {3: -1.0}},
        {"close": {3: 1e4}, "high": {3: 1e4}},
        {"close": {3: 1.0}, "low": {3: 1.0}},
        {"session": {3: DAYS[2]}},
        {"session": {3: DAYS[0]}},
    ],
)
def test_broken_series_among_sound_ones_is_suspected(replace: Mapping[str, Any]) -> None:
    """One broken bar is enough, and its neighbours in the lake are left alone."""
    sound, broken = series_key("SOUND.NYSE"), series_key("BROKEN.NYSE")
    tables = {
        series_key("A.NYSE"): daily_bars(DAYS),
        broken: daily_bars(DAYS, replace=replace),
        sound: daily_bars(DAYS),
    }
    assert suspects(view(tables)) == (broken,)


_COLUMNS = st.sampled_from(["open", "high", "low", "close", "volume"])
_VALUES = st.sampled_from([None, NAN, 0.0, -3.0, 1.0, 104.0, 1e5, float("inf")])


@given(st.dictionaries(_COLUMNS, st.dictionaries(st.integers(0, 11), _VALUES, max_size=2)))
@settings(max_examples=40, deadline=None)
def test_what_the_suite_calls_critical_the_sweep_suspects(
    replace: dict[str, dict[int, float | None]],
) -> None:
    """A broken series cannot hide from the quick pass."""
    key = series_key()
    table = daily_bars(DAYS, replace=replace)
    findings = judge_all({key: (table, None)})[key]
    if any(finding.severity is Severity.CRITICAL for finding in findings):
        assert suspects(view({key: table})) == (key,)


def test_sound_lake_has_no_suspects(tmp_path: Path) -> None:
    """Series of different prices and sizes, side by side in files, raise nothing."""
    publish(tmp_path, series_key("A.NYSE"), daily_bars(DAYS))
    publish(tmp_path, series_key("B.NYSE", BarSize.MIN_1), minute_bars(DAYS))
    dear = {name: dict.fromkeys(range(12), 9000.0) for name in ("open", "high", "low", "close")}
    dear["volume"] = {row: float(row) for row in range(12)}
    publish(tmp_path, series_key("C.NYSE"), daily_bars(DAYS, replace=dear))
    rebuild_catalog(tmp_path, ())
    with open_catalog(tmp_path) as catalog:
        assert suspects(catalog) == ()
        assert disagreeing_sessions(catalog) == ()


def test_day_that_its_minutes_do_not_know_is_named(tmp_path: Path) -> None:
    """A daily high that no minute reached is somebody else's price."""
    day, minute = series_key(), series_key(size=BarSize.MIN_1)
    publish(tmp_path, minute, minute_bars(DAYS))
    same = {
        name: dict.fromkeys(range(12), price)
        for name, price in (("open", 100.0), ("high", 102.0), ("low", 99.0), ("close", 101.0))
    }
    same["high"][4] = 110.0
    same["low"][7] = 90.0
    publish(tmp_path, day, daily_bars(DAYS, replace=same))
    rebuild_catalog(tmp_path, ())
    with open_catalog(tmp_path) as catalog:
        (finding,) = disagreeing_sessions(catalog)
    assert (finding.key, finding.count, finding.severity) == (minute, 2, Severity.WARNING)
    assert [row[:10] for row in finding.rows] == [str(DAYS[4]), str(DAYS[7])]
    assert "high 102.0, the day's 110.0" in finding.rows[0]
