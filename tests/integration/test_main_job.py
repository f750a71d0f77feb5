# SPDX-License-Identifier: Apache-2.0
"""The main job without Airflow: instruments, bars, validation, a rebalance, over real TCP."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.config import Settings, load_settings
from ib_provider.domain.account import TradingMode
from ib_provider.domain.portfolio import OrderPlan
from ib_provider.errors import (
    ClientIdInUse,
    ConfigError,
    LimitBreached,
    OrderOutcomeUnknown,
    WriteConflict,
    WrongAccount,
)
from ib_provider.ledger.intent import IntentState
from ib_provider.ledger.ledger import Ledger
from ib_provider.simulator import SimulatedGateway, SimulatorOptions
from ib_provider.store.bar_store import BarStore
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.usecases.broker_truth import read_broker_truth, settle
from ib_provider.usecases.fetch_bars import FetchReport, fetch_bars
from ib_provider.usecases.judge_bars import JudgeReport, judge_bars
from ib_provider.usecases.kill_switch import KillSwitch
from ib_provider.usecases.load_instruments import load_instruments
from ib_provider.usecases.plan_rebalance import plan_rebalance
from ib_provider.usecases.read_yaml import read_limits, read_portfolio
from ib_provider.usecases.rebalance_report import rebalance_report
from ib_provider.usecases.submit_plan import SubmitReport, submit_plan
from ib_provider.usecases.trading_guard import TradingGuard
from ib_provider.usecases.watch_orders import watch_orders
from tests.support.held_link import HeldLink
from tests.support.main_job import (
    ACCOUNT,
    CLIENT_ID,
    DAILY,
    END,
    GUARD,
    IDS,
    START,
    source_bars,
)
from tests.support.usecase_process import start_use_case

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Desk:
    """One installation beside one simulated gateway."""

    settings: Settings
    ledger: Ledger
    bars: BarStore
    instruments: InstrumentStore
    port: int
    journal: Path

    def client(self, client_id: int = CLIENT_ID) -> IbClient:
        return IbClient(Endpoint(port=self.port, client_id=client_id, request_timeout_s=20))

    async def load(self, *ids: str) -> None:
        async with self.client() as client:
            report = await load_instruments(client, store=self.instruments, ids=ids)
        assert not report.failed

    async def fetch(
        self, start: date = START, end: date = END, batch: str = "batch"
    ) -> FetchReport:
        return await fetch_bars(
            self.client,
            bars=self.bars,
            ledger=self.ledger,
            instruments=self.instruments.all(),
            spec=DAILY,
            start=start,
            end=end,
            batch=batch,
        )

    def judge(self, batch: str = "batch") -> JudgeReport:
        return judge_bars(bars=self.bars, ledger=self.ledger, batch=batch)

    async def plan(self, key: str = "key", *, keep: bool = True) -> OrderPlan:
        include = self.settings.include
        async with self.client() as client:
            return await plan_rebalance(
                client,
                ledger=self.ledger,
                store=self.instruments,
                portfolio=read_portfolio(include, "demo"),
                limits=read_limits(include, "demo"),
                account=ACCOUNT,
                key=key,
                keep=keep,
            )

    async def submit(self, plan: OrderPlan, client_id: int = CLIENT_ID) -> SubmitReport:
        async with self.client(client_id) as client:
            return await submit_plan(
                client,
                ledger=self.ledger,
                store=self.instruments,
                plan_id=plan.plan_id,
                limits=read_limits(self.settings.include, "demo"),
                guard=GUARD,
                switch=KillSwitch(self.ledger, self.settings.kill_file),
            )

    async def follow(self, plan: OrderPlan) -> None:
        refs = [leg.order_ref for leg in plan.legs]
        async with self.client(CLIENT_ID + 1) as client:
            watch = await watch_orders(client, refs, timeout_s=30)
        assert watch.unsettled == ()
        async with self.client() as client:
            settle(self.ledger, refs, await read_broker_truth(client))

    def orders_received(self) -> list[str]:
        """Return the order_ref of every order the gateway received, from its own journal."""
        if not self.journal.exists():
            return []
        lines = [json.loads(line) for line in self.journal.read_text().splitlines()]
        return [line["order_ref"] for line in lines if "order_ref" in line]

    async def start(self, what: str, argument: str, port: int) -> asyncio.subprocess.Process:
        return await start_use_case(self.settings, what, argument, port)


@pytest.fixture
async def desk(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    settings = load_settings(
        {"IB_PROVIDER_HOME": str(tmp_path / "var"), "IB_PROVIDER_INCLUDE": str(ROOT / "include")}
    )
    journal = tmp_path / "journal.jsonl"
    options = SimulatorOptions(port=0, journal=journal, fill_delay_s=0.01)
    if changes := getattr(request, "param", None):
        options = replace(options, **changes)
    async with SimulatedGateway(options) as gateway:
        with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
            yield Desk(
                settings=settings,
                ledger=ledger,
                bars=BarStore(settings.market),
                instruments=InstrumentStore(settings.market),
                port=gateway.port,
                journal=journal,
            )


async def test_bars_of_the_whole_range_equal_the_source_over_the_split_factor(desk: Desk) -> None:
    """12,154 daily bars, each the source file's, adjusted for the splits in force."""
    await desk.load(*IDS)
    await desk.fetch()
    report = desk.judge()
    assert sum(report.published.values()) == 12_154
    assert report.critical == ()
    with duckdb.connect(str(desk.settings.catalog), read_only=True) as catalog:
        catalog.register("source", source_bars())
        count, close, volume = catalog.sql("""
            SELECT count(*), max(abs(b.close - s.close / s.factor)),
                   max(abs(b.volume - s.volume * s.factor))
            FROM bars b JOIN source s USING (instrument_id, session)
            WHERE b.bar = '1 day' AND b.what = 'TRADES' AND b.rth AND b.ts IS NULL
        """).fetchall()[0]
        spans = catalog.sql("SELECT instrument_id, state, rows FROM coverage ORDER BY 1").fetchall()
        names = catalog.sql("SELECT instrument_id FROM instruments ORDER BY 1").fetchall()
    assert count == 12_154
    assert close < 1e-9
    assert volume < 1e-6
    assert [name for (name,) in names] == list(IDS)
    before_listing = {("FB.NASDAQ", "empty", 0), ("GOOG.NASDAQ", "empty", 0)}
    assert {span for span in spans if span[1] != "data"} == before_listing
    assert sum(rows for *_, rows in spans) == 12_154


