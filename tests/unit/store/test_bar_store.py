# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_provider.domain.bar import BarSize
from ib_provider.domain.bar_table import STORED_BAR_SCHEMA
from ib_provider.domain.finding import Finding, Severity
from ib_provider.errors import CorruptFile, SchemaMismatch, WouldShrink, WriteConflict
from ib_provider.store.bar_rows import stored_bars
from ib_provider.store.bar_store import BarStore
from ib_provider.store.key_lock import holding
from ib_provider.store.layout import series_folder
from ib_provider.store.merge import merge_bars
from ib_provider.store.staged_bars import StagedBars
from tests.support.bar_tables import (
    FETCHED_AT,
    any_bars,
    daily_bars,
    minute_bars,
    rows_of,
    series_key,
    weekdays,
)

_SIZES = st.sampled_from([BarSize.DAY_1, BarSize.MIN_1])
_DAYS = weekdays(date(2012, 12, 24), 10)


def _stage(
    store: BarStore,
    table: pa.Table,
    *,
    size: BarSize = BarSize.DAY_1,
    batch: str = "scheduled__2013-03-04T00:00:00+00:00",
    start: date = date(2011, 1, 1),
    fetched_at: datetime = FETCHED_AT,
) -> StagedBars:
    return store.stage(
        batch,
        series_key(size=size),
        265598,
        table,
        start=start,
        end=date(2014, 1, 1),
        fetched_at=fetched_at,
    )


