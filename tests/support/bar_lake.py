# SPDX-License-Identifier: Apache-2.0
"""A lake of bars that is filled from simulated gateways standing at different days."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import BarSpec, SeriesKey
from ib_provider.ledger.ledger import Ledger
from ib_provider.simulator import SimulatedGateway, SimulatorOptions
from ib_provider.store.bar_store import BarStore
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.usecases.fetch_bars import FetchReport, fetch_bars
from ib_provider.usecases.judge_bars import JudgeReport, judge_bars
from ib_provider.usecases.load_instruments import load_instruments

__all__ = ["Lake", "lake_at"]


@dataclass(frozen=True, slots=True)
class Lake:
    """A market tree with its ledger; the gateway is another one at each pull."""

    root: Path
    ledger: Ledger
    said: list[str] = field(default_factory=list)

    @property
    def bars(self) -> BarStore:
        return BarStore(self.root / "market")

    async def pull(
        self, ids: tuple[str, ...], spec: BarSpec, start: date, end: date, *, clock: str
    ) -> tuple[FetchReport, JudgeReport]:
        """Fetch and judge a range from a gateway whose clock stands at ``clock``."""
        store = InstrumentStore(self.root / "market")
        options = SimulatorOptions(port=0, clock=clock)
        async with SimulatedGateway(options) as gateway:
            endpoint = Endpoint(port=gateway.port, client_id=7, request_timeout_s=20)
            async with IbClient(endpoint) as client:
                await load_instruments(client, store=store, ids=ids)
            fetched = await fetch_bars(
                lambda: IbClient(endpoint),
                bars=self.bars,
                ledger=self.ledger,
                instruments=[store.get(ids)[name] for name in ids],
                spec=spec,
                start=start,
                end=end,
                batch=clock,
                progress=self.said.append,
            )
        judged = judge_bars(bars=self.bars, ledger=self.ledger, batch=clock)
        judged.raise_if_critical()
        return fetched, judged

    def read(self, name: str, spec: BarSpec) -> pa.Table:
        return self.bars.read(SeriesKey(instrument_id=name, spec=spec))


@contextmanager
def lake_at(root: Path) -> Iterator[Lake]:
    """Yield an empty lake under a folder."""
    with Ledger.open(f"sqlite:///{root / 'ledger.db'}", locks=root / "locks") as ledger:
        yield Lake(root, ledger)
