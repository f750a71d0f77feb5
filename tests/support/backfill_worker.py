# SPDX-License-Identifier: Apache-2.0
"""One of several workers of a backfill: downloads bars into a lake, counted in one budget."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
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
from ib_provider.usecases.fetch_series import SeriesReport, fetch_series
from tests.support.instrument_values import AAPL

__all__ = ["BackfillWorker"]

_MINUTES = BarSpec(size=BarSize.MIN_1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillWorker:
    """A task of a backfill, with all that is its own in a process of its own.

    Attributes:
        folder: Lake, ledger, locks and pacing book; the same for all workers.
        number: Its client id.
        series: How many instruments are its share.
    """

    folder: Path
    port: int
    number: int
    series: int
    spec: BarSpec = _MINUTES

    def instruments(self) -> list[Instrument]:
        """Return the share: one contract under many ids, as the gateway has few with minutes."""
        names = (f"W{self.number}N{item:03}.NASDAQ" for item in range(self.series))
        return [replace(AAPL, instrument_id=name) for name in names]

    async def run(self, start: date, end: date) -> SeriesReport:
        """Stage all bars of the share; the time is the running loop's."""
        url, locks = f"sqlite:///{self.folder}/ledger.db", self.folder / "locks"
        clock = asyncio.get_running_loop().time
        with (
            Ledger.open(url, locks=locks) as ledger,
            PacingBook.open(url, locks=locks, login="bench", clock=clock) as book,
        ):
            return await fetch_series(
                lambda: self._connect(book),
                bars=BarStore(self.folder / "market"),
                ledger=ledger,
                instruments=self.instruments(),
                specs=[self.spec],
                start=start,
                end=end,
                batch=f"worker {self.number}",
            )

    @asynccontextmanager
    async def _connect(self, book: PacingBook) -> AsyncIterator[IbClient]:
        client = IbClient(Endpoint(port=self.port, client_id=self.number))
        budget = SharedBudget(book)
        client.use_budget(budget)
        async with client:
            yield client
        await budget.close()
