# SPDX-License-Identifier: Apache-2.0
"""Continuous futures as they were stitched, each beside its roll log.

    <root>/continuous/bar=1_day/what=TRADES/rth=0/continuous_id=ES.CME/rule=volume/adjust=ratio/
        bars.parquet    adjusted bars, each with the contract it is from and its own close
        rolls.parquet   the roll log

A continuous series is made from contracts at any time, so it is replaced whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from ib_provider.domain.bar import SeriesKey
from ib_provider.domain.bar_table import BAR_SCHEMA
from ib_provider.domain.rolls import Roll
from ib_provider.store.key_lock import DEFAULT_WAIT_S, holding
from ib_provider.store.layout import series_folder
from ib_provider.store.parquet_file import read_parquet, write_parquet

__all__ = ["CONTINUOUS_SCHEMA", "ROLL_SCHEMA", "ContinuousStore"]

CONTINUOUS_SCHEMA: Final = pa.schema(
    [
        pa.field("instrument_id", pa.string(), nullable=False),
        *BAR_SCHEMA,
        pa.field("unadjusted_close", pa.float64()),
    ]
)
ROLL_SCHEMA: Final = pa.schema(
    [
        pa.field("session", pa.date32(), nullable=False),
        pa.field("from_id", pa.string(), nullable=False),
        pa.field("to_id", pa.string(), nullable=False),
        pa.field("priced_on", pa.date32(), nullable=False),
        pa.field("difference", pa.float64(), nullable=False),
        pa.field("ratio", pa.float64()),
        pa.field("aligned", pa.bool_(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class ContinuousStore:
    """Continuous futures under ``root``/continuous.

    Attributes:
        root: The market tree (``Settings.market``); made when first written to.
        lock_wait_s: How long a writer waits for another one.
    """

    root: Path
    lock_wait_s: float = DEFAULT_WAIT_S

    def replace(self, key: SeriesKey, variant: str, table: pa.Table, rolls: Sequence[Roll]) -> Path:
        """Keep a series over what was there; returns its folder.

        Args:
            key: The continuous id, ``ES.CME``, and the kind of bar.
            variant: Rule and adjustment, as a relative folder: ``rule=volume/adjust=ratio``.
            table: In ``CONTINUOUS_SCHEMA``.

        Raises:
            WriteConflict: Another process is writing it.
        """
        folder = self.folder(key, variant)
        lock = self.root / "locks" / folder.relative_to(self.root) / "continuous.lock"
        with holding(lock, subject=f"{key} {variant}", wait_s=self.lock_wait_s):
            log = pa.Table.from_pylist([asdict(roll) for roll in rolls], schema=ROLL_SCHEMA)
            write_parquet(folder / "rolls.parquet", log)
            write_parquet(folder / "bars.parquet", table.cast(CONTINUOUS_SCHEMA))
        return folder

    def read(self, key: SeriesKey, variant: str) -> pa.Table:
        """Return the bars of a series, ascending.

        Raises:
            FileNotFoundError: It was never stitched.
        """
        return read_parquet(self.folder(key, variant) / "bars.parquet", CONTINUOUS_SCHEMA)

    def rolls(self, key: SeriesKey, variant: str) -> tuple[Roll, ...]:
        """Return the roll log of a series.

        Raises:
            FileNotFoundError: It was never stitched.
        """
        table = read_parquet(self.folder(key, variant) / "rolls.parquet", ROLL_SCHEMA)
        return tuple(Roll(**row) for row in table.to_pylist())

    def folder(self, key: SeriesKey, variant: str) -> Path:
        """Return where a series lies."""
        series = series_folder(key)
        named = series.name.replace("instrument_id=", "continuous_id=", 1)
        return self.root / "continuous" / series.parent / named / variant
