# SPDX-License-Identifier: Apache-2.0
"""The instruments that were ever loaded, one row an id, in one Parquet file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from ib_provider.domain.contract import Instrument
from ib_provider.store.instrument_table import (
    INSTRUMENT_SCHEMA,
    instrument_rows,
    instruments_in,
)
from ib_provider.store.key_lock import DEFAULT_WAIT_S, holding
from ib_provider.store.parquet_file import read_parquet, write_parquet

__all__ = ["InstrumentStore"]


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

    def upsert(self, instruments: Sequence[Instrument]) -> int:
        """Keep the instruments, each over what was known under its id; returns how many are new.

        Raises:
            CorruptFile: The file is damaged; delete it and load the instruments again.
            WriteConflict: Another process is writing it.
        """
        with self._writing():
            known = {item.instrument_id: item for item in self.all()}
            merged = known | {item.instrument_id: item for item in instruments}
            if merged != known or not self.path.exists():
                self._write(merged.values())
        return len(merged) - len(known)

    def get(self, ids: Iterable[str]) -> dict[str, Instrument]:
        """Return the instruments of these ids; an id that was never loaded is not in it.

        Raises:
            CorruptFile: The file is damaged.
        """
        known = {item.instrument_id: item for item in self.all()}
        return {one: known[one] for one in ids if one in known}

    def all(self) -> tuple[Instrument, ...]:
        """Return every instrument, sorted by id.

        Raises:
            CorruptFile: The file is damaged.
        """
        try:
            return instruments_in(read_parquet(self.path, INSTRUMENT_SCHEMA))
        except FileNotFoundError:
            return ()

    def _write(self, instruments: Iterable[Instrument]) -> None:
        rows = instrument_rows(sorted(instruments, key=lambda item: item.instrument_id))
        write_parquet(self.path, rows)

    def _writing(self) -> AbstractContextManager[None]:
        lock = self.root / "locks" / "instruments.lock"
        return holding(lock, subject="the instrument file", wait_s=self.lock_wait_s)
