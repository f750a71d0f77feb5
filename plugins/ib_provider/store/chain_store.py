# SPDX-License-Identifier: Apache-2.0
"""Chains of futures and options, one file an underlying: what IB lists, and what it does not.

Rules:
    * ``first_seen`` never moves; ``last_seen`` is when IB said it last. A contract that has
      expired stays.
    * A strike that an expiry does not have is kept too, so that nobody asks for it again before
      the answer is old. Listed later, it becomes a contract; ``first_seen`` then begins anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pyarrow as pa

from ib_provider.domain.chain_entry import ChainEntry, ChainKey
from ib_provider.store.key_lock import DEFAULT_WAIT_S, holding
from ib_provider.store.parquet_file import read_parquet, write_parquet

__all__ = ["CHAIN_SCHEMA", "ChainStore"]

CHAIN_SCHEMA: Final = pa.schema(
    [
        pa.field("underlying_id", pa.string(), nullable=False),
        pa.field("exchange", pa.string(), nullable=False),
        pa.field("trading_class", pa.string(), nullable=False),
        pa.field("expiry", pa.date32(), nullable=False),
        pa.field("strike", pa.string()),
        pa.field("right", pa.string(), nullable=False),
        pa.field("con_id", pa.int64(), nullable=False),
        pa.field("instrument_id", pa.string(), nullable=False),
        pa.field("first_seen", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("last_seen", pa.timestamp("us", tz="UTC"), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class ChainStore:
    """Chains under ``root``/ref/chains.

    Attributes:
        root: The market tree (``Settings.market``); made when first written to.
        lock_wait_s: How long a writer waits for another one.
    """

    root: Path
    lock_wait_s: float = DEFAULT_WAIT_S

    @property
    def folder(self) -> Path:
        """Return the folder of the files."""
        return self.root / "ref" / "chains"

    def upsert(self, underlying_id: str, entries: Iterable[ChainEntry]) -> int:
        """Keep what IB said of a chain; returns how many contracts were not known to be listed.

        Raises:
            CorruptFile: The chain's file is damaged; delete it and load the chain again.
            WriteConflict: Another process is writing this chain.
        """
        lock = self.root / "locks" / f"chain-{_name(underlying_id)}.lock"
        with holding(lock, subject=f"the chain of {underlying_id}", wait_s=self.lock_wait_s):
            known = self.get(underlying_id)
            merged = dict(known)
            new = 0
            for entry in entries:
                before = merged.get(entry.key)
                new += entry.is_listed and not (before and before.is_listed)
                merged[entry.key] = _merged(before, entry)
            if merged != known:
                write_parquet(self._path(underlying_id), _table(underlying_id, merged.values()))
        return new

    def get(self, underlying_id: str) -> dict[ChainKey, ChainEntry]:
        """Return what is known of a chain; nothing where it was never loaded.

        Raises:
            CorruptFile: The chain's file is damaged.
        """
        try:
            table = read_parquet(self._path(underlying_id), CHAIN_SCHEMA)
        except FileNotFoundError:
            return {}
        return {entry.key: entry for entry in map(_entry, table.to_pylist())}

    def touch(self) -> Path:
        """Make an empty chain, so that the catalog's view has a file; return the folder."""
        path = self.folder / "_none.parquet"
        if not path.exists():
            write_parquet(path, CHAIN_SCHEMA.empty_table())
        return self.folder

    def _path(self, underlying_id: str) -> Path:
        return self.folder / f"{_name(underlying_id)}.parquet"


def _merged(before: ChainEntry | None, now: ChainEntry) -> ChainEntry:
    if before is None or before.con_id != now.con_id:
        return now
    return replace(
        now,
        first_seen=min(before.first_seen, now.first_seen),
        last_seen=max(before.last_seen, now.last_seen),
    )


def _table(underlying_id: str, entries: Iterable[ChainEntry]) -> pa.Table:
    rows = [_row(underlying_id, entry) for entry in entries]
    rows.sort(key=lambda row: (row["exchange"], row["trading_class"], row["expiry"], row["sort"]))
    names = CHAIN_SCHEMA.names
    return pa.Table.from_pydict(
        {name: [row[name] for row in rows] for name in names}, schema=CHAIN_SCHEMA
    )


def _row(underlying_id: str, entry: ChainEntry) -> dict[str, Any]:
    key = entry.key
    return {
        "underlying_id": underlying_id,
        "exchange": key.exchange,
        "trading_class": key.trading_class,
        "expiry": key.expiry,
        "strike": None if key.strike is None else format(key.strike, "f"),
        "right": key.right,
        "con_id": entry.con_id,
        "instrument_id": entry.instrument_id,
        "first_seen": entry.first_seen,
        "last_seen": entry.last_seen,
        "sort": (key.strike or Decimal(0), key.right),
    }


def _entry(row: dict[str, Any]) -> ChainEntry:
    return ChainEntry(
        key=ChainKey(
            exchange=row["exchange"],
            trading_class=row["trading_class"],
            expiry=row["expiry"],
            strike=None if row["strike"] is None else Decimal(row["strike"]),
            right=row["right"],
        ),
        con_id=row["con_id"],
        instrument_id=row["instrument_id"],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
    )


def _name(underlying_id: str) -> str:
    return quote(underlying_id, safe="")
