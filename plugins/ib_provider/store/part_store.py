# SPDX-License-Identifier: Apache-2.0
"""Tables that grow by the second: part files while they are written, one file a day afterwards.

    <root>/live/table=trades/name=AAPL.NASDAQ/day=2013-03-04/<capture>-000001.parquet
    <root>/live/table=trades/name=AAPL.NASDAQ/day=2013-03-04/all.parquet

Rules:
    - A part is there whole or not at all: a killed writer loses what it had not written, no more.
    - One writer a table and name, by a kernel lock that dies with it.
    - Compaction puts the parts of a day into its file, whose footer names them, and then deletes
      them. Killed in between it leaves parts that are in the file already: the next compaction, and
      every read here, knows them by that list. The same parts make the same bytes, killed or not.
    - A read here that meets a compaction begins again. SQL fails then, loudly, if it had listed a
      part that is gone when it comes to open it, and sees rows twice until the parts are deleted.
    - The day is that of ``ts``, UTC; rows without one go by their ``session``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ib_provider.errors import StoreError
from ib_provider.store.atomic_file import sweep_folder
from ib_provider.store.key_lock import DEFAULT_WAIT_S, holding
from ib_provider.store.live_table import LiveTable
from ib_provider.store.parquet_file import (
    read_footer,
    read_parquet,
    read_with_metadata,
    write_parquet,
)

__all__ = ["DAY_FILE", "PartStore"]

DAY_FILE: Final = "all.parquet"
_MERGED_KEY: Final = "ib_provider.parts"
_READ_ATTEMPTS: Final = 10


@dataclass(frozen=True, slots=True)
class PartStore:
    """The live tree under ``root``/live.

    Attributes:
        root: The market tree (``Settings.market``); made when first written to.
        lock_wait_s: How long a writer waits for another one.
    """

    root: Path
    lock_wait_s: float = DEFAULT_WAIT_S

    def folder(self, table: LiveTable, name: str) -> Path:
        """Return where the rows of one table and name lie."""
        if not name:
            raise StoreError(f"rows of {table.name} need a name to lie under")
        return self.root / "live" / f"table={table.name}" / f"name={quote(name, safe='')}"

    def names(self, table: LiveTable) -> tuple[str, ...]:
        """Return the names that have rows in a table, sorted."""
        folders = (self.root / "live" / f"table={table.name}").glob("name=*")
        return tuple(sorted(unquote(path.name.removeprefix("name=")) for path in folders))

    def parts(self, table: LiveTable, name: str) -> int:
        """Return how many part files a table has of a name."""
        return sum(len(_parts(day)) for day in self.folder(table, name).glob("day=*"))

    @contextmanager
    def writing(self, table: LiveTable, name: str) -> Iterator[None]:
        """Hold the one place of a writer of a table and name.

        Raises:
            WriteConflict: Another process has been writing there for ``lock_wait_s`` seconds.
        """
        lock = self.root / "locks" / "live" / f"{table.name}~{quote(name, safe='')}.lock"
        subject = f"{table.name} of {name}"
        with holding(lock, subject=subject, wait_s=self.lock_wait_s):
            yield

    def append(self, table: LiveTable, name: str, rows: pa.Table, *, part: str) -> None:
        """Write rows as one part a day. The caller is ``writing``.

        Args:
            part: The file's stem: never used before under this name.
        """
        for day, those in _by_day(rows).items():
            path = self.folder(table, name) / f"day={day}" / f"{part}.parquet"
            write_parquet(path, those)

    def compact(self, table: LiveTable, name: str, *, days: Collection[date] | None = None) -> int:
        """Make one file of every day's parts; return how many rows those days have.

        The caller is ``writing``. Of rows with the same key the last one stays. A day without new
        parts costs the reading of a footer.

        Args:
            days: The days to look at; None is every day.

        Raises:
            CorruptFile: A file is damaged; nothing of its day was changed.
        """
        total = 0
        for day in self._days(table, name, days):
            total += _compact_day(table, day)
        return total

    def read(
        self,
        table: LiveTable,
        name: str,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        days: Collection[date] | None = None,
    ) -> pa.Table:
        """Return rows from ``start``, inclusive, to ``end``, exclusive, by time; None is open.

        Rows without a time are in every range.

        Args:
            days: The days to look at; None is every day.
        """
        tables = [_read_day(table, day) for day in self._days(table, name, days)]
        rows = pa.concat_tables([table.schema.empty_table(), *tables])
        for bound, within in ((start, pc.greater_equal), (end, pc.less)):
            if bound is not None:
                inside = within(rows["ts"], pa.scalar(bound, rows["ts"].type))
                rows = rows.filter(pc.fill_null(inside, fill_value=True))
        return rows.combine_chunks()

    def _days(self, table: LiveTable, name: str, days: Collection[date] | None) -> list[Path]:
        """Return the folders of these days that are there."""
        folder = self.folder(table, name)
        if days is None:
            return sorted(folder.glob("day=*"))
        return [path for day in sorted(days) if (path := folder / f"day={day}").is_dir()]


def _read_day(table: LiveTable, folder: Path) -> pa.Table:
    """Return the rows of a day, in order and once each, whoever compacts it meanwhile."""
    for _ in range(_READ_ATTEMPTS):
        parts = _parts(folder)  # listed before the file that may hold them already is opened
        whole, merged = _read_whole(table, folder)
        try:
            fresh = [read_parquet(path, table.schema) for path in parts if path.name not in merged]
        except FileNotFoundError:
            continue  # compacted since it was listed
        return _in_order(table, pa.concat_tables([whole, *fresh]))
    raise StoreError(f"{folder} changes faster than it can be read")


def _read_whole(table: LiveTable, folder: Path) -> tuple[pa.Table, frozenset[str]]:
    """Return the rows of the day's file, and which parts were put into it last."""
    try:
        rows, metadata = read_with_metadata(folder / DAY_FILE, table.schema)
    except FileNotFoundError:
        return table.schema.empty_table(), frozenset()
    return rows, frozenset(json.loads(metadata.get(_MERGED_KEY, "[]")))


