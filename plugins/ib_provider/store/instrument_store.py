# SPDX-License-Identifier: Apache-2.0
"""The instruments that were ever loaded, one row an id, and which conIds they had.

Files:
    * ``ref/instruments.parquet``  what IB said last, one row an id
    * ``ref/conid_history.parquet``  which conId an id stood for, and when

A file of an older release is read, and written in today's columns at the next change or when the
catalog is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ib_provider.domain.contract import Instrument, SecType
from ib_provider.errors import IdConflict
from ib_provider.store.con_id_history import (
    CON_ID_SCHEMA,
    ConIdSpan,
    con_id_rows,
    con_ids_in,
    record_con_ids,
)
from ib_provider.store.instrument_table import (
    INSTRUMENT_SCHEMA,
    instrument_rows,
    instruments_in,
    upgraded,
)
from ib_provider.store.key_lock import DEFAULT_WAIT_S, holding
from ib_provider.store.parquet_file import read_parquet, write_parquet

__all__ = ["InstrumentStore", "KeepReport"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepReport:
    """What became of instruments that were to be kept.

    Attributes:
        new: Ids that were not known.
        moved: Ids whose conId is another now: (before, now).
        refused: Why an id was not kept, by id.
    """

    new: tuple[str, ...] = ()
    moved: dict[str, tuple[int, int]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InstrumentStore:
    """Instruments under ``root``/ref. None is ever deleted: IB forgets expired contracts.

    Attributes:
        root: The market tree (``Settings.market``); made when first written to.
        lock_wait_s: How long a writer waits for another one.
    """

    root: Path
    lock_wait_s: float = DEFAULT_WAIT_S

    @property
    def path(self) -> Path:
        """Return the file that holds them."""
        return self.root / "ref" / "instruments.parquet"

    @property
    def history_path(self) -> Path:
        """Return the file that holds the history of their conIds."""
        return self.root / "ref" / "conid_history.parquet"

    def upsert(self, instruments: Sequence[Instrument]) -> int:
        """Keep the instruments, each over what was known under its id; returns how many are new.

        Raises:
            IdConflict: A conId is kept under another id; the other instruments were stored.
            CorruptFile: The file is damaged; delete it and load the instruments again.
            WriteConflict: Another process is writing it.
        """
        report = self.keep(instruments)
        if report.refused:
            raise IdConflict(report.refused)
        return len(report.new)

    def keep(self, instruments: Sequence[Instrument]) -> KeepReport:
        """Keep the instruments, each over what was known under its id, and say what was refused.

        Of two with the same id the last one counts.

        Raises:
            CorruptFile: The file is damaged; delete it and load the instruments again.
            WriteConflict: Another process is writing it.
        """
        with self._writing():
            table = self._table()
            before = self._history(table)
            wanted = {item.instrument_id: item for item in instruments}
            spans, refused = record_con_ids(before, wanted.values())
            kept = [item for name, item in wanted.items() if name not in refused]
            known = set(table["instrument_id"].to_pylist())
            # History first: a run killed between the two finds nothing to undo.
            if spans != before or not self.history_path.exists():
                write_parquet(self.history_path, con_id_rows(spans))
            self._write(table, kept)
        held = {span.instrument_id: span.con_id for span in before if span.valid_to is None}
        return KeepReport(
            new=tuple(item.instrument_id for item in kept if item.instrument_id not in known),
            moved={
                item.instrument_id: (held[item.instrument_id], item.contract.con_id)
                for item in kept
                if held.get(item.instrument_id, item.contract.con_id) != item.contract.con_id
            },
            refused=refused,
        )

    def get(self, ids: Iterable[str]) -> dict[str, Instrument]:
        """Return the instruments of these ids; an id that was never loaded is not in it.

        Raises:
            CorruptFile: The file is damaged.
        """
        wanted = list(dict.fromkeys(ids))
        found = self._where("instrument_id", pa.array(wanted, pa.string()))
        known = {item.instrument_id: item for item in found}
        return {one: known[one] for one in wanted if one in known}

    def of_con_ids(self, con_ids: Iterable[int]) -> dict[int, Instrument]:
        """Return the instruments that have these conIds now; continuous futures are left out.

        Raises:
            CorruptFile: The file is damaged.
        """
        found = self._where("con_id", pa.array(sorted(set(con_ids)), pa.int64()))
        return {
            item.contract.con_id: item
            for item in found
            if item.contract.sec_type is not SecType.CONTFUT
        }

    def ids_of(self, con_ids: Iterable[int]) -> dict[int, str]:
        """Return the ids under which conIds are kept now; continuous futures are left out.

        Raises:
            CorruptFile: The file is damaged.
        """
        table = self._table().select(["con_id", "sec_type", "instrument_id"])
        wanted = pa.array(sorted(set(con_ids)), pa.int64())
        rows = table.filter(pc.is_in(table["con_id"], value_set=wanted)).to_pylist()
        return {
            row["con_id"]: row["instrument_id"]
            for row in rows
            if row["sec_type"] != SecType.CONTFUT.value
        }

    def named(self, instruments: Iterable[Instrument]) -> tuple[Instrument, ...]:
        """Return the instruments under the ids that their conIds have here: ids are stable.

        Raises:
            CorruptFile: The file is damaged.
        """
        given = tuple(instruments)
        held = self.ids_of(item.contract.con_id for item in given)
        return tuple(
            replace(item, instrument_id=held.get(item.contract.con_id, item.instrument_id))
            if item.contract.sec_type is not SecType.CONTFUT
            else item
            for item in given
        )

    def all(self) -> tuple[Instrument, ...]:
        """Return every instrument, sorted by id.

        Raises:
            CorruptFile: The file is damaged.
        """
        return instruments_in(self._table())

    def history(self) -> tuple[ConIdSpan, ...]:
        """Return every conId that an id ever had, sorted by id and time.

        Raises:
            CorruptFile: A file is damaged.
        """
        return self._history(self._table())

    def _where(self, column: str, values: pa.Array) -> tuple[Instrument, ...]:
        table = self._table()
        return instruments_in(table.filter(pc.is_in(table[column], value_set=values)))

    def _table(self) -> pa.Table:
        try:
            return read_parquet(self.path, INSTRUMENT_SCHEMA, upgraded)
        except FileNotFoundError:
            return INSTRUMENT_SCHEMA.empty_table()

    def _history(self, table: pa.Table) -> tuple[ConIdSpan, ...]:
        """Return the history; where none was ever written, what the instruments themselves say."""
        try:
            return con_ids_in(read_parquet(self.history_path, CON_ID_SCHEMA))
        except FileNotFoundError:
            return record_con_ids((), instruments_in(table))[0]

    def _write(self, table: pa.Table, instruments: Sequence[Instrument]) -> None:
        rows = instrument_rows(instruments)
        over = pc.is_in(table["instrument_id"], value_set=rows["instrument_id"].combine_chunks())
        merged = pa.concat_tables([table.filter(pc.invert(over)), rows])
        merged = merged.sort_by("instrument_id").combine_chunks()
        if self._is_current() and merged.equals(table.combine_chunks()):
            return
        write_parquet(self.path, merged)

    def _is_current(self) -> bool:
        """Return whether there is a file, in today's columns."""
        return self.path.exists() and set(pq.read_schema(self.path).names) == set(
            INSTRUMENT_SCHEMA.names
        )

    def _writing(self) -> AbstractContextManager[None]:
        lock = self.root / "locks" / "instruments.lock"
        return holding(lock, subject="the instrument file", wait_s=self.lock_wait_s)
