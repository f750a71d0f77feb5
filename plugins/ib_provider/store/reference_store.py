# SPDX-License-Identifier: Apache-2.0
"""Facts that grow by a few rows at a time, each kind in one Parquet file under ``ref``.

Rules:
    - A fact has a place: what it is about. Of each place one fact is kept, and a kind of fact says
      which of two stays. None is ever deleted.
    - Facts are read, joined and written under one lock, so that no writer loses another's.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, Generic, TypeVar

import pyarrow as pa

from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey, WhatToShow
from ib_provider.store.key_lock import DEFAULT_WAIT_S, holding
from ib_provider.store.parquet_file import read_parquet, write_parquet

__all__ = ["SERIES_FIELDS", "ReferenceStore", "series_columns", "series_of"]

Fact = TypeVar("Fact")

#: The columns that say of which series a row is.
SERIES_FIELDS: Final = (
    pa.field("instrument_id", pa.string(), nullable=False),
    pa.field("bar", pa.string(), nullable=False),
    pa.field("what", pa.string(), nullable=False),
    pa.field("rth", pa.bool_(), nullable=False),
)


@dataclass(frozen=True, slots=True)
class ReferenceStore(ABC, Generic[Fact]):
    """The facts of one kind under ``root``/ref.

    Attributes:
        root: The market tree (``Settings.market``); made when first written to.
        lock_wait_s: How long a writer waits for another one.
        name: The stem of the file.
        schema: Its columns.
    """

    root: Path
    lock_wait_s: float = DEFAULT_WAIT_S

    name: ClassVar[str]
    schema: ClassVar[pa.Schema]

    @property
    def path(self) -> Path:
        """Return the file that holds them."""
        return self.root / "ref" / f"{self.name}.parquet"

    def record(self, facts: Iterable[Fact]) -> None:
        """Join facts to those that are kept.

        Raises:
            CorruptFile: The file is damaged.
            WriteConflict: Another process is writing it.
        """
        said = list(facts)
        if said:
            self._record(said)

    def touch(self) -> Path:
        """Make a file without a row where there is none, for a view to look at; return its path.

        Raises:
            CorruptFile: The file is damaged.
            WriteConflict: Another process is writing it.
        """
        self._record(())
        return self.path

    def all(self) -> tuple[Fact, ...]:
        """Return every fact, by its place.

        Raises:
            CorruptFile: The file is damaged.
        """
        try:
            rows = read_parquet(self.path, self.schema).to_pylist()
        except FileNotFoundError:
            return ()
        return tuple(self._fact(row) for row in rows)

    def _record(self, facts: Iterable[Fact]) -> None:
        lock = self.root / "locks" / f"{self.name}.lock"
        with holding(lock, subject=f"the file {self.path.name}", wait_s=self.lock_wait_s):
            before = {self._place(fact): fact for fact in self.all()}
            kept = dict(before)
            for fact in facts:
                place = self._place(fact)
                kept[place] = self._joined(kept[place], fact) if place in kept else fact
            if kept != before or not self.path.exists():
                rows = [self._row(kept[place]) for place in sorted(kept)]
                write_parquet(self.path, pa.Table.from_pylist(rows, schema=self.schema))

    def _joined(self, old: Fact, new: Fact) -> Fact:  # noqa: ARG002 # a kind may look at both
        """Return which of two facts of one place stays: the one that was said first."""
        return old

    @abstractmethod
    def _place(self, fact: Fact) -> tuple[Any, ...]:
        """Return what a fact is about; places are sorted."""

    @abstractmethod
    def _row(self, fact: Fact) -> dict[str, Any]:
        """Return a fact as a row of the file."""

    @abstractmethod
    def _fact(self, row: dict[str, Any]) -> Fact:
        """Return the fact of a row, the inverse of ``_row``."""


def series_columns(key: SeriesKey) -> dict[str, Any]:
    """Return a series as the values of ``SERIES_FIELDS``."""
    return {
        "instrument_id": key.instrument_id,
        "bar": key.spec.size.value,
        "what": key.spec.what.value,
        "rth": key.spec.rth,
    }


def series_of(row: dict[str, Any]) -> SeriesKey:
    """Return the series that a row is of, the inverse of ``series_columns``."""
    spec = BarSpec(size=BarSize(row["bar"]), what=WhatToShow(row["what"]), rth=row["rth"])
    return SeriesKey(instrument_id=row["instrument_id"], spec=spec)
