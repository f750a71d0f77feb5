# SPDX-License-Identifier: Apache-2.0
"""A lake of bars beside one simulated gateway that stays, and to which things happen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import BarSpec, SeriesKey
from ib_provider.domain.contract import Instrument
from ib_provider.domain.coverage import CoverageState
from ib_provider.ledger.ledger import Ledger
from ib_provider.simulator import SimulatedGateway, SimulatorOptions
from ib_provider.simulator.limits.limits import Limits
from ib_provider.store.bar_store import BarStore
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.usecases.fetch_bars import FetchReport, fetch_bars
from ib_provider.usecases.judge_bars import JudgeReport, judge_bars
from ib_provider.usecases.load_instruments import load_instruments
from ib_provider.usecases.patience import Patience
from tests.support.control import carry_out

__all__ = ["DAY_S", "BarDesk", "bar_desk"]

DAY_S = 86_400.0
_DAY = timedelta(days=1)


@dataclass(slots=True)
class BarDesk:
    """A gateway whose clock stands still, a market tree, a ledger, and waits that take no time."""

    gateway: SimulatedGateway
    root: Path
    ledger: Ledger
    timeout_s: float
    said: list[str] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    on_connect: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    on_wait: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    _pulls: int = 0

    @property
    def bars(self) -> BarStore:
        return BarStore(self.root / "market")

    async def do(self, action: str, **more: Any) -> None:
        """Have something happen at the gateway."""
        await carry_out(self.gateway.control_port, action, **more)

    async def load(self, *ids: str) -> dict[str, Instrument]:
        """Load instruments and return them."""
        store = InstrumentStore(self.root / "market")
        async with self.connect() as client:
            await load_instruments(client, store=store, ids=ids)
        return store.get(ids)

    async def fetch(
        self, ids: tuple[str, ...], spec: BarSpec, start: date, end: date, **more: Any
    ) -> FetchReport:
        """Download into a batch of its own, or into ``batch``."""
        known = InstrumentStore(self.root / "market").get(ids)
        if len(known) < len(ids):
            known = await self.load(*ids)
        self._pulls += 1
        return await fetch_bars(
            self.connect,
            bars=self.bars,
            ledger=self.ledger,
            instruments=[known[name] for name in ids],
            spec=spec,
            start=start,
            end=end,
            batch=more.pop("batch", str(self._pulls)),
            progress=self.said.append,
            patience=Patience(tries=more.pop("tries", 4), sleep=self._wait),
            **more,
        )

    async def pull(
        self, ids: tuple[str, ...], spec: BarSpec, start: date, end: date, **more: Any
    ) -> tuple[FetchReport, JudgeReport]:
        """Download and judge; nothing may be held back."""
        fetched = await self.fetch(ids, spec, start, end, **more)
        judged = judge_bars(bars=self.bars, ledger=self.ledger, batch=fetched.batch)
        judged.raise_if_critical()
        return fetched, judged

    def read(self, name: str, spec: BarSpec) -> pa.Table:
        return self.bars.read(SeriesKey(instrument_id=name, spec=spec))

    def closes(self, name: str, spec: BarSpec) -> dict[date, float]:
        """Return the closes of a daily series by session."""
        table = self.read(name, spec)
        return dict(zip(table["session"].to_pylist(), table["close"].to_pylist(), strict=True))

    def states(self, name: str, spec: BarSpec, *days: date) -> list[str]:
        """Return what is known of each day: the strongest word there is."""
        spans = self.ledger.spans(SeriesKey(instrument_id=name, spec=spec))
        found = []
        for day in days:
            here = {span.state for span in spans if span.start <= day < span.end}
            strongest = [state for state in CoverageState if state in here]
            found.append(str(strongest[0]) if strongest else "never asked")
        return found

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[IbClient]:
        endpoint = Endpoint(port=self.gateway.port, client_id=7, request_timeout_s=self.timeout_s)
        async with IbClient(endpoint) as client:
            while self.on_connect:
                action, more = self.on_connect.pop(0)
                await self.do(action, **more)
            yield client

    async def _wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        if self.on_wait:
            action, more = self.on_wait.pop(0)
            await self.do(action, **more)
            await asyncio.sleep(0.05)


@asynccontextmanager
async def bar_desk(
    root: Path, clock: str, *, timeout_s: float = 20.0, **changes: Any
) -> AsyncIterator[BarDesk]:
    """Yield an empty lake beside a gateway whose clock stands at ``clock``."""
    settings: dict[str, Any] = {"limits": Limits(pacing=False)} | changes
    options = SimulatorOptions(port=0, control_port=0, clock=clock, speed=0.0, **settings)
    with Ledger.open(f"sqlite:///{root / 'ledger.db'}", locks=root / "locks") as ledger:
        async with SimulatedGateway(options) as gateway:
            yield BarDesk(gateway, root, ledger, timeout_s)
