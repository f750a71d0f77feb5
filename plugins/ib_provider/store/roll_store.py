# SPDX-License-Identifier: Apache-2.0
"""Roll calendars of continuous futures, one file: which month stands for the series, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from ib_provider.domain.roll_rule import HeldContract
from ib_provider.store.key_lock import DEFAULT_WAIT_S, holding
from ib_provider.store.parquet_file import read_parquet, write_parquet

__all__ = ["ROLL_SCHEMA", "RollStore"]

#: ``end_day`` is exclusive; null is open.
ROLL_SCHEMA: Final = pa.schema(
    [
        pa.field("root_id", pa.string(), nullable=False),
        pa.field("rule", pa.string(), nullable=False),
        pa.field("instrument_id", pa.string(), nullable=False),
        pa.field("con_id", pa.int64(), nullable=False),
        pa.field("expiry", pa.date32(), nullable=False),
        pa.field("start_day", pa.date32()),
        pa.field("end_day", pa.date32()),
    ]
)


@dataclass(frozen=True, slots=True)
class RollStore:
    """Roll calendars under ``root``/ref.

    Attributes:
        root: The market tree (``Settings.market``); made when first written to.
        lock_wait_s: How long a writer waits for another one.
    """

    root: Path
    lock_wait_s: float = DEFAULT_WAIT_S

    @property
    def path(self) -> Path:
        """Return the file that holds them."""
        return self.root / "ref" / "futures_rolls.parquet"

    def replace(self, root_id: str, rule: str, held: Sequence[HeldContract]) -> None:
        """Keep the calendar of a root and rule in place of the one before.

        Raises:
            CorruptFile: The file is damaged; delete it and load the chains again.
            WriteConflict: Another process is writing it.
        """
        with holding(
            self.root / "locks" / "rolls.lock",
            subject="the roll calendars",
            wait_s=self.lock_wait_s,
        ):
            table = self._table()
            same = pc.and_(pc.equal(table["root_id"], root_id), pc.equal(table["rule"], rule))
            merged = pa.concat_tables([table.filter(pc.invert(same)), _rows(root_id, rule, held)])
            merged = merged.sort_by(
                [("root_id", "ascending"), ("rule", "ascending"), ("expiry", "ascending")]
            )
            write_parquet(self.path, merged)

    def get(self, root_id: str, rule: str) -> tuple[HeldContract, ...]:
        """Return the calendar of a root and rule, by expiry; nothing where there is none.

        Raises:
            CorruptFile: The file is damaged.
        """
        return tuple(
            HeldContract(
                instrument_id=row["instrument_id"],
                con_id=row["con_id"],
                expiry=row["expiry"],
                start=row["start_day"],
                end=row["end_day"],
            )
            for row in self._table().to_pylist()
            if (row["root_id"], row["rule"]) == (root_id, rule)
        )

    def touch(self) -> Path:
        """Make an empty file, so that the catalog's view has one; return its path."""
        if not self.path.exists():
            write_parquet(self.path, ROLL_SCHEMA.empty_table())
        return self.path

    def _table(self) -> pa.Table:
        try:
            return read_parquet(self.path, ROLL_SCHEMA)
        except FileNotFoundError:
            return ROLL_SCHEMA.empty_table()


def _rows(root_id: str, rule: str, held: Sequence[HeldContract]) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "root_id": root_id,
                "rule": rule,
                "instrument_id": item.instrument_id,
                "con_id": item.con_id,
                "expiry": item.expiry,
                "start_day": item.start,
                "end_day": item.end,
            }
            for item in held
        ],
        schema=ROLL_SCHEMA,
    )