async def test_bars_fetched_again_cost_no_request_and_add_nothing(desk: Desk) -> None:
    """A run is a set difference: what is covered is not asked for."""
    await desk.load("FB.NASDAQ")
    await desk.fetch()
    desk.judge()
    again = await desk.fetch(batch="again")
    assert again.requests == 0
    assert again.covered == ("FB.NASDAQ",)
    assert desk.judge("again").published == {}


async def test_bars_of_a_later_range_are_only_those_missing(desk: Desk) -> None:
    """A second range asks for its own sessions, and the tree holds both once."""
    await desk.load("IBM.NYSE")
    await desk.fetch(start=date(2012, 1, 1), end=date(2012, 7, 1))
    first = desk.judge()
    await desk.fetch(start=date(2012, 1, 1), end=date(2013, 1, 1), batch="later")
    second = desk.judge("later")
    source = source_bars()
    year = source[
        (source["instrument_id"] == "IBM.NYSE")
        & (source["session"] >= date(2012, 1, 1))
        & (source["session"] < date(2013, 1, 1))
    ]
    assert first.published["IBM.NYSE"] + second.published["IBM.NYSE"] == len(year)
    assert 0 < second.published["IBM.NYSE"] < len(year)


async def test_bars_of_a_range_without_sessions_are_refused(desk: Desk) -> None:
    """A weekend is a slip of the pen, not an empty answer."""
    await desk.load("IBM.NYSE")
    with pytest.raises(ConfigError, match="no session from 2013-02-23 to 2013-02-25 at NYSE"):
        await desk.fetch(start=date(2013, 2, 23), end=date(2013, 2, 25))


async def test_instruments_unknown_or_elsewhere_spoil_no_other(desk: Desk) -> None:
    """Each id ends as loaded or with its reason."""
    async with desk.client() as client:
        report = await load_instruments(
            client, store=desk.instruments, ids=["XYZQ.NYSE", "AAPL.NYSE", "aapl", "MSFT.NASDAQ"]
        )
    assert report.loaded == ("MSFT.NASDAQ",)
    assert set(report.failed) == {"XYZQ.NYSE", "AAPL.NYSE", "aapl"}
    assert "error 200" in report.failed["XYZQ.NYSE"]
    assert "error 200" in report.failed["AAPL.NYSE"]
    assert "not SYMBOL.VENUE" in report.failed["aapl"]


