# SPDX-License-Identifier: Apache-2.0
"""Splits that were met while collecting, one row a split and series, in one Parquet file.

A series tells a split by itself: all its stored prices changed by one ratio. Splits before a
series was first collected are not here; IB had adjusted for them already.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey, WhatToShow
from ib_provider.store.key_lock import DEFAULT_WAIT_S, holding
from ib_provider.store.parquet_file import read_parquet, write_parquet

__all__ = ["SPLIT_SCHEMA", "Split", "SplitStore"]

SPLIT_SCHEMA: Final = pa.schema(
    [
        pa.field("instrument_id", pa.string(), nullable=False),
        pa.field("bar", pa.string(), nullable=False),
        pa.field("what", pa.string(), nullable=False),
        pa.field("rth", pa.bool_(), nullable=False),
        pa.field("ex_session", pa.date32(), nullable=False),
        pa.field("ratio", pa.float64(), nullable=False),
        pa.field("fetched_at", pa.timestamp("us", tz="UTC"), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One split as one series met it.

    Attributes:
        ex_session: The first session that was collected in the new unit: exact where every session
            is collected on its day, else the first after the gap.
        ratio: New price over old, 0.5 for two shares in place of one.
        fetched_at: When IB first answered in the new unit.
    """

    key: SeriesKey
    ex_session: date
    ratio: float
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class SplitStore:
    """Splits under ``root``/ref.

    Attributes:
        root: The market tree (``Settings.market``); made when first written to.
        lock_wait_s: How long a writer waits for another one.
    """

    root: Path
    lock_wait_s: float = DEFAULT_WAIT_S

    @property
    def path(self) -> Path:
        """Return the file that holds them."""
        return self.root / "ref" / "splits.parquet"

    def record(self, *splits: Split) -> None:
        """Keep splits; what is known of a series and an answer stays. Makes the file.

        Raises:
            CorruptFile: The file is damaged.
            WriteConflict: Another process is writing it.
        """
        lock = self.root / "locks" / "splits.lock"
        with holding(lock, subject="the file of splits", wait_s=self.lock_wait_s):
            known = self.all()
            merged = {(item.key, item.fetched_at): item for item in (*splits, *known)}
            if len(merged) != len(known) or not self.path.exists():
                ordered = sorted(merged.values(), key=lambda item: (str(item.key), item.ex_session))
                rows = [_row(item) for item in ordered]
                write_parquet(self.path, pa.Table.from_pylist(rows, schema=SPLIT_SCHEMA))

    def all(self) -> tuple[Split, ...]:
        """Return every split, by series and session.

        Raises:
            CorruptFile: The file is damaged.
        """
        try:
            rows = read_parquet(self.path, SPLIT_SCHEMA).to_pylist()
        except FileNotFoundError:
            return ()
        return tuple(_split(row) for row in rows)


def _row(item: Split) -> dict[str, Any]:
    return {
        "instrument_id": item.key.instrument_id,
        "bar": item.key.spec.size.value,
        "what": item.key.spec.what.value,
        "rth": item.key.spec.rth,
        "ex_session": item.ex_session,
        "ratio": item.ratio,
        "fetched_at": item.fetched_at,
    }


def _split(row: dict[str, Any]) -> Split:
    spec = BarSpec(size=BarSize(row["bar"]), what=WhatToShow(row["what"]), rth=row["rth"])
    return Split(
        key=SeriesKey(instrument_id=row["instrument_id"], spec=spec),
        ex_session=row["ex_session"],
        ratio=row["ratio"],
        fetched_at=row["fetched_at"],
    )
