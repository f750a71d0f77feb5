# SPDX-License-Identifier: Apache-2.0
"""One of several workers of a backfill: downloads minutes into a lake, counted in one budget.

Run as a module: ``<folder> <port> <number> <instruments> <start> <end>``. Says ``ready``, waits
for a line, and says requests and failures as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import BarSize, BarSpec
from ib_provider.domain.contract import Instrument
from ib_provider.ledger.ledger import Ledger
from ib_provider.ledger.pacing_book import PacingBook
from ib_provider.ledger.shared_budget import SharedBudget
from ib_provider.store.bar_store import BarStore
from ib_provider.usecases.fetch_bars import FetchReport, fetch_bars
from ib_provider.usecases.patience import Patience
from tests.support.instrument_values import AAPL

_MINUTES = BarSpec(size=BarSize.MIN_1)


def _instruments(number: int, count: int) -> list[Instrument]:
    """Return as many series as wanted: one contract under many ids, as the gateway has few."""
    return [replace(AAPL, instrument_id=f"W{number}N{item:03}.NASDAQ") for item in range(count)]


async def _run(arguments: list[str]) -> FetchReport:
    folder = Path(arguments[0])
    port, number, count = map(int, arguments[1:4])
    start, end = map(date.fromisoformat, arguments[4:])
    url, locks = f"sqlite:///{folder}/ledger.db", folder / "locks"

    @asynccontextmanager
    async def connect() -> AsyncIterator[IbClient]:
        client = IbClient(Endpoint(port=port, client_id=number))
        budget = SharedBudget(book)
        client.use_budget(budget)
        async with client:
            yield client
        await budget.close()

    with (
        Ledger.open(url, locks=locks) as ledger,
        PacingBook.open(url, locks=locks, login="bench") as book,
    ):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.readline)
        return await fetch_bars(
            connect,
            bars=BarStore(folder / "market"),
            ledger=ledger,
            instruments=_instruments(number, count),
            spec=_MINUTES,
            start=start,
            end=end,
            batch=f"worker {number}",
            patience=Patience(tries=1),
        )


if __name__ == "__main__":
    report = asyncio.run(_run(sys.argv[1:]))
    sys.stdout.write(json.dumps({"requests": report.requests, "failed": report.failed}))