@pytest.mark.parametrize("desk", [{"answer_delay_s": 0.4}], indirect=True)
async def test_download_killed_half_way_and_run_again_brings_the_same_bars(desk: Desk) -> None:
    """SIGKILL between two series: the next run fetches the rest, and nothing is there twice."""
    await desk.load(*IDS)
    process = await desk.start("fetch", "batch", desk.port)
    assert process.stdout is not None
    async for line in process.stdout:
        if line.startswith(b"3/5"):
            process.send_signal(signal.SIGKILL)
            break
    assert await process.wait() == -signal.SIGKILL
    assert 0 < len(desk.bars.staged("batch")) < len(IDS)
    report = await desk.fetch()
    assert report.requests < len(IDS)
    assert sum(desk.judge().published.values()) == 12_154


async def test_rebalance_reaches_its_targets_and_reports_each_fill(desk: Desk) -> None:
    """Plan, submit, follow: one order a leg, every leg filled, positions as planned."""
    await desk.load(*IDS)
    plan = await desk.plan()
    assert plan.legs
    report = await desk.submit(plan)
    await desk.follow(plan)
    refs = [leg.order_ref for leg in plan.legs]
    assert list(report.sent) == refs
    assert sorted(desk.orders_received()) == sorted(refs)
    legs = rebalance_report(desk.ledger, plan.plan_id).legs
    assert {leg.state for leg in legs} == {"filled"}
    assert [leg.filled for leg in legs] == [leg.leg.quantity for leg in legs]
    assert all(leg.commission > 0 for leg in legs)
    async with desk.client() as client:
        held = {item.contract.symbol: item.quantity for item in await client.positions()}
    wanted = {row.instrument_id.partition(".")[0]: row.held + row.trade for row in plan.rows}
    assert held == {symbol: quantity for symbol, quantity in wanted.items() if quantity}


async def test_rebalance_repeated_under_its_key_sends_nothing(desk: Desk) -> None:
    """The same key brings the same plan, and a plan that was sent is not sent again."""
    await desk.load(*IDS)
    plan = await desk.plan()
    await desk.submit(plan)
    await desk.follow(plan)
    again = await desk.plan()
    report = await desk.submit(again)
    assert again == plan
    assert report.sent == ()
    assert len(desk.orders_received()) == len(plan.legs)


async def test_rebalance_planned_right_after_has_nothing_to_do(desk: Desk) -> None:
    """What was reached is within its bands."""
    await desk.load(*IDS)
    plan = await desk.plan()
    await desk.submit(plan)
    await desk.follow(plan)
    assert (await desk.plan("another key")).legs == ()


async def test_dry_run_leaves_its_key_free(desk: Desk) -> None:
    """A plan that is only shown binds nobody."""
    await desk.load(*IDS)
    await desk.plan(keep=False)
    assert desk.ledger.find_plan(ACCOUNT, "demo", "key") is None


async def test_submit_killed_before_the_answer_is_recorded_adopts_the_order(desk: Desk) -> None:
    """The gateway took the order, the process died unanswered: the next run finds and keeps it."""
    await desk.load(*IDS)
    plan = await desk.plan()
    await _kill_while_sending(desk, plan, hold="answers")
    assert desk.orders_received() == [plan.legs[0].order_ref]
    assert [item.state for item in desk.ledger.intents(plan.plan_id)] == [IntentState.INTENDED]
    report = await desk.submit(plan)
    await desk.follow(plan)
    assert report.adopted == (plan.legs[0].order_ref,)
    assert sorted(desk.orders_received()) == sorted(leg.order_ref for leg in plan.legs)


async def test_submit_killed_before_the_order_left_sends_it_under_the_same_id(desk: Desk) -> None:
    """The gateway's next valid id proves that nothing arrived, so it is sent, once."""
    await desk.load(*IDS)
    plan = await desk.plan()
    await _kill_while_sending(desk, plan, hold="orders")
    assert desk.orders_received() == []
    (intent,) = desk.ledger.intents(plan.plan_id)
    await desk.submit(plan)
    await desk.follow(plan)
    assert sorted(desk.orders_received()) == sorted(leg.order_ref for leg in plan.legs)
    assert desk.ledger.intents(plan.plan_id)[0].order_id == intent.order_id