def _files(root: Path) -> dict[str, bytes]:
    """Return every file below a root but the lock files, which mean nothing."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    }


@given(data=st.data(), size=_SIZES)
@settings(max_examples=25, deadline=None)
def test_stage_any_answer_is_read_back_exactly(data: st.DataObject, size: BarSize) -> None:
    """What IB said reaches the judge as it was: order, duplicates, NaNs and all."""
    table = data.draw(any_bars(size))
    with TemporaryDirectory() as root:
        store = BarStore(Path(root))
        staged = _stage(store, table, size=size)
        assert rows_of(store.read_staged(staged)) == rows_of(table)
        assert store.staged(staged.batch) == (staged,)
        assert (staged.rows, staged.con_id) == (table.num_rows, 265598)


@given(data=st.data(), size=_SIZES)
@settings(max_examples=25, deadline=None)
def test_publish_overlapping_answers_keeps_the_last_of_each_time(
    data: st.DataObject, size: BarSize
) -> None:
    """A series is the upsert of its answers, and never loses a row on the way."""
    answers = data.draw(st.lists(any_bars(size), min_size=1, max_size=3))
    with TemporaryDirectory() as root:
        store = BarStore(Path(root))
        model = STORED_BAR_SCHEMA.empty_table()
        for answer in answers:
            merged = merge_bars(model, stored_bars(answer, con_id=265598, fetched_at=FETCHED_AT))
            report = store.publish(_stage(store, answer, size=size))
            assert (report.new, report.changed) == (merged.new, merged.changed)
            assert report.total == merged.table.num_rows >= model.num_rows
            model = merged.table
        assert rows_of(store.read(series_key(size=size))) == rows_of(model)


def test_publish_the_same_twice_leaves_the_same_bytes(tmp_path: Path) -> None:
    """Published twice is published once."""
    store = BarStore(tmp_path)
    first = store.publish(_stage(store, daily_bars(_DAYS)))
    before = _files(tmp_path)
    second = store.publish(_stage(store, daily_bars(_DAYS)))
    assert (first.new, second.new, second.changed, second.total) == (10, 0, 0, 10)
    assert _files(tmp_path) == before
    assert [name for name in before if name.startswith("staging")] == []


def test_publish_minutes_over_new_year_makes_a_file_a_year(tmp_path: Path) -> None:
    """Intraday series are cut by the year of the session; a read joins them in order."""
    store = BarStore(tmp_path)
    key = series_key(size=BarSize.MIN_1)
    table = minute_bars(_DAYS)
    assert store.publish(_stage(store, table, size=BarSize.MIN_1)).total == table.num_rows
    folder = tmp_path / "bars" / series_folder(key)
    assert sorted(path.name for path in folder.iterdir()) == [
        "year=2012.parquet",
        "year=2013.parquet",
    ]
    assert store.read(key).select(table.schema.names).equals(table)
    later = store.publish(_stage(store, minute_bars(_DAYS[-1:], close=100.0), size=BarSize.MIN_1))
    assert (later.new, later.changed, later.total) == (0, 3, table.num_rows)


def test_publish_an_empty_answer_writes_nothing_and_removes_it(tmp_path: Path) -> None:
    """An answer of "nothing there" never empties a series."""
    store = BarStore(tmp_path)
    store.publish(_stage(store, daily_bars(_DAYS)))
    report = store.publish(_stage(store, daily_bars([])))
    assert (report.new, report.changed, report.total) == (0, 0, 10)
    assert store.staged("scheduled__2013-03-04T00:00:00+00:00") == ()


def test_publish_staged_bars_that_are_gone_raises_write_conflict(tmp_path: Path) -> None:
    """A second worker with the same list of files does not report a publication."""
    store = BarStore(tmp_path)
    staged = _stage(store, daily_bars(_DAYS))
    store.publish(staged)
    with pytest.raises(WriteConflict, match="is gone"):
        store.publish(staged)


def test_publish_while_another_holds_the_series_raises_write_conflict(tmp_path: Path) -> None:
    """Waiting for another writer is bounded, and the message says for how long."""
    store = BarStore(tmp_path, lock_wait_s=0.02)
    staged = _stage(store, daily_bars(_DAYS))
    lock = tmp_path / "locks" / series_folder(staged.key) / "series.lock"
    with (
        holding(lock, subject="a test"),
        pytest.raises(WriteConflict, match=r"AAPL\.NASDAQ 1 day.*waited 0\.02 s"),
    ):
        store.publish(staged)
    assert store.publish(staged).new == 10


def test_publish_over_a_truncated_file_changes_nothing(tmp_path: Path) -> None:
    """Damage found in any year of a series is named before any year is written."""
    store = BarStore(tmp_path)
    store.publish(_stage(store, minute_bars(_DAYS), size=BarSize.MIN_1))
    damaged = (
        tmp_path / "bars" / series_folder(series_key(size=BarSize.MIN_1)) / "year=2013.parquet"
    )
    damaged.write_bytes(damaged.read_bytes()[:-100])
    for days in (_DAYS, _DAYS[:1]):
        staged = _stage(store, minute_bars(days, close=100.0), size=BarSize.MIN_1)
        before = _files(tmp_path)
        with pytest.raises(CorruptFile, match=r"year=2013\.parquet"):
            store.publish(staged)
        assert _files(tmp_path) == before
    with pytest.raises(CorruptFile, match=r"year=2013\.parquet"):
        store.read(staged.key)
    damaged.unlink()
    assert store.publish(staged).changed == 3


def test_staged_truncated_file_raises_corrupt_file(tmp_path: Path) -> None:
    """A damaged answer is neither judged nor taken for an empty one."""
    store = BarStore(tmp_path)
    staged = _stage(store, daily_bars(_DAYS))
    staged.path.write_bytes(staged.path.read_bytes()[:200])
    for attempt in (store.read_staged, store.publish):
        with pytest.raises(CorruptFile, match=staged.path.name):
            attempt(staged)
    with pytest.raises(CorruptFile, match=staged.path.name):
        store.staged(staged.batch)


def test_staged_foreign_parquet_file_raises_corrupt_file(tmp_path: Path) -> None:
    """A file without the request it answers cannot be published as anything."""
    store = BarStore(tmp_path)
    staged = _stage(store, daily_bars(_DAYS))
    pa.parquet.write_table(daily_bars(_DAYS), staged.path)
    with pytest.raises(CorruptFile, match="do not say what was asked"):
        store.staged(staged.batch)


def test_stage_the_same_request_again_replaces_it(tmp_path: Path) -> None:
    """A retried fetch leaves one answer, another span of the batch stands beside it."""
    store = BarStore(tmp_path)
    _stage(store, daily_bars(_DAYS[:3]))
    again = _stage(store, daily_bars(_DAYS))
    later = FETCHED_AT.replace(hour=16)
    other = _stage(store, daily_bars(_DAYS[:1]), start=date(2012, 1, 1), fetched_at=later)
    assert store.staged(again.batch) == (again, other)
    assert again.rows == 10


def test_stage_in_another_batch_is_apart(tmp_path: Path) -> None:
    """Two runs of a DAG never see one another's bars."""
    store = BarStore(tmp_path)
    one = _stage(store, daily_bars(_DAYS), batch="../one")
    two = _stage(store, daily_bars(_DAYS[:1]), batch="two")
    assert (store.staged("../one"), store.staged("two")) == ((one,), (two,))
    store.discard(one)
    store.discard(one)
    assert (store.staged("../one"), store.staged("two")) == ((), (two,))
    assert [path.name for path in (tmp_path / "staging").iterdir()] == ["batch=two"]


