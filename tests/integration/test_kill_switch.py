# SPDX-License-Identifier: Apache-2.0
"""The kill switch at a simulated gateway: nothing is sent after it, and what works is cancelled."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ib_provider.cli.main import main
from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.config import Settings, load_settings
from ib_provider.domain.kill_order import KillLevel
from ib_provider.domain.limits import Limits
from ib_provider.domain.order import Order, OrderType, Side
from ib_provider.domain.order_history import SentOrder
from ib_provider.domain.portfolio import OrderPlan
from ib_provider.errors import LimitBreached
from ib_provider.ledger.ledger import Ledger
from ib_provider.simulator import SimulatedGateway, SimulatorOptions
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.usecases.kill_switch import KillSwitch
from ib_provider.usecases.load_instruments import load_instruments
from ib_provider.usecases.plan_rebalance import plan_rebalance
from ib_provider.usecases.read_history import trading_day
from ib_provider.usecases.read_yaml import read_limits, read_portfolio
from ib_provider.usecases.stop_trading import lift_stop, stop_trading
from ib_provider.usecases.submit_plan import SubmitReport, submit_plan
from tests.support.main_job import ACCOUNT, GUARD, IDS

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Desk:
    """One installation beside a gateway whose orders stay at work."""

    settings: Settings
    ledger: Ledger
    switch: KillSwitch
    store: InstrumentStore
    port: int
    journal: Path

    def client(self, client_id: int = 7) -> IbClient:
        return IbClient(Endpoint(port=self.port, client_id=client_id, request_timeout_s=20))

    @property
    def limits(self) -> Limits:
        return read_limits(self.settings.include, "demo")

    async def plan(self, key: str = "key", *, keep: bool = True) -> OrderPlan:
        async with self.client() as client:
            await load_instruments(client, store=self.store, ids=IDS)
            return await plan_rebalance(
                client,
                ledger=self.ledger,
                store=self.store,
                portfolio=read_portfolio(self.settings.include, "demo"),
                limits=self.limits,
                account=ACCOUNT,
                key=key,
                keep=keep,
            )

    async def submit(
        self,
        plan: OrderPlan,
        *,
        fence: Callable[[str], None] = lambda _: None,
        limits: Limits | None = None,
    ) -> SubmitReport:
        async with self.client() as client:
            return await submit_plan(
                client,
                ledger=self.ledger,
                store=self.store,
                plan_id=plan.plan_id,
                limits=limits or self.limits,
                guard=GUARD,
                switch=self.switch,
                fence=fence,
            )

    def stop(self, level: KillLevel = KillLevel.NO_NEW_ORDERS, account: str = "*") -> None:
        stop_trading(
            self.ledger, self.switch, level=level, account=account, who="ann", why="y", until=None
        )

    def received(self) -> list[str]:
        """Return the order_ref of every order the gateway received, from its own journal."""
        if not self.journal.exists():
            return []
        lines = [json.loads(line) for line in self.journal.read_text().splitlines()]
        return [line["order_ref"] for line in lines if "order_ref" in line]

    async def working(self) -> list[str]:
        async with self.client(99) as client:
            states = await client.open_orders()
        return [state.order.order_ref for state in states if not state.status.is_terminal]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    settings = load_settings(
        {"IB_PROVIDER_HOME": str(tmp_path / "var"), "IB_PROVIDER_INCLUDE": str(ROOT / "include")}
    )
    journal = tmp_path / "journal.jsonl"
    options = SimulatorOptions(port=0, journal=journal, fill_delay_s=600.0)
    async with SimulatedGateway(options) as gateway:
        with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
            yield Desk(
                settings=settings,
                ledger=ledger,
                switch=KillSwitch(ledger, settings.kill_file),
                store=InstrumentStore(settings.market),
                port=gateway.port,
                journal=journal,
            )


@pytest.mark.parametrize("how", ["ledger", "empty file", "broken file", "this account"])
async def test_stop_keeps_every_order_from_being_sent(desk: Desk, how: str) -> None:
    """From the terminal or by touching a file: the plan stands, and nothing of it is sent."""
    plan = await desk.plan()
    if how == "empty file":
        desk.settings.kill_file.touch()
    elif how == "broken file":
        desk.settings.kill_file.write_bytes(b"\xff{")
    else:
        desk.stop(account=ACCOUNT if how == "this account" else "*")
    with pytest.raises(LimitBreached, match="kill_switch"):
        await desk.submit(plan)
    assert desk.received() == []


async def test_stop_in_the_middle_lets_no_further_order_out(desk: Desk) -> None:
    """The switch is asked before each order: thrown after the second, the third is not sent."""
    plan = await desk.plan()
    passed: list[str] = []

    def fence(ref: str) -> None:
        passed.append(ref)
        if len(passed) == 2:
            desk.stop()

    with pytest.raises(LimitBreached, match="kill_switch"):
        await desk.submit(plan, fence=fence)
    assert desk.received() == passed
    assert len(passed) == 2


async def test_lifted_stop_lets_the_rest_out_and_nothing_twice(desk: Desk) -> None:
    """After the lift the same submission sends what is left."""
    plan = await desk.plan()
    calls: list[str] = []

    def fence(ref: str) -> None:
        calls.append(ref)
        if len(calls) == 2:
            desk.stop()

    with pytest.raises(LimitBreached):
        await desk.submit(plan, fence=fence)
    assert lift_stop(desk.ledger, desk.switch, account="*", who="ann", why="over") == 2
    await desk.submit(plan)
    assert sorted(desk.received()) == sorted(leg.order_ref for leg in plan.legs)


async def test_stop_of_another_account_or_one_that_ended_changes_nothing(desk: Desk) -> None:
    """Only who is named is stopped, and only until it says."""
    plan = await desk.plan()
    desk.stop(account="DU2")
    now = datetime.now(UTC)
    order = replace(
        desk.ledger.stops()[0],
        account=ACCOUNT,
        at=now - timedelta(hours=2),
        until=now - timedelta(hours=1),
    )
    desk.ledger.record_stop(order)
    report = await desk.submit(plan)
    assert len(report.sent) == len(plan.legs)


def spend(desk: Desk, value: int) -> None:
    """Spend of the account's day, as another plan's order would."""
    now = datetime.now(UTC)
    order = SentOrder(
        order_ref="another-plan",
        instrument_id="KO.NYSE",
        side=Side.BUY,
        quantity=Decimal(1),
        value=Decimal(value),
        currency="USD",
        at=now,
    )
    day = trading_day(desk.limits, now)
    desk.ledger.count_order(order, account=ACCOUNT, day=day, cap=Decimal(10**9))


async def test_cap_of_the_day_holds_over_plans(desk: Desk) -> None:
    """Another plan spent most of the day's two million: nothing of this one is sent."""
    plan = await desk.plan()
    spend(desk, 1_200_000)
    with pytest.raises(LimitBreached, match="max_daily_value"):
        await desk.submit(plan)
    assert desk.received() == []


