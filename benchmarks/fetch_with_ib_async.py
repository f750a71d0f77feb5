# SPDX-License-Identifier: Apache-2.0
"""Fetch years of minutes with ib_async into pandas and Parquet; print bars and seconds as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from ib_async import IB, Stock, util


async def main(port: int, folder: Path, years: int) -> None:
    """Ask for ``1 Y`` of one-minute bars of IBM and write them, as often as there are years."""
    ib = IB()
    await ib.connectAsync("127.0.0.1", port, clientId=3)
    await _year(ib, folder / "warm.parquet")
    began, began_cpu = time.perf_counter(), time.process_time()
    bars = 0
    for number in range(years):
        bars += await _year(ib, folder / f"{number}.parquet")
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - began_cpu
    print(json.dumps({"bars": bars, "seconds": seconds, "cpu_s": cpu_s}))
    ib.disconnect()


async def _year(ib: IB, path: Path) -> int:
    contract = Stock("IBM", "SMART", "USD", conId=8314)
    end = "20130101-00:00:00"
    bars = await ib.reqHistoricalDataAsync(
        contract, end, "1 Y", "1 min", "TRADES", useRTH=True, formatDate=2, timeout=300
    )
    frame = util.df(bars)
    frame.to_parquet(path)
    return len(frame)


if __name__ == "__main__":
    target = Path(sys.argv[2])
    target.mkdir(parents=True)
    asyncio.run(main(int(sys.argv[1]), target, int(sys.argv[3])))