@pytest.mark.parametrize(
    ("table", "size", "reason"),
    [
        (pa.table({"x": [1]}), BarSize.DAY_1, "column open is there 0 times"),
        (minute_bars(_DAYS[:1]), BarSize.DAY_1, "ts is set in 3 bar"),
        (daily_bars(_DAYS[:1]), BarSize.MIN_1, "ts is missing in 1 intraday"),
        (
            daily_bars(_DAYS[:1]).set_column(2, "open", pa.array([1], pa.int64())),
            BarSize.DAY_1,
            "column open is int64, not double",
        ),
    ],
)
def test_stage_another_table_raises_schema_mismatch(
    tmp_path: Path, table: pa.Table, size: BarSize, reason: str
) -> None:
    """What is no table of bars of this size is refused before anything is written."""
    with pytest.raises(SchemaMismatch, match=reason):
        _stage(BarStore(tmp_path), table, size=size)
    assert list(tmp_path.iterdir()) == []


def test_stage_impossible_request_raises_value_error(tmp_path: Path) -> None:
    """A span of nothing and a time without a zone are mistakes of the caller."""
    store = BarStore(tmp_path)
    with pytest.raises(ValueError, match="is empty"):
        _stage(store, daily_bars([]), start=date(2014, 1, 1))
    with pytest.raises(ValueError, match="no time zone"):
        _stage(store, daily_bars([]), fetched_at=datetime(2013, 1, 1))  # noqa: DTZ001
    assert list(tmp_path.iterdir()) == []


def test_quarantine_keeps_the_bars_and_says_why(tmp_path: Path) -> None:
    """Refused bars lie apart with their findings, and are published nowhere."""
    store = BarStore(tmp_path)
    staged = _stage(store, daily_bars(_DAYS))
    finding = Finding(
        key=staged.key, check="nulls", severity=Severity.CRITICAL, count=1, rows=("2013 …",)
    )
    bars = store.read_staged(staged)
    path = store.quarantine(staged, [finding])
    kept = pa.parquet.ParquetFile(path).read().replace_schema_metadata(None)
    assert kept.select(bars.column_names).equals(bars)
    document = json.loads(path.with_suffix(".findings.json").read_text(encoding="utf-8"))
    assert document["series"] == "AAPL.NASDAQ 1 day TRADES rth"
    assert document["findings"] == [
        {"check": "nulls", "severity": "critical", "count": 1, "rows": ["2013 …"]}
    ]
    assert (store.staged(staged.batch), store.keys()) == ((), ())
    assert store.quarantine(staged, [finding]) == path


def test_quarantine_bars_published_by_another_raises_write_conflict(tmp_path: Path) -> None:
    """What was published meanwhile is not reported as quarantined."""
    store = BarStore(tmp_path)
    staged = _stage(store, daily_bars(_DAYS))
    store.publish(staged)
    with pytest.raises(WriteConflict, match="is gone"):
        store.quarantine(staged, [])


@given(start=st.none() | st.sampled_from(_DAYS), end=st.none() | st.sampled_from(_DAYS))
@settings(max_examples=15, deadline=None)
def test_read_between_sessions_is_start_inclusive_end_exclusive(
    start: date | None, end: date | None
) -> None:
    """A span of sessions is half-open, as everywhere."""
    with TemporaryDirectory() as root:
        store = BarStore(Path(root))
        store.publish(_stage(store, minute_bars(_DAYS, a_session=1), size=BarSize.MIN_1))
        sessions = store.read(series_key(size=BarSize.MIN_1), start, end)["session"].to_pylist()
    assert sessions == [
        day for day in _DAYS if (start is None or day >= start) and (end is None or day < end)
    ]


def test_read_series_never_published_is_empty_and_typed(tmp_path: Path) -> None:
    """Nothing published is a table without rows; reading makes no folder."""
    table = BarStore(tmp_path / "none").read(series_key())
    assert (table.num_rows, table.schema) == (0, STORED_BAR_SCHEMA)
    assert list(tmp_path.iterdir()) == []


