# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from ib_provider.domain.bar import BarSpec
from ib_provider.domain.live import LiveBar, StreamKind
from ib_provider.domain.tick import MidpointTick
from ib_provider.errors import CorruptFile, StoreError, WriteConflict
from ib_provider.store.live_table import LIVE_TABLES, live_rows
from ib_provider.store.part_store import DAY_FILE, PartStore

AT = datetime(2013, 3, 4, 23, 59, 58, tzinfo=UTC)
TABLE = LIVE_TABLES[StreamKind.MIDPOINTS]
BARS = LIVE_TABLES[StreamKind.BARS]


def ticks(*seconds: int, seq: int = 0) -> pa.Table:
    values = [
        MidpointTick(1, AT + timedelta(seconds=n), 10.0 + n, 1_362_441_598_000_000_000 + n)
        for n in seconds
    ]
    return live_rows(StreamKind.MIDPOINTS, values, received_us=(), capture="c", seq=seq)


def bar(close: float, at_us: int, *, seq: int) -> pa.Table:
    value = LiveBar(
        con_id=1,
        spec=BarSpec(),
        session=AT.date(),
        start=None,
        end=None,
        open=1.0,
        high=9.0,
        low=1.0,
        close=close,
        volume=None,
        wap=None,
        bar_count=None,
    )
    return live_rows(StreamKind.BARS, [value], received_us=[at_us], capture="c", seq=seq)


def prices(rows: pa.Table) -> Sequence[float]:
    return list(rows["price"].to_pylist())


def test_rows_lie_under_the_day_of_their_time(tmp_path: Path) -> None:
    """A part that spans midnight is two files; reading joins them in order."""
    store = PartStore(tmp_path)
    store.append(TABLE, "EUR/USD.IDEALPRO", ticks(0, 5), part="c-1")
    files = sorted(path.parent.name for path in tmp_path.rglob("*.parquet"))
    assert files == ["day=2013-03-04", "day=2013-03-05"]
    assert prices(store.read(TABLE, "EUR/USD.IDEALPRO")) == [10.0, 15.0]
    assert prices(store.read(TABLE, "EUR/USD.IDEALPRO", AT + timedelta(seconds=1))) == [15.0]
    assert store.names(TABLE) == ("EUR/USD.IDEALPRO",)


def test_compaction_makes_one_file_and_loses_nothing(tmp_path: Path) -> None:
    """Whatever the order the parts came in, and again when there is nothing to do."""
    store = PartStore(tmp_path)
    store.append(TABLE, "A", ticks(1, seq=1), part="c-2")
    store.append(TABLE, "A", ticks(0), part="c-1")
    assert [store.compact(TABLE, "A") for _ in range(2)] == [2, 2]
    assert [path.name for path in tmp_path.rglob("*.parquet")] == [DAY_FILE]
    store.append(TABLE, "A", ticks(1, seq=2), part="c-3")
    assert store.compact(TABLE, "A") == 3
    assert prices(store.read(TABLE, "A")) == [10.0, 11.0, 11.0]


def test_compaction_killed_before_it_deleted_the_parts_counts_no_row_twice(tmp_path: Path) -> None:
    """The day's file names its parts: those that still lie there are known by it."""
    store = PartStore(tmp_path)
    store.append(TABLE, "A", ticks(0, 1), part="c-1")
    (part,) = tmp_path.rglob("*.parquet")
    shutil.copy(part, tmp_path / "kept")
    store.compact(TABLE, "A")
    shutil.copy(tmp_path / "kept", part)
    assert prices(store.read(TABLE, "A")) == [10.0, 11.0]
    assert store.compact(TABLE, "A") == 2
    assert not part.exists()


def test_later_bar_replaces_the_earlier_one_of_its_key(tmp_path: Path) -> None:
    """Ticks are all kept; of a bar the last word counts."""
    store = PartStore(tmp_path)
    store.append(BARS, "A", bar(2.0, 20, seq=1), part="c-2")
    store.append(BARS, "A", bar(1.5, 10, seq=0), part="c-1")
    for _ in range(2):
        rows = store.read(BARS, "A").to_pylist()
        assert [(row["close"], row["ts"]) for row in rows] == [(2.0, None)]
        store.compact(BARS, "A")


def test_second_writer_is_refused(tmp_path: Path) -> None:
    """Two captures of one thing would not know of each other's rows."""
    store = PartStore(tmp_path, lock_wait_s=0.05)
    with (
        store.writing(TABLE, "A"),
        store.writing(TABLE, "B"),
        pytest.raises(WriteConflict, match="midpoints of A"),
        store.writing(TABLE, "A"),
    ):
        pass


def test_damaged_part_is_named_and_nothing_is_deleted(tmp_path: Path) -> None:
    """It is not skipped: its rows would be missing in silence."""
    store = PartStore(tmp_path)
    for number in (1, 2):
        store.append(TABLE, "A", ticks(number), part=f"c-{number}")
    first, second = sorted(tmp_path.rglob("*.parquet"))
    first.write_bytes(first.read_bytes()[:50])
    with pytest.raises(CorruptFile, match="c-1"):
        store.compact(TABLE, "A")
    assert second.exists()


def test_rows_without_a_name_or_a_day_are_refused(tmp_path: Path) -> None:
    """They would lie nowhere."""
    store = PartStore(tmp_path)
    with pytest.raises(StoreError, match="name"):
        store.append(TABLE, "", ticks(0), part="c")
    lost = ticks(0).set_column(1, "ts", pa.array([None], TABLE.schema.field("ts").type))
    with pytest.raises(StoreError, match="no day"):
        store.append(TABLE, "A", lost, part="c")
