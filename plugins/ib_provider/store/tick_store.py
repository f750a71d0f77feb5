# SPDX-License-Identifier: Apache-2.0
"""Past ticks, one file a session: there whole, or not asked for.

    <root>/ticks/kind=trades/rth=0/instrument_id=AAPL.NASDAQ/session=2013-03-04/ticks.parquet

A session without a tick has a file without a row: it was asked for, and IB answered. The footer
says of which contract and when, and which seconds IB could not give whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote

import pyarrow as pa

from ib_provider.domain.tick_kind import TickKind
from ib_provider.errors import CorruptFile
from ib_provider.store.key_lock import DEFAULT_WAIT_S, holding
from ib_provider.store.parquet_file import read_footer, read_parquet, write_parquet

__all__ = ["TICK_SCHEMAS", "TickFile", "TickKey", "TickStore", "tick_rows"]

_KEY: Final = "ib_provider.ticks"
_TS: Final = pa.field("ts", pa.timestamp("us", tz="UTC"), nullable=False)
_F, _B, _S = pa.float64(), pa.bool_(), pa.string()

#: Columns by kind. ``ts`` is IB's whole second; ``seq`` the tick's place in the session, from 0.
TICK_SCHEMAS: Final[Mapping[TickKind, pa.Schema]] = MappingProxyType(
    {
        kind: pa.schema([_TS, pa.field("seq", pa.int64(), nullable=False), *fields])
        for kind, fields in {
            TickKind.TRADES: (
                ("price", _F),
                ("size", _F),
                ("exchange", _S),
                ("conditions", _S),
                ("past_limit", _B),
                ("unreported", _B),
            ),
            TickKind.BID_ASK: (
                ("bid", _F),
                ("ask", _F),
                ("bid_size", _F),
                ("ask_size", _F),
                ("bid_past_low", _B),
                ("ask_past_high", _B),
            ),
            TickKind.MIDPOINT: (("price", _F),),
        }.items()
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TickKey:
    """One series of ticks."""

    instrument_id: str
    kind: TickKind
    rth: bool = False

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.kind} {'rth' if self.rth else 'all hours'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TickFile:
    """What the file of one session says of itself.

    Attributes:
        cut_seconds: Seconds since 1970 of which IB would not give all ticks; nearly always none.
    """

    session: date
    rows: int
    con_id: int
    fetched_at: datetime
    cut_seconds: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TickStore:
    """Ticks under ``root``/ticks.

    Attributes:
        root: The market tree (``Settings.market``); made when first written to.
        lock_wait_s: How long a writer waits for another one of the same series.
    """

    root: Path
    lock_wait_s: float = DEFAULT_WAIT_S

    def folder(self, key: TickKey) -> Path:
        """Return where a series lies."""
        name = f"instrument_id={quote(key.instrument_id, safe='')}"
        return self.root / "ticks" / f"kind={key.kind}" / f"rth={int(key.rth)}" / name

    def path(self, key: TickKey, session: date) -> Path:
        """Return where the ticks of one session lie, or would lie."""
        return self.folder(key) / f"session={session.isoformat()}" / "ticks.parquet"

    def sessions(self, key: TickKey) -> frozenset[date]:
        """Return the sessions that were collected, those without a tick among them."""
        paths = self.folder(key).glob("session=*/ticks.parquet")
        names = (path.parent.name.removeprefix("session=") for path in paths)
        return frozenset(date.fromisoformat(name) for name in names)

    def write(
        self,
        key: TickKey,
        session: date,
        table: pa.Table,
        *,
        con_id: int,
        fetched_at: datetime,
        cut_seconds: Sequence[int] = (),
    ) -> None:
        """Keep all ticks of a session, over what was there.

        Args:
            table: In the schema of the kind, ascending.

        Raises:
            WriteConflict: Another process is writing this series.
        """
        about = {
            "con_id": con_id,
            "fetched_at": fetched_at.isoformat(),
            "cut_seconds": list(cut_seconds),
        }
        path = self.path(key, session)
        lock = self.root / "locks" / self.folder(key).relative_to(self.root) / "ticks.lock"
        with holding(lock, subject=str(key), wait_s=self.lock_wait_s):
            write_parquet(
                path, table.cast(TICK_SCHEMAS[key.kind]), {_KEY: json.dumps(about, sort_keys=True)}
            )

    def read(self, key: TickKey, session: date) -> pa.Table:
        """Return the ticks of a session.

        Raises:
            FileNotFoundError: It was not collected.
            CorruptFile: Its file is damaged.
        """
        return read_parquet(self.path(key, session), TICK_SCHEMAS[key.kind])

    def describe(self, key: TickKey, session: date) -> TickFile:
        """Return what the file of a session says of itself.

        Raises:
            FileNotFoundError: It was not collected.
            CorruptFile: Its file is damaged.
        """
        path = self.path(key, session)
        footer = read_footer(path, TICK_SCHEMAS[key.kind])
        try:
            about = json.loads(footer.metadata[_KEY])
            return TickFile(
                session=session,
                rows=footer.rows,
                con_id=int(about["con_id"]),
                fetched_at=datetime.fromisoformat(about["fetched_at"]),
                cut_seconds=tuple(about["cut_seconds"]),
            )
        except (KeyError, ValueError) as error:
            raise CorruptFile(str(path), f"its metadata do not say what it is: {error}") from error


def tick_rows(kind: TickKind, ticks: Sequence[Any], *, seq: int) -> pa.Table:
    """Return ticks as rows of their kind's schema, numbered from ``seq``."""
    schema = TICK_SCHEMAS[kind]
    columns = {
        name: [getattr(tick, name) for tick in ticks] for name in schema.names if name != "seq"
    }
    return pa.table(columns | {"seq": range(seq, seq + len(ticks))}, schema=schema)