def test_read_says_contract_and_time_of_fetching(tmp_path: Path) -> None:
    """Each row carries the contract IB answered for, and when it did, in UTC."""
    store = BarStore(tmp_path)
    store.publish(_stage(store, daily_bars(_DAYS[:1])))
    row = store.read(series_key()).to_pylist()[0]
    assert row["con_id"] == 265598
    assert row["fetched_at"] == FETCHED_AT.astimezone(UTC)


def test_keys_lists_what_is_published_only(tmp_path: Path) -> None:
    """A staged series is not one yet."""
    store = BarStore(tmp_path)
    store.publish(_stage(store, daily_bars(_DAYS)))
    _stage(store, minute_bars(_DAYS), size=BarSize.MIN_1)
    assert store.keys() == (series_key(),)


def _halved(table: pa.Table) -> pa.Table:
    column = pc.divide(table["close"], 2.0)
    return table.set_column(table.schema.get_field_index("close"), "close", column)


def test_publish_replaces_the_whole_series_after_a_split(tmp_path: Path) -> None:
    """Every stored price is the new answer's, and the bars beyond the old ones are there."""
    store = BarStore(tmp_path)
    store.publish(_stage(store, minute_bars(_DAYS[:6]), size=BarSize.MIN_1))
    new = _halved(minute_bars(_DAYS))
    key = series_key(size=BarSize.MIN_1)
    span: dict[str, Any] = {"start": date(2011, 1, 1), "end": date(2014, 1, 1)}
    staged = store.stage("again", key, 265598, new, **span, fetched_at=FETCHED_AT, ratio=0.5)
    assert store.staged("again") == (staged,)
    report = store.publish(staged)
    assert report.total == new.num_rows
    assert store.read(key)["close"].to_pylist() == new["close"].to_pylist()


def test_publish_refuses_a_replacement_that_holds_less(tmp_path: Path) -> None:
    """A full file is never replaced by less: IB may serve the old bars no more."""
    store = BarStore(tmp_path)
    store.publish(_stage(store, minute_bars(_DAYS), size=BarSize.MIN_1))
    before = _files(tmp_path / "bars")
    key = series_key(size=BarSize.MIN_1)
    span: dict[str, Any] = {"start": date(2011, 1, 1), "end": date(2014, 1, 1)}
    less = _halved(minute_bars(_DAYS[3:]))
    staged = store.stage("again", key, 265598, less, **span, fetched_at=FETCHED_AT, ratio=0.5)
    with pytest.raises(WouldShrink, match="lacks 9 of the 30 bars"):
        store.publish(staged)
    assert _files(tmp_path / "bars") == before
    assert store.staged("again") == (staged,)


def test_publish_moves_bars_that_need_no_merging(tmp_path: Path) -> None:
    """Bars of a year that has none become its file: the same rows that merging would have made."""
    moved, merged = BarStore(tmp_path / "moved"), BarStore(tmp_path / "merged")
    table = minute_bars(_DAYS[6:])  # all in 2013
    staged = _stage(moved, table, size=BarSize.MIN_1)
    assert staged.file == "year=2013.parquet"
    inode = staged.path.stat().st_ino
    report = moved.publish(staged)
    target = moved.root / "bars" / series_folder(staged.key) / "year=2013.parquet"
    assert (target.stat().st_ino, report.new, report.total) == (inode, 12, 12)
    reversed_bars = table.take(list(reversed(range(table.num_rows))))
    again = _stage(merged, reversed_bars, size=BarSize.MIN_1)
    assert again.file is None
    merged.publish(again)
    assert merged.read(staged.key) == moved.read(staged.key)
    assert list((tmp_path / "moved" / "staging").rglob("*")) == []


@pytest.mark.parametrize("days", [_DAYS[:8], []])
def test_bars_of_two_years_or_none_are_merged(tmp_path: Path, days: list[date]) -> None:
    """Only what belongs to one file as it is may become it."""
    staged = _stage(BarStore(tmp_path), minute_bars(days), size=BarSize.MIN_1)
    assert staged.file is None


def test_publish_into_a_year_that_has_bars_merges(tmp_path: Path) -> None:
    """A file that is there is never replaced by a move."""
    store = BarStore(tmp_path)
    store.publish(_stage(store, minute_bars(_DAYS[6:8]), size=BarSize.MIN_1, batch="a"))
    staged = _stage(store, minute_bars(_DAYS[8:]), size=BarSize.MIN_1, batch="b")
    assert staged.file == "year=2013.parquet"
    assert store.publish(staged).total == 12
    assert store.read(staged.key).num_rows == 12
