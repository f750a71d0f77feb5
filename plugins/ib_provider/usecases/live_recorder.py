# SPDX-License-Identifier: Apache-2.0
"""Live values on their way into the store: gathered, written as parts, made one file at the end."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import uuid4

import pyarrow as pa

from ib_provider.domain.live import StreamKind
from ib_provider.store.live_table import LIVE_TABLES, live_rows
from ib_provider.store.part_store import PartStore

__all__ = ["LiveRecorder"]

_Key = tuple[StreamKind, str]


class LiveRecorder:
    """The one writer of a capture.

    Args:
        capture: Names the capture; every run of it writes under a name of its own besides.
    """

    def __init__(self, store: PartStore, *, capture: str) -> None:
        self._store = store
        self._run = f"{capture}-{uuid4().hex[:8]}"
        self._values: defaultdict[_Key, list[Any]] = defaultdict(list)
        self._received: defaultdict[_Key, list[int]] = defaultdict(list)
        self._parts = 0
        self._rows = 0

    @contextmanager
    def holding(self, keys: Iterable[_Key]) -> Iterator[None]:
        """Hold the writer's place of everything that will be written.

        Raises:
            WriteConflict: Another process captures one of them.
        """
        places = {(LIVE_TABLES[kind].name, name): LIVE_TABLES[kind] for kind, name in keys}
        with ExitStack() as stack:
            for (_, name), table in sorted(places.items(), key=lambda place: place[0]):
                stack.enter_context(self._store.writing(table, name))
            yield

    def add(self, kind: StreamKind, name: str, value: Any) -> None:
        """Take one value; it is in the store after the next ``flush``."""
        self._values[kind, name].append(value)
        self._received[kind, name].append(time.time_ns() // 1000)

    async def flush(self) -> int:
        """Write what was taken; return how many rows. The loop goes on meanwhile."""
        values, self._values = self._values, defaultdict(list)
        received, self._received = self._received, defaultdict(list)
        tables = []
        for (kind, name), some in values.items():
            rows = live_rows(
                kind, some, received_us=received[kind, name], capture=self._run, seq=self._rows
            )
            self._rows += rows.num_rows
            tables.append((kind, name, rows))
        await self._write_aside(tables)
        return sum(rows.num_rows for *_, rows in tables)

    async def write(self, kind: StreamKind, name: str, rows: pa.Table) -> None:
        """Write rows that were made elsewhere, in their table's schema."""
        await self._write_aside([(kind, name, rows)])

    async def compact(self, keys: Iterable[_Key]) -> None:
        """Make one file of each day's parts."""
        for kind, name in dict.fromkeys(keys):
            await asyncio.to_thread(self._store.compact, LIVE_TABLES[kind], name)

    @property
    def run(self) -> str:
        """Return the name that this run's rows carry."""
        return self._run

    async def _write_aside(self, tables: list[tuple[StreamKind, str, pa.Table]]) -> None:
        """Write in a thread. Whoever is cancelled meanwhile waits for it: the rows are taken."""
        writing = asyncio.ensure_future(asyncio.to_thread(self._write, tables))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.wait([writing])
            raise

    def _write(self, tables: Iterable[tuple[StreamKind, str, pa.Table]]) -> None:
        for kind, name, rows in tables:
            self._parts += 1
            part = f"{self._run}-{self._parts:06d}"
            self._store.append(LIVE_TABLES[kind], name, rows, part=part)
