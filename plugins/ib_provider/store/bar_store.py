# SPDX-License-Identifier: Apache-2.0
"""The bars of every series: staged, judged elsewhere, then published or quarantined.

Strategy:
    Fetching and publishing are two steps with a judge between them. A staged file is complete
    and carries what was asked; publishing merges it into the series and deletes it *last*, so a
    process killed anywhere leaves either the old files or the new ones, and the same call again
    ends in the same bytes. Nothing here removes a published bar.

Recovery:
    A damaged file stops every operation on its series with ``CorruptFile`` naming the path.
    Delete (or move away) that file, have the ledger forget its span, and fetch the span again:
    IB is the source, the file was a copy. A damaged *staged* file is deleted likewise; the next
    run of its fetch makes it again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ib_provider.domain.bar import SeriesKey
from ib_provider.domain.bar_table import BAR_SCHEMA, STORED_BAR_SCHEMA
from ib_provider.domain.finding import Finding
from ib_provider.errors import WouldShrink, WriteConflict
from ib_provider.store import layout
from ib_provider.store.atomic_file import move_file, remove_file, replacing, sweep_folder
from ib_provider.store.bar_rows import between, by_file, fetched_bars, only_file, stored_bars
from ib_provider.store.key_lock import DEFAULT_WAIT_S, holding
from ib_provider.store.merge import merge_bars, missing_bars
from ib_provider.store.parquet_file import read_footer, read_parquet, write_parquet
from ib_provider.store.split_store import Split, SplitStore
from ib_provider.store.staged_bars import (
    StagedBars,
    WriteReport,
    describe_request,
    read_staged_bars,
)

__all__ = ["BarStore"]


@dataclass(frozen=True, slots=True)
class BarStore:
    """Bars under ``root``, one series a folder, one writer a series at a time.

    Attributes:
        root: The market tree (``Settings.market``); made when first written to.
        lock_wait_s: How long a writer waits for another one of the same series.
    """

    root: Path
    lock_wait_s: float = DEFAULT_WAIT_S

    def stage(
        self,
        batch: str,
        key: SeriesKey,
        con_id: int,
        table: pa.Table,
        *,
        start: date,
        end: date,
        fetched_at: datetime,
        ratio: float | None = None,
        empty: Sequence[tuple[date, date]] = (),
    ) -> StagedBars:
        """Keep the answer to one request until it is judged; the same request again replaces it.

        Args:
            batch: Who fetched it, such as the id of an Airflow run.
            table: As IB answered, in ``BAR_SCHEMA``; empty says "asked, nothing there".
            start: First session asked for, inclusive.
            end: Day after the last session asked for: exclusive.
            fetched_at: When IB answered, with its zone.
            ratio: What a split did to stored prices: the table then replaces the whole series.
            empty: Ranges of sessions of which it is proved that IB has no bars.

        Raises:
            SchemaMismatch: The table is not one of bars, or has times where the size has none.
            WriteConflict: Another process is writing this series.
            ValueError: ``start`` is not before ``end``, or ``fetched_at`` has no zone.
        """
        if not start < end:
            raise ValueError(f"{key}: the span {start} to {end} is empty (end is exclusive)")
        if fetched_at.tzinfo is None:
            raise ValueError(f"{key}: fetched_at {fetched_at} has no time zone")
        answer = stored_bars(fetched_bars(key, table), con_id=con_id, fetched_at=fetched_at)
        folder = layout.batch_folder(self.root, batch) / layout.series_folder(key)
        staged = StagedBars(
            batch=batch,
            key=key,
            con_id=con_id,
            start=start,
            end=end,
            rows=answer.num_rows,
            fetched_at=fetched_at,
            path=folder / layout.span_file(start, end),
            ratio=ratio,
            file=only_file(key, answer) if ratio is None else None,
            empty=tuple(empty),
        )
        with self._writing(key):
            sweep_folder(folder)
            # Not to last: what is staged can be fetched again.
            write_parquet(staged.path, answer, describe_request(staged), lasting=False)
        return staged

    def staged(self, batch: str) -> tuple[StagedBars, ...]:
        """Return what of a batch waits, by series, then in the order it was fetched.

        Raises:
            CorruptFile: A staged file is damaged; delete it and fetch again.
        """
        folder = layout.batch_folder(self.root, batch)
        paths = (path for series in layout.series_in(folder) for path in series.glob("*.parquet"))
        found = (read_staged_bars(path) for path in paths)
        return tuple(sorted(found, key=lambda item: (str(item.key), item.fetched_at, item.start)))

    def read_staged(self, staged: StagedBars) -> pa.Table:
        """Return staged bars exactly as they came: their order and their faults included.

        Returns:
            A table in ``BAR_SCHEMA``.

        Raises:
            CorruptFile: The file is damaged.
            WriteConflict: It is gone: another process published or discarded it.
        """
        return self._read_staged(staged).select(BAR_SCHEMA.names)

    def _read_staged(self, staged: StagedBars) -> pa.Table:
        try:
            return read_parquet(staged.path, STORED_BAR_SCHEMA)
        except FileNotFoundError as error:
            raise _gone(staged) from error

    def publish(self, staged: StagedBars) -> WriteReport:
        """Merge staged bars into their series and delete the staged file last.

        A bar that is there already is overwritten; a bar that is not in the answer stays. Bars of
        a year that has none yet are not written again: their file is moved into the series. Bars
        staged with a ratio replace the series, once they hold every bar that it does: a killed
        swap may leave years of both kinds, and the same call again finishes it.

        Raises:
            WouldShrink: Bars of the series are missing in its replacement; nothing was written.
            CorruptFile: The staged file or a file of the series is damaged; nothing was written.
            WriteConflict: Another process holds the series, or dealt with these bars already.
        """
        with self._writing(staged.key):
            if staged.file is not None and not (self._folder(staged.key) / staged.file).exists():
                return self._move(staged, staged.file)
            rows = self._read_staged(staged)
            folder = self._folder(staged.key)
            # Everything is read before anything is written: damage found now changes nothing.
            parts = by_file(staged.key, rows)
            others = [path for path in folder.glob("*.parquet") if path.name not in parts]
            total = sum(read_footer(path, STORED_BAR_SCHEMA).rows for path in others)
            before = {name: _read_or_empty(folder / name) for name in parts}
            if staged.ratio is not None:
                _refuse_shrinking(
                    staged.key, [*before.values(), *map(_read_or_empty, others)], rows
                )
            merges = {name: merge_bars(before[name], part) for name, part in parts.items()}
            # First: a swap that was killed half-way no longer shows where the new bars begin.
            self._record_split(staged, before.values(), rows)
            for name, merged in merges.items():
                if not merged.table.equals(before[name]):
                    write_parquet(folder / name, merged.table)
            sweep_folder(folder)
            # Should it come back, it is merged again, which changes nothing.
            remove_file(staged.path, root=self.root / "staging", lasting=False)
        return WriteReport(
            key=staged.key,
            new=sum(merged.new for merged in merges.values()),
            changed=sum(merged.changed for merged in merges.values()),
            total=total + sum(merged.table.num_rows for merged in merges.values()),
        )

    def _move(self, staged: StagedBars, file: str) -> WriteReport:
        """Make a staged file the file of its series, which has none of that name."""
        folder = self._folder(staged.key)
        total = sum(read_footer(path, STORED_BAR_SCHEMA).rows for path in folder.glob("*.parquet"))
        try:
            read_footer(
                staged.path, STORED_BAR_SCHEMA
            )  # not a file that was cut since it was judged
            move_file(staged.path, folder / file, root=self.root / "staging")
        except FileNotFoundError as error:
            raise _gone(staged) from error
        return WriteReport(key=staged.key, new=staged.rows, changed=0, total=total + staged.rows)

    def discard(self, staged: StagedBars) -> None:
        """Delete staged bars; it is no error that they are gone already."""
        with self._writing(staged.key):
            remove_file(staged.path, root=self.root / "staging")

    def quarantine(self, staged: StagedBars, findings: Sequence[Finding]) -> Path:
        """Move staged bars aside, the findings beside them as JSON; returns the new path.

        The findings are written first: there is no moment at which refused data lies there
        without its reasons. Called again after a crash it finishes the move.

        Raises:
            WriteConflict: Another process holds the series, or dealt with these bars already.
        """
        folder = layout.quarantine_folder(self.root, staged.batch)
        target = folder / layout.series_folder(staged.key) / staged.path.name
        with self._writing(staged.key):
            if not staged.path.exists():
                if target.exists():
                    return target
                raise _gone(staged)
            with replacing(target.with_suffix(".findings.json")) as temporary:
                temporary.write_text(_findings_document(staged, findings), encoding="utf-8")
            move_file(staged.path, target, root=self.root / "staging")
        return target

    def read(self, key: SeriesKey, start: date | None = None, end: date | None = None) -> pa.Table:
        """Return the published bars of a series.

        Args:
            start: First session, inclusive; None is the first there is.
            end: Day after the last session, exclusive; None is all there are.

        Returns:
            A table in ``STORED_BAR_SCHEMA``, ascending by (``session``, ``ts``), unique; without
            rows when nothing was published.

        Raises:
            CorruptFile: A file of the series is damaged.
        """
        paths = sorted(self._folder(key).glob("*.parquet"))
        tables = [between(read_parquet(path, STORED_BAR_SCHEMA), start, end) for path in paths]
        return pa.concat_tables([STORED_BAR_SCHEMA.empty_table(), *tables]).combine_chunks()

    def keys(self) -> tuple[SeriesKey, ...]:
        """Return every published series, sorted by instrument."""
        found = (layout.series_key(folder) for folder in layout.series_in(self.root / "bars"))
        return tuple(sorted(found, key=str))

    def _record_split(self, staged: StagedBars, before: Iterable[pa.Table], rows: pa.Table) -> None:
        """Keep the ratio of a replacement, at the first session that the series did not have."""
        if staged.ratio is None:
            return
        last = max(pc.max(table["session"]).as_py() or date.min for table in before)
        later = rows.filter(pc.greater(rows["session"], last))["session"]
        split = Split(
            key=staged.key,
            ex_session=pc.min(later).as_py() or staged.end,
            ratio=staged.ratio,
            fetched_at=staged.fetched_at,
        )
        SplitStore(self.root, self.lock_wait_s).record([split])

    def _folder(self, key: SeriesKey) -> Path:
        return self.root / "bars" / layout.series_folder(key)

    def _writing(self, key: SeriesKey) -> AbstractContextManager[None]:
        folder = self.root / "locks" / layout.series_folder(key)
        return holding(folder / "series.lock", subject=str(key), wait_s=self.lock_wait_s)


def _read_or_empty(path: Path) -> pa.Table:
    """Return a file of a series, whose lock is held, or no rows where there is none."""
    if not path.exists():
        return STORED_BAR_SCHEMA.empty_table()
    return read_parquet(path, STORED_BAR_SCHEMA)


def _refuse_shrinking(key: SeriesKey, stored: Sequence[pa.Table], rows: pa.Table) -> None:
    known = pa.concat_tables(table.select(["session", "ts"]) for table in stored)
    lost = missing_bars(known, rows)
    if lost:
        raise WouldShrink(str(key), stored=known.num_rows, lost=lost)


def _findings_document(staged: StagedBars, findings: Sequence[Finding]) -> str:
    document = {
        "batch": staged.batch,
        "series": str(staged.key),
        "con_id": staged.con_id,
        "start": staged.start.isoformat(),
        "end": staged.end.isoformat(),
        "findings": [
            {
                "check": finding.check,
                "severity": finding.severity.value,
                "count": finding.count,
                "rows": list(finding.rows),
            }
            for finding in findings
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _gone(staged: StagedBars) -> WriteConflict:
    return WriteConflict(
        f"{staged.path} is gone: another process has published, quarantined or discarded it"
    )
