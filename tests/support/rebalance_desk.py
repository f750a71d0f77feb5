# SPDX-License-Identifier: Apache-2.0
"""One installation beside a simulated gateway that can be stopped and started again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.config import Settings, load_settings
from ib_provider.domain.portfolio import Limits, OrderPlan, Portfolio
from ib_provider.ledger.ledger import Ledger
from ib_provider.simulator import SimulatedGateway, SimulatorOptions
from ib_provider.simulator.exchange.orders import SimOrder, Trade
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.usecases.broker_truth import read_broker_truth, settle
from ib_provider.usecases.execute_plan import execute_plan
from ib_provider.usecases.kill_switch import KillSwitch
from ib_provider.usecases.load_instruments import load_instruments
from ib_provider.usecases.plan_rebalance import plan_rebalance
from ib_provider.usecases.read_yaml import read_limits, read_portfolio
from ib_provider.usecases.submit_plan import SubmitReport, submit_plan
from ib_provider.usecases.watch_orders import watch_orders
from tests.support.airflow_home import PROJECT
from tests.support.main_job import ACCOUNT, CLIENT_ID, GUARD, IDS

__all__ = ["RebalanceDesk", "rebalance_desk"]

_ANSWER_S: Final = 3.0


@dataclass(slots=True)
class RebalanceDesk:
    """The rebalance ``demo`` of one account, or that of another portfolio, step by step."""

    settings: Settings
    ledger: Ledger
    store: InstrumentStore
    options: SimulatorOptions
    gateway: SimulatedGateway = field(init=False)
    portfolio: Portfolio | None = None
    limits: Limits | None = None

    @property
    def port(self) -> int:
        return self.gateway.port

    async def start(self) -> None:
        self.gateway = SimulatedGateway(self.options)
        await self.gateway.start()
        # The next one listens where this one did.
        self.options = replace(self.options, port=self.gateway.port)

    def client(self, client_id: int = CLIENT_ID) -> IbClient:
        endpoint = Endpoint(port=self.port, client_id=client_id, request_timeout_s=_ANSWER_S)
        return IbClient(endpoint)

    async def plan(self, key: str = "key") -> OrderPlan:
        include = self.settings.include
        wanted = self.portfolio.targets if self.portfolio else ()
        ids = dict.fromkeys([*IDS, *(target.instrument_id for target in wanted)])
        async with self.client() as client:
            await load_instruments(client, store=self.store, ids=list(ids))
            return await plan_rebalance(
                client,
                ledger=self.ledger,
                store=self.store,
                portfolio=self.portfolio or read_portfolio(include, "demo"),
                limits=self._limits(),
                account=ACCOUNT,
                key=key,
            )

    async def submit(self, plan: OrderPlan, **more: Any) -> SubmitReport:
        given: dict[str, Any] = {
            "guard": GUARD,
            "limits": self._limits(),
        }
        async with self.client() as client:
            return await submit_plan(
                client,
                ledger=self.ledger,
                store=self.store,
                plan_id=plan.plan_id,
                switch=KillSwitch(self.ledger, self.settings.kill_file),
                **(given | more),
            )

    async def execute(
        self, plan: OrderPlan, *, timeout_s: float = 60.0, **more: Any
    ) -> SubmitReport:
        """Send every wave, and every attempt, and wait for the last fill."""
        given: dict[str, Any] = {"guard": GUARD, "poll_s": 0.5}
        async with self.client() as client:
            return await execute_plan(
                client,
                ledger=self.ledger,
                store=self.store,
                plan_id=plan.plan_id,
                limits=self._limits(),
                switch=KillSwitch(self.ledger, self.settings.kill_file),
                timeout_s=timeout_s,
                **(given | more),
            )

    def _limits(self) -> Limits:
        return self.limits or read_limits(self.settings.include, "demo")

    async def follow(self, plan: OrderPlan) -> None:
        refs = [order.order_ref for order in self.ledger.intents(plan.plan_id)]
        async with self.client() as client:
            watch = await watch_orders(client, refs, timeout_s=30)
            assert watch.unsettled == ()
            settle(self.ledger, refs, await read_broker_truth(client))

    def orders_of(self, plan: OrderPlan) -> list[int]:
        """Return how many orders the gateway's own book has for each leg."""
        kept = [order.terms.order_ref for order in self.gateway.brokerage.book.orders()]
        return [kept.count(leg.order_ref) for leg in plan.legs]

    def sent(self) -> list[SimOrder]:
        """Return the orders in the gateway's own book, in the order in which they came."""
        return sorted(self.gateway.brokerage.book.orders(), key=lambda order: order.order_id)

    def cash(self) -> Decimal:
        """Return the dollars that the gateway's account holds."""
        return self.gateway.brokerage.accounts[ACCOUNT].state().cash["USD"]

    def trades(self) -> list[Trade]:
        """Return every execution the gateway made."""
        return list(self.gateway.brokerage.book.trades())

    def held(self) -> dict[int, Decimal]:
        """Return what the gateway's account holds, by conId."""
        state = self.gateway.brokerage.accounts[ACCOUNT].state()
        return {row.con_id: row.quantity for row in state.holdings if row.quantity}


@asynccontextmanager
async def rebalance_desk(tmp_path: Path, **options: Any) -> AsyncIterator[RebalanceDesk]:
    """Run a desk; the gateway keeps its state in a file."""
    settings = load_settings(
        {
            "IB_PROVIDER_HOME": str(tmp_path / "var"),
            "IB_PROVIDER_INCLUDE": str(PROJECT / "include"),
        }
    )
    given: dict[str, Any] = {"port": 0, "fill_delay_s": 0.01, "control_port": 0}
    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        desk = RebalanceDesk(
            settings=settings,
            ledger=ledger,
            store=InstrumentStore(settings.market),
            options=SimulatorOptions(state_file=tmp_path / "gateway.json", **(given | options)),
        )
        await desk.start()
        try:
            yield desk
        finally:
            await desk.gateway.stop()
