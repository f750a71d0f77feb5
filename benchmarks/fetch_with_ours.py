# SPDX-License-Identifier: Apache-2.0
"""Fetch years of minutes with our client into our store; print bars, seconds and memory as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey
from ib_provider.domain.contract import Contract
from ib_provider.store.bar_store import BarStore
from ib_provider.store.staged_bars import StagedBars
from ib_provider.usecases.work_in_flight import work_in_flight

_START, _END = date(2012, 1, 1), date(2013, 1, 1)
_SPEC = BarSpec(size=BarSize.MIN_1)
_CONTRACT = Contract(con_id=8314, exchange="SMART", primary_exchange="NYSE", currency="USD")
_BATCH = "bench"
_IN_FLIGHT = 3


async def main(port: int, folder: Path, years: int) -> None:
    """Ask for a year of one-minute bars, as often as there are years, stage and publish them.

    One answer beforehand, not counted, makes the gateway's and loads what is loaded once. Then as
    a download does: the next answer is read while the last one is written, and what is staged is
    published when all of it is there. A calendar year, as a plan of minutes has it: one file.
    """
    store = BarStore(folder)
    async with IbClient(Endpoint(port=port, client_id=1)) as client:

        async def year(name: str) -> None:
            end = datetime(_END.year, _END.month, _END.day, tzinfo=UTC)
            table = await client.historical_bars(_CONTRACT, _SPEC, end=end, duration="1 Y")
            staged.append(await asyncio.to_thread(_stage, store, name, table))

        async def publish(item: StagedBars) -> None:
            counts.append((await asyncio.to_thread(store.publish, item)).new)

        staged: list[StagedBars] = []
        counts: list[int] = []
        before = _memory_mb()
        await year("warm")
        store.publish(staged.pop())
        began, began_cpu = time.perf_counter(), time.process_time()
        await work_in_flight([f"IBM{number}" for number in range(years)], year, limit=_IN_FLIGHT)
        await work_in_flight(staged, publish, limit=_IN_FLIGHT)
        seconds, cpu_s = time.perf_counter() - began, time.process_time() - began_cpu
    memory = _memory_mb() - before
    print(
        json.dumps({"bars": sum(counts), "seconds": seconds, "cpu_s": cpu_s, "memory_mb": memory})
    )


def _stage(store: BarStore, name: str, table: pa.Table) -> StagedBars:
    """Return the bars of a year as they wait to be published."""
    return store.stage(
        _BATCH,
        SeriesKey(instrument_id=f"{name}.NYSE", spec=_SPEC),
        _CONTRACT.con_id,
        table,
        start=_START,
        end=_END,
        fetched_at=datetime.now(UTC),
    )


def _memory_mb() -> float:
    """Return the most memory that this process has had; ``ru_maxrss`` begins with its parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
