# SPDX-License-Identifier: Apache-2.0
"""Fetch years of minutes with our client into our store; print bars, seconds and memory as JSON."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey
from ib_provider.domain.contract import Contract
from ib_provider.store.bar_store import BarStore

_END = datetime(2013, 3, 2, tzinfo=UTC)


async def main(port: int, folder: Path, years: int) -> None:
    """Ask for ``1 Y`` of one-minute bars, stage and publish them, as often as there are years.

    One answer beforehand, not counted, makes the gateway's and loads what is loaded once.
    """
    store = BarStore(folder)
    async with IbClient(Endpoint(port=port, client_id=1)) as client:
        await _year(client, store, "warm")
        before = _memory_mb()
        began = time.perf_counter()
        bars = 0
        for number in range(years):
            bars += await _year(client, store, f"IBM{number}")
        seconds = time.perf_counter() - began
    print(json.dumps({"bars": bars, "seconds": seconds, "memory_mb": _memory_mb() - before}))


async def _year(client: IbClient, store: BarStore, name: str) -> int:
    spec = BarSpec(size=BarSize.MIN_1)
    contract = Contract(con_id=8314, exchange="SMART", primary_exchange="NYSE", currency="USD")
    table = await client.historical_bars(contract, spec, end=_END, duration="1 Y")
    staged = store.stage(
        "bench",
        SeriesKey(instrument_id=f"{name}.NYSE", spec=spec),
        8314,
        table,
        start=date(2012, 3, 1),
        end=date(2013, 3, 2),
        fetched_at=datetime.now(UTC),
    )
    return store.publish(staged).new


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