async def test_submit_of_an_unproved_order_stops_and_sends_nothing(desk: Desk) -> None:
    """Under another client id there is no proof, so a person decides."""
    await desk.load(*IDS)
    plan = await desk.plan()
    await _kill_while_sending(desk, plan, hold="orders")
    with pytest.raises(OrderOutcomeUnknown, match=plan.legs[0].order_ref):
        await desk.submit(plan, client_id=CLIENT_ID + 3)
    assert desk.orders_received() == []


async def test_submit_beside_a_living_submitter_is_refused(desk: Desk) -> None:
    """An orphan that still holds the account keeps its retry from trading beside it."""
    await desk.load(*IDS)
    plan = await desk.plan()
    with (
        desk.ledger.lock(f"account-{ACCOUNT}", wait_s=0),
        Ledger.open(desk.settings.ledger_url, locks=desk.settings.locks) as other,
    ):
        async with desk.client() as client:
            with pytest.raises(WriteConflict):
                await submit_plan(
                    client,
                    ledger=other,
                    store=desk.instruments,
                    plan_id=plan.plan_id,
                    limits=read_limits(desk.settings.include, "demo"),
                    guard=GUARD,
                    switch=KillSwitch(other, desk.settings.kill_file),
                )
    assert desk.orders_received() == []


@pytest.mark.parametrize(
    ("guard", "error"),
    [
        (replace(GUARD, read_only=True), ConfigError),
        (replace(GUARD, trading_mode=TradingMode.LIVE), WrongAccount),
        (replace(GUARD, max_plan_age=timedelta(0)), LimitBreached),
    ],
    ids=["read-only", "live", "stale"],
)
async def test_submit_against_its_guard_sends_nothing(
    desk: Desk, guard: TradingGuard, error: type[Exception]
) -> None:
    """Read-only, paper against live, and a stale plan each stop before the first order."""
    await desk.load(*IDS)
    plan = await desk.plan()
    async with desk.client() as client:
        with pytest.raises(error):
            await submit_plan(
                client,
                ledger=desk.ledger,
                store=desk.instruments,
                plan_id=plan.plan_id,
                limits=read_limits(desk.settings.include, "demo"),
                guard=guard,
                switch=KillSwitch(desk.ledger, desk.settings.kill_file),
            )
    assert desk.orders_received() == []


async def test_submit_past_a_limit_sends_nothing(desk: Desk) -> None:
    """A limit that was tightened after the plan was made still refuses."""
    await desk.load(*IDS)
    plan = await desk.plan()
    limits = replace(read_limits(desk.settings.include, "demo"), max_order_value=Decimal(1))
    async with desk.client() as client:
        with pytest.raises(LimitBreached, match="max_order_value"):
            await submit_plan(
                client,
                ledger=desk.ledger,
                store=desk.instruments,
                plan_id=plan.plan_id,
                limits=limits,
                guard=GUARD,
                switch=KillSwitch(desk.ledger, desk.settings.kill_file),
            )
    assert desk.orders_received() == []


@pytest.mark.parametrize("desk", [{"fill_delay_s": 600.0}], indirect=True)
async def test_rebalance_beside_working_orders_of_another_is_refused(desk: Desk) -> None:
    """Holdings do not show what is on its way, so a second plan would buy it twice."""
    await desk.load(*IDS)
    plan = await desk.plan()
    await desk.submit(plan)
    with pytest.raises(LimitBreached, match="working_orders"):
        await desk.plan("another key")
    assert len(desk.orders_received()) == len(plan.legs)


async def test_truth_of_an_unanswered_gateway_is_not_empty(desk: Desk) -> None:
    """A broker without our orders says so; it is not asked in vain."""
    async with desk.client() as client:
        truth = await read_broker_truth(client)
    assert truth.orders == {}
    assert truth.fills == {}


async def _kill_while_sending(desk: Desk, plan: OrderPlan, *, hold: str) -> None:
    """Start a submission whose first order (or its answer) is held on the line, and SIGKILL it."""
    async with HeldLink(desk.port, hold=hold) as link:
        process = await desk.start("submit", plan.plan_id, link.port)
        await asyncio.wait_for(link.order_seen.wait(), timeout=60)
        # The journal is written by the gateway: a file to look at, no event to wait for.
        while hold == "answers" and not desk.orders_received():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        assert await process.wait() == -signal.SIGKILL
    await _until_free(desk)


async def _until_free(desk: Desk) -> None:
    """Return when the gateway has noticed that the killed client's session is gone."""
    async with asyncio.timeout(30):
        while True:
            try:
                async with desk.client():
                    return
            except ClientIdInUse:
                await asyncio.sleep(0.05)
