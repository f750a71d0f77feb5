# SPDX-License-Identifier: Apache-2.0
"""The processes that are killed: the task of a rebalance, its watcher, the simulated gateway.

Each is forked from a server that has everything imported, so that a life costs what its work costs.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from dataclasses import dataclass
from decimal import Decimal
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.config import Settings, load_settings
from ib_provider.domain.account import TradingMode
from ib_provider.errors import ConnectionLost, IbProviderError
from ib_provider.ledger.ledger import Ledger
from ib_provider.simulator import SimulatedGateway, SimulatorOptions
from ib_provider.simulator.exchange.fills import Telling
from ib_provider.simulator.exchange.trading_options import TradingOptions
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.usecases.execute_plan import execute_plan
from ib_provider.usecases.kill_switch import KillSwitch
from ib_provider.usecases.load_instruments import load_instruments
from ib_provider.usecases.plan_rebalance import plan_rebalance
from ib_provider.usecases.read_yaml import read_limits, read_portfolio
from ib_provider.usecases.trading_guard import TradingGuard
from ib_provider.usecases.watch_orders import watch_orders

__all__ = [
    "ACCOUNT",
    "IDS",
    "GatewayLife",
    "TaskLife",
    "load_desk",
    "run_gateway",
    "run_task",
    "run_watcher",
]

ACCOUNT: Final = "DU1000001"
IDS: Final = ("AAPL.NASDAQ", "FB.NASDAQ", "GOOG.NASDAQ", "IBM.NYSE", "MSFT.NASDAQ")
GUARD: Final = TradingGuard(trading_mode=TradingMode.PAPER, read_only=False)
_CLIENT_ID: Final = 7
_FOLLOW_S: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayLife:
    """One life of the gateway."""

    port: int
    folder: Path
    clock: str
    telling: Telling
    fill_delay_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLife:
    """One try of the task: it plans, submits, follows, writes down."""

    port: int
    folder: Path
    portfolio: str
    key: str

    @property
    def settings(self) -> Settings:
        return load_settings(
            {
                "IB_PROVIDER_HOME": str(self.folder / "var"),
                "IB_PROVIDER_INCLUDE": str(self.folder / "include"),
            }
        )

    def client(self, client_id: int = _CLIENT_ID) -> IbClient:
        endpoint = Endpoint(
            port=self.port, client_id=client_id, connect_timeout_s=2.0, request_timeout_s=3.0
        )
        return IbClient(endpoint)


def run_gateway(life: GatewayLife) -> None:
    """Serve until killed, remembering everything in a file."""
    options = SimulatorOptions(
        port=life.port,
        clock=life.clock,
        state_file=life.folder / "gateway.json",
        journal=life.folder / "journal.jsonl",
        fill_delay_s=life.fill_delay_s,
        cash=Decimal(1_000_000),
        trading=TradingOptions(telling=life.telling),
    )

    async def serve() -> None:
        async with SimulatedGateway(options) as gateway:
            await gateway.run()

    asyncio.run(serve())


def run_task(life: TaskLife, supervisor: Connection) -> None:
    """Do the whole rebalance, telling the supervisor of each order before it is meant.

    A supervisor that has died is noticed there, as Airflow's task state store would, and stops it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        asyncio.run(_rebalance(life, supervisor))
    except IbProviderError as error:
        _end(
            supervisor, "retry" if error.transient else "failed", f"{type(error).__name__}: {error}"
        )
    except OSError as error:
        _end(supervisor, "retry", f"{type(error).__name__}: {error}")


def _end(supervisor: Connection, outcome: str, text: str) -> None:
    with contextlib.suppress(OSError):
        supervisor.send((outcome, text))
    # Not past the forked interpreter's own clean-up: a killed one has none either.
    os._exit(0 if outcome == "done" else 1)


async def _rebalance(life: TaskLife, supervisor: Connection) -> None:
    settings, include = life.settings, life.settings.include
    store, limits = InstrumentStore(settings.market), read_limits(include, "torture")

    def fence(order_ref: str) -> None:
        supervisor.send(("order", order_ref))

    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        async with life.client() as client:
            if len(store.get(IDS)) < len(IDS):
                await load_instruments(client, store=store, ids=IDS)
            plan = await plan_rebalance(
                client,
                ledger=ledger,
                store=store,
                portfolio=read_portfolio(include, life.portfolio),
                limits=limits,
                account=ACCOUNT,
                key=life.key,
            )
            supervisor.send(("plan", plan.plan_id))
            report = await execute_plan(
                client,
                ledger=ledger,
                store=store,
                plan_id=plan.plan_id,
                limits=limits,
                guard=GUARD,
                switch=KillSwitch(ledger, settings.kill_file),
                timeout_s=_FOLLOW_S,
                fence=fence,
                poll_s=1.0,
            )
            if report.working or report.later:
                _end(supervisor, "failed", f"not done: {report.working}, {report.later}")
    _end(supervisor, "done", "")


def load_desk(life: TaskLife) -> None:
    """Load the instruments that are traded."""

    async def load() -> None:
        async with life.client() as client:
            await load_instruments(client, store=InstrumentStore(life.settings.market), ids=IDS)

    asyncio.run(load())


def run_watcher(life: TaskLife, refs: tuple[str, ...]) -> None:
    """Watch orders under an id of its own until they are done, as the triggerer would."""

    async def watch() -> None:
        while True:
            try:
                async with life.client(_CLIENT_ID + 4) as client:
                    await watch_orders(client, refs, timeout_s=_FOLLOW_S, poll_s=1.0)
                    return
            except (IbProviderError, OSError, ConnectionLost):
                await asyncio.sleep(0.05)

    asyncio.run(watch())
    os._exit(0)
