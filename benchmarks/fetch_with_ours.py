# SPDX-License-Identifier: Apache-2.0
"""Fetch years of minutes with our client into our store; print bars, seconds and memory as JSON."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pyarrow as pa

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey
from ib_provider.domain.contract import Contract
from ib_provider.store.bar_rows import between
from ib_provider.store.bar_store import BarStore
from ib_provider.usecases.work_in_flight import work_in_flight

_END = datetime(2013, 3, 2, tzinfo=UTC)
_SPEC = BarSpec(size=BarSize.MIN_1)
_CONTRACT = Contract(con_id=8314, exchange="SMART", primary_exchange="NYSE", currency="USD")
_IN_FLIGHT = 2


async def main(port: int, folder: Path, years: int) -> None:
    """Ask for ``1 Y`` of one-minute bars, stage and publish them, as often as there are years.

    One answer beforehand, not counted, makes the gateway's and loads what is loaded once. Then as
    a download does: the next answer is read while the last one is written.
    """
    store = BarStore(folder)
    async with IbClient(Endpoint(port=port, client_id=1)) as client:

        async def year(name: str) -> None:
            table = await client.historical_bars(_CONTRACT, _SPEC, end=_END, duration="1 Y")
            counts.append(await asyncio.to_thread(_keep, store, name, table))

        counts: list[int] = []
        before = _memory_mb()
        await year("warm")
        counts.clear()
        began = time.perf_counter()
        names = [f"IBM{number}" for number in range(years)]
        await work_in_flight(names, year, limit=_IN_FLIGHT)
        seconds = time.perf_counter() - began
    memory = _memory_mb() - before
    print(json.dumps({"bars": sum(counts), "seconds": seconds, "memory_mb": memory}))


def _keep(store: BarStore, name: str, table: pa.Table) -> int:
    """Return how many bars were staged and published, a calendar year at a time."""
    key = SeriesKey(instrument_id=f"{name}.NYSE", spec=_SPEC)
    new = 0
    for start, end in pairwise((date(2012, 3, 1), date(2013, 1, 1), date(2013, 3, 2))):
        staged = store.stage(
            "bench",
            key,
            _CONTRACT.con_id,
            between(table, start, end),
            start=start,
            end=end,
            fetched_at=datetime.now(UTC),
        )
        new += store.publish(staged).new
    return new


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