async def test_cap_of_the_day_that_is_spent_meanwhile_stops_the_rest(desk: Desk) -> None:
    """Whoever spends it while a plan is being sent: the sum and the order are one transaction."""
    plan = await desk.plan()
    passed: list[str] = []

    def fence(ref: str) -> None:
        passed.append(ref)
        if len(passed) == 2:
            spend(desk, 1_999_999)

    with pytest.raises(LimitBreached, match="max_daily_value"):
        await desk.submit(plan, fence=fence)
    assert desk.received() == passed[:1]


async def test_terminal_cancels_what_we_sent_and_leaves_what_others_did(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Level two: ours end, a person's order stays; level three: that ends too."""
    plan = await desk.plan()
    await desk.submit(plan)
    apple = plan.legs[0].contract
    async with desk.client(50) as client:
        other = Order(
            side=Side.BUY,
            quantity=Decimal(1),
            order_type=OrderType.LIMIT,
            account=ACCOUNT,
            order_ref="by-hand",
            limit_price=Decimal(1),
        )
        await client.place_order(client.next_order_id(), apple, other)
    assert len(await desk.working()) == len(plan.legs) + 1
    monkeypatch.setenv("IB_PROVIDER_HOME", str(desk.settings.home))

    def kill(*words: str) -> int:
        return main(["kill", *words])

    where = ("--port", str(desk.port), "--why", "test", "--who", "ann")
    assert await asyncio.to_thread(kill, "stop", "cancel-ours", *where) == 0
    assert f"{len(plan.legs)} order(s) ended, 0 left" in capsys.readouterr().out
    assert await desk.working() == ["by-hand"]
    assert await asyncio.to_thread(kill, "stop", "global-cancel", *where) == 0
    assert await desk.working() == []
    assert await asyncio.to_thread(kill, "status", "--audit") == 3
    told = capsys.readouterr().out
    assert "stop cancel-ours * by ann: test" in told
    assert "trading is stopped" in told
    assert await asyncio.to_thread(kill, "lift", "--why", "over", "--who", "ann") == 0
    assert await asyncio.to_thread(kill, "status") == 0


async def test_terminal_shows_a_plan_and_sends_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """As a table, as JSON and as a picture; a limit that refuses is exit code 3."""
    async with desk.client() as client:
        await load_instruments(client, store=desk.store, ids=IDS)
    monkeypatch.setenv("IB_PROVIDER_HOME", str(desk.settings.home))
    monkeypatch.setenv("IB_PROVIDER_INCLUDE", str(desk.settings.include))

    def run(*words: str) -> int:
        return main(["rebalance", *words])

    shown = ("plan", "demo", "--limits", "demo", "--account", ACCOUNT, "--port", str(desk.port))
    assert await asyncio.to_thread(run, *shown, "--keep") == 0
    table = capsys.readouterr().out
    assert "5 orders: sell 0.00, buy 9" in table
    picture = tmp_path / "drift.svg"
    assert await asyncio.to_thread(run, "status", "--format", "svg", "--out", str(picture)) == 3
    assert picture.read_text().startswith("<svg ")
    capsys.readouterr()
    assert await asyncio.to_thread(run, "status", "--format", "json") == 3
    document = json.loads(capsys.readouterr().out)
    assert document["plan_id"] in table
    include = tmp_path / "include"
    shutil.copytree(desk.settings.include, include)
    limits = include / "limits" / "demo.yaml"
    limits.write_text(limits.read_text().replace("max_orders: 10", "max_orders: 1"))
    monkeypatch.setenv("IB_PROVIDER_INCLUDE", str(include))
    assert await asyncio.to_thread(run, *shown, "--key", "other") == 3
    assert "max_orders: demo: 5 orders, allowed 1" in capsys.readouterr().err
    assert desk.received() == []
