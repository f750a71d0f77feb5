# SPDX-License-Identifier: Apache-2.0
"""Download the bars that are missing, into the staging area of one batch.

Strategy: what is wanted minus what the ledger says is covered, in parts small enough for memory;
nothing is published here, and a part that this batch has staged already is not asked for again.
So a killed run costs no more than the parts it was in.

Rules:
    * Only finished sessions are asked for: their close lies behind the *gateway's* clock.
    * A failed part is reported by name and spoils no other; a lost link ends the run.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import BarSpec, SeriesKey
from ib_provider.domain.contract import Instrument
from ib_provider.errors import LocalProtocolError, RequestFailed, RequestTimeout
from ib_provider.ledger.ledger import Ledger
from ib_provider.store.bar_store import BarStore
from ib_provider.store.staged_bars import StagedBars
from ib_provider.usecases.download_bars import (
    DownloadedBars,
    SessionRange,
    download_bars,
)
from ib_provider.usecases.missing_bars import missing_bars
from ib_provider.usecases.progress import Progress, silent
from ib_provider.usecases.work_in_flight import work_in_flight

__all__ = ["Connect", "FetchReport", "fetch_bars"]

#: Series asked for at once: enough that the gateway always has one to answer, far below its 50.
_IN_FLIGHT: Final = 4
#: Opens a session at a gateway for the length of a block.
Connect = Callable[[], AbstractAsyncContextManager[IbClient]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchReport:
    """What one batch downloaded.

    Attributes:
        staged: Rows staged by instrument id; 0 where IB had none.
        covered: Instruments for which nothing was missing.
        failed: Why an instrument, or a part of it, could not be downloaded.
    """

    batch: str
    staged: dict[str, int]
    covered: tuple[str, ...]
    failed: dict[str, str]
    requests: int


async def fetch_bars(
    connect: Connect,
    *,
    bars: BarStore,
    ledger: Ledger,
    instruments: Sequence[Instrument],
    spec: BarSpec,
    start: date,
    end: date,
    batch: str,
    in_flight: int = _IN_FLIGHT,
    progress: Progress = silent,
) -> FetchReport:
    """Stage the missing bars of each instrument.

    Args:
        connect: Opens a session at the gateway; not called where nothing is missing.
        start: First session, inclusive, exchange-local.
        end: Day after the last session.
        batch: Names the staging area; the same for every retry of one run.
        in_flight: How many series are asked for at once.

    Raises:
        ConfigError: No venue concerned has a session in the range.
        ConnectionLost: What was staged until then is kept.
    """
    missing = missing_bars(ledger, instruments, spec, start=start, end=end)
    if not any(missing.values()):
        progress(f"nothing missing in {len(instruments):,} series")
        return FetchReport(batch=batch, staged={}, covered=tuple(missing), failed={}, requests=0)
    async with connect() as client:
        now = await client.current_time()
        missing = missing_bars(ledger, instruments, spec, start=start, end=end, now=now)
        run = _Run(
            client=client, bars=bars, spec=spec, batch=batch, now=now, done=bars.staged(batch)
        )

        async def fetch(numbered: tuple[int, Instrument]) -> None:
            number, item = numbered
            where = f"{number}/{len(instruments)} {item.instrument_id}"
            parts = missing[item.instrument_id]
            if not parts:
                progress(f"{where}: nothing missing")
            async for line in run.fetch(item, parts):
                progress(f"{where}: {line}")

        await work_in_flight(enumerate(instruments, 1), fetch, limit=in_flight)
    return FetchReport(
        batch=batch,
        staged=run.staged,
        covered=tuple(name for name, parts in missing.items() if not parts),
        failed=run.failed,
        requests=run.requests,
    )


@dataclass(slots=True, kw_only=True)
class _Run:
    """One batch under way, and what has come of it."""

    client: IbClient
    bars: BarStore
    spec: BarSpec
    batch: str
    now: datetime
    done: Sequence[StagedBars]
    staged: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    requests: int = 0

    async def fetch(self, item: Instrument, parts: Sequence[SessionRange]) -> AsyncIterator[str]:
        """Stage the parts of one series; yields a line for each."""
        name = item.instrument_id
        for part in parts:
            before = self._staged_before(name, part)
            if before is not None:
                self._count(name, before.rows)
                yield f"{before.rows:,} bars staged before"
                if before.ratio is not None:
                    return
                continue
            try:
                answer = await download_bars(
                    self.client,
                    bars=self.bars,
                    instrument=item,
                    spec=self.spec,
                    part=part,
                    whole=(parts[0][0], parts[-1][1]),
                    now=self.now,
                )
            except (LocalProtocolError, RequestFailed, RequestTimeout) as error:
                self.failed[name] = str(error)
                yield str(error)
                continue
            # In a thread: while it writes, the next answer is read and the heartbeat answered.
            await asyncio.to_thread(self._stage, item, answer)
            self.requests += answer.requests
            self._count(name, answer.table.num_rows)
            yield str(answer)
            if answer.ratio is not None:
                return

    def _stage(self, item: Instrument, answer: DownloadedBars) -> None:
        self.bars.stage(
            self.batch,
            SeriesKey(instrument_id=item.instrument_id, spec=self.spec),
            item.contract.con_id,
            answer.table,
            start=answer.span[0],
            end=answer.span[1],
            fetched_at=self.now,
            ratio=answer.ratio,
        )

    def _count(self, name: str, rows: int) -> None:
        self.staged[name] = self.staged.get(name, 0) + rows

    def _staged_before(self, name: str, part: SessionRange) -> StagedBars | None:
        """Return what an earlier try of this batch staged for a part."""
        key = SeriesKey(instrument_id=name, spec=self.spec)
        for item in self.done:
            if item.key == key and item.start <= part[0] and part[1] <= item.end:
                return item
        return None