def _parts(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.parquet") if path.name != DAY_FILE)


def _compact_day(table: LiveTable, folder: Path) -> int:
    """Compact a day and return how many rows it has."""
    sweep_folder(folder)
    parts = _parts(folder)
    if not parts:
        return read_footer(folder / DAY_FILE).rows if (folder / DAY_FILE).exists() else 0
    rows, merged = _read_whole(table, folder)
    fresh = [path for path in parts if path.name not in merged]
    if fresh:
        tables = [rows, *(read_parquet(path, table.schema) for path in fresh)]
        rows = _in_order(table, pa.concat_tables(tables))
    # First what a killed compaction left: the list of this one need not name it again.
    for path in parts:
        if path.name in merged:
            path.unlink()
    if fresh:
        names = json.dumps([path.name for path in fresh])
        write_parquet(folder / DAY_FILE, rows, {_MERGED_KEY: names})
        for path in fresh:
            path.unlink()
    return int(rows.num_rows)


def _in_order(table: LiveTable, rows: pa.Table) -> pa.Table:
    """Return rows by time, then as they came; of one key the last to come."""
    rows = rows.combine_chunks()
    order: list[tuple[str, str]] = [("received_at", "ascending"), ("seq", "ascending")]
    if table.key and rows.num_rows:
        rows = rows.sort_by(order)
        numbers = pa.array(np.arange(rows.num_rows))
        last = (
            rows.select(list(table.key))
            .append_column("at", numbers)
            .group_by(list(table.key), use_threads=False)
            .aggregate([("at", "max")])
        )
        rows = rows.take(last["at_max"].combine_chunks())
    return rows.sort_by([("ts", "ascending"), *order])


def _by_day(rows: pa.Table) -> dict[date, pa.Table]:
    """Return the rows of each day."""
    day = pc.cast(rows["ts"], pa.date32()) if rows.num_rows else rows["ts"]
    if "session" in rows.schema.names:
        day = pc.coalesce(day, rows["session"])
    if day.null_count:
        raise StoreError(f"{day.null_count} row(s) without a time belong to no day")
    return {one: rows.filter(pc.equal(day, one)) for one in _unique(day)}


def _unique(day: pa.ChunkedArray) -> Sequence[date]:
    return sorted(day.unique().to_pylist())
