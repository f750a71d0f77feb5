# SPDX-License-Identifier: Apache-2.0
"""The sessions that IB named, one row a day, market and kind of hours, in one Parquet file.

Rules:
    * A day that lies within an answer and has no session in it is kept as closed.
    * What was ever named is kept: answers are joined, and a session in any of them beats a closed
      day in another, because a contract may be younger than its market.
    * Of two answers that name a session the later one has its hours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from ib_provider.store.key_lock import DEFAULT_WAIT_S, holding
from ib_provider.store.parquet_file import read_parquet, write_parquet

__all__ = ["SESSION_SCHEMA", "NamedSession", "SessionStore"]

SESSION_SCHEMA: Final = pa.schema(
    [
        pa.field("market", pa.string(), nullable=False),
        pa.field("rth", pa.bool_(), nullable=False),
        pa.field("session", pa.date32(), nullable=False),
        pa.field("opens_at", pa.timestamp("us", tz="UTC")),
        pa.field("closes_at", pa.timestamp("us", tz="UTC")),
        pa.field("seen_at", pa.timestamp("us", tz="UTC"), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSession:
    """What IB said of one day of one market.

    Attributes:
        market: Venue and class of instruments, ``NASDAQ STK``, ``CME ES``.
        rth: Whether the hours are the regular ones.
        opens_at: None, like ``closes_at``, where IB knows no session on that day.
        seen_at: When IB said so.
    """

    market: str
    rth: bool
    session: date
    opens_at: datetime | None
    closes_at: datetime | None
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class SessionStore:
    """Sessions under ``root``/ref.

    Attributes:
        root: The market tree (``Settings.market``); made when first written to.
        lock_wait_s: How long a writer waits for another one.
    """

    root: Path
    lock_wait_s: float = DEFAULT_WAIT_S

    @property
    def path(self) -> Path:
        """Return the file that holds them."""
        return self.root / "ref" / "sessions.parquet"

    def record(self, named: Iterable[NamedSession]) -> None:
        """Join an answer to what is kept.

        Raises:
            CorruptFile: The file is damaged.
            WriteConflict: Another process is writing it.
        """
        lock = self.root / "locks" / "sessions.lock"
        with holding(lock, subject="the file of sessions", wait_s=self.lock_wait_s):
            kept = {_place(item): item for item in self.all()}
            before = dict(kept)
            for item in named:
                kept[_place(item)] = _joined(kept.get(_place(item)), item)
            if kept != before:
                rows = [_row(kept[place]) for place in sorted(kept)]
                write_parquet(self.path, pa.Table.from_pylist(rows, schema=SESSION_SCHEMA))

    def all(self) -> tuple[NamedSession, ...]:
        """Return every day that IB spoke of, by market, hours and day.

        Raises:
            CorruptFile: The file is damaged.
        """
        try:
            rows = read_parquet(self.path, SESSION_SCHEMA).to_pylist()
        except FileNotFoundError:
            return ()
        return tuple(NamedSession(**row) for row in rows)


def _place(item: NamedSession) -> tuple[str, bool, date]:
    return item.market, item.rth, item.session


def _joined(old: NamedSession | None, new: NamedSession) -> NamedSession:
    if old is None or old.opens_at is None:
        return new
    return old if new.opens_at is None or new.seen_at < old.seen_at else new


def _row(item: NamedSession) -> dict[str, Any]:
    return {name: getattr(item, name) for name in SESSION_SCHEMA.names}
