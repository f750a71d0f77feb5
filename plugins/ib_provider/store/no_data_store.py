# SPDX-License-Identifier: Apache-2.0
"""The ranges of which IB said in so many words that it has no data, and on which days it did.

One such answer proves nothing: a farm may have been away without a word. The same answer on
another day does, so the first ones are kept until then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey, WhatToShow
from ib_provider.store.key_lock import DEFAULT_WAIT_S, holding
from ib_provider.store.parquet_file import read_parquet, write_parquet

__all__ = ["NO_DATA_SCHEMA", "NoData", "NoDataStore"]

NO_DATA_SCHEMA: Final = pa.schema(
    [
        pa.field("instrument_id", pa.string(), nullable=False),
        pa.field("bar", pa.string(), nullable=False),
        pa.field("what", pa.string(), nullable=False),
        pa.field("rth", pa.bool_(), nullable=False),
        pa.field("start_session", pa.date32(), nullable=False),
        pa.field("end_session", pa.date32(), nullable=False),
        pa.field("said_at", pa.timestamp("us", tz="UTC"), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoData:
    """IB's word that it has no bars of a series from ``start`` to ``end``, exclusive."""

    key: SeriesKey
    start: date
    end: date
    said_at: datetime


@dataclass(frozen=True, slots=True)
class NoDataStore:
    """Such words under ``root``/ref.

    Attributes:
        root: The market tree (``Settings.market``); made when first written to.
        lock_wait_s: How long a writer waits for another one.
    """

    root: Path
    lock_wait_s: float = DEFAULT_WAIT_S

    @property
    def path(self) -> Path:
        """Return the file that holds them."""
        return self.root / "ref" / "no_data.parquet"

    def record(self, said: Iterable[NoData]) -> None:
        """Keep what was said; of one range the first time it was.

        Raises:
            CorruptFile: The file is damaged.
            WriteConflict: Another process is writing it.
        """
        wanted = list(said)
        if not wanted:
            return
        lock = self.root / "locks" / "no_data.lock"
        with holding(lock, subject="the file of what IB has no data of", wait_s=self.lock_wait_s):
            known = self.all()
            kept = {(str(item.key), item.start, item.end): item for item in (*wanted, *known)}
            if len(kept) != len(known):
                rows = [_row(kept[place]) for place in sorted(kept)]
                write_parquet(self.path, pa.Table.from_pylist(rows, schema=NO_DATA_SCHEMA))

    def all(self) -> tuple[NoData, ...]:
        """Return all that was said, by series and range.

        Raises:
            CorruptFile: The file is damaged.
        """
        try:
            rows = read_parquet(self.path, NO_DATA_SCHEMA).to_pylist()
        except FileNotFoundError:
            return ()
        return tuple(_no_data(row) for row in rows)


def _row(item: NoData) -> dict[str, Any]:
    return {
        "instrument_id": item.key.instrument_id,
        "bar": item.key.spec.size.value,
        "what": item.key.spec.what.value,
        "rth": item.key.spec.rth,
        "start_session": item.start,
        "end_session": item.end,
        "said_at": item.said_at,
    }


def _no_data(row: dict[str, Any]) -> NoData:
    spec = BarSpec(size=BarSize(row["bar"]), what=WhatToShow(row["what"]), rth=row["rth"])
    return NoData(
        key=SeriesKey(instrument_id=row["instrument_id"], spec=spec),
        start=row["start_session"],
        end=row["end_session"],
        said_at=row["said_at"],
    )
