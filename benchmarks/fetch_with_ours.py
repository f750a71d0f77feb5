# SPDX-License-Identifier: Apache-2.0
"""Fetch a year of minutes with our client into our store; print bars and seconds as JSON."""

from __future__ import annotations

import asyncio
import json
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


async def main(port: int, folder: Path) -> None:
    """Ask once for ``1 Y`` of one-minute bars of IBM, stage and publish them."""
    spec = BarSpec(size=BarSize.MIN_1)
    key = SeriesKey(instrument_id="IBM.NYSE", spec=spec)
    contract = Contract(con_id=8314, exchange="SMART", primary_exchange="NYSE", currency="USD")
    store = BarStore(folder)
    async with IbClient(Endpoint(port=port, client_id=1)) as client:
        began = time.perf_counter()
        table = await client.historical_bars(contract, spec, end=_END, duration="1 Y")
        staged = store.stage(
            "bench",
            key,
            8314,
            table,
            start=date(2012, 3, 1),
            end=date(2013, 3, 2),
            fetched_at=datetime.now(UTC),
        )
        report = store.publish(staged)
        seconds = time.perf_counter() - began
    print(json.dumps({"bars": report.new, "seconds": seconds}))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
