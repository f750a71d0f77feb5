# SPDX-License-Identifier: Apache-2.0
"""What can happen between an order and its fills, each with the end it must have."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ib_provider.domain.order_history import SentOrder
from ib_provider.domain.portfolio import OrderPlan
from ib_provider.errors import ConnectionLost, RequestTimeout
from ib_provider.ledger.intent import IntentState
from ib_provider.simulator.exchange.fills import Telling
from ib_provider.simulator.exchange.trading_options import TradingOptions
from ib_provider.simulator.interventions import correct_execution
from ib_provider.triggers.fills import IbFillsTrigger
from ib_provider.triggers.fills_event import FillsEvent, WaitOutcome
from ib_provider.usecases.read_history import trading_day
from ib_provider.usecases.read_yaml import read_limits
from ib_provider.usecases.rebalance_report import rebalance_report
from tests.support.airflow_home import gateway_connection
from tests.support.control import carry_out
from tests.support.rebalance_desk import RebalanceDesk, rebalance_desk


async def test_gateway_that_takes_an_order_and_dies_before_answering_has_it_once(
    tmp_path: Path,
) -> None:
    """The restarted gateway shows the order, so the retry adopts it and sends the rest."""
    async with rebalance_desk(tmp_path, fill_delay_s=600.0) as desk:
        plan = await desk.plan()
        await carry_out(desk.gateway.control_port, "next_order", how="swallow")
        sending = asyncio.ensure_future(desk.submit(plan))
        await _until_order(desk)
        await desk.gateway.stop()
        with pytest.raises(ConnectionLost):
            await sending
        await desk.start()
        report = await desk.submit(plan)
        assert report.adopted == (plan.legs[0].order_ref,)
        assert desk.orders_of(plan) == [1] * len(plan.legs)


@pytest.mark.parametrize("how", ["swallow", "lose"])
async def test_order_without_an_answer_is_at_the_gateway_once_after_the_retry(
    tmp_path: Path, how: str
) -> None:
    """Taken and not answered it is adopted; never taken it is sent again under its own id."""
    async with rebalance_desk(tmp_path) as desk:
        plan = await desk.plan()
        await carry_out(desk.gateway.control_port, "next_order", how=how)
        with pytest.raises(RequestTimeout):
            await desk.submit(plan)
        report = await desk.submit(plan)
        await desk.follow(plan)
        first = plan.legs[0].order_ref
        assert (first in report.adopted, first in report.sent) == (how == "swallow", how == "lose")
        _assert_right(desk, plan)


async def test_every_answer_told_twice_changes_nothing(tmp_path: Path) -> None:
    """Orders, executions and commissions are each counted once."""
    async with rebalance_desk(tmp_path) as desk:
        plan = await desk.plan()
        for kind in ("orders", "executions", "commissions"):
            await carry_out(desk.gateway.control_port, "tamper", kinds=[kind], how="duplicate")
        await desk.submit(plan)
        await desk.follow(plan)
        _assert_right(desk, plan)


@pytest.mark.parametrize("telling", Telling)
async def test_fills_told_in_any_order_end_the_same(tmp_path: Path, telling: Telling) -> None:
    """Before the status, after it, commission first, twice: a real gateway does each."""
    async with rebalance_desk(tmp_path, trading=TradingOptions(telling=telling)) as desk:
        plan = await desk.plan()
        await desk.submit(plan)
        await desk.follow(plan)
        _assert_right(desk, plan)


async def test_correction_that_halves_a_fill_is_what_counts(tmp_path: Path) -> None:
    """The leg is short by what was taken back, and the report says so."""
    async with rebalance_desk(tmp_path) as desk:
        plan = await desk.plan()
        await desk.submit(plan)
        await desk.follow(plan)
        trade = max(desk.trades(), key=lambda item: item.shares)
        half = trade.shares // 2
        held = desk.held()[trade.con_id]
        assert correct_execution(desk.gateway.brokerage, trade.exec_id, trade.price, half)
        await desk.follow(plan)
        (leg,) = [
            leg
            for leg in rebalance_report(desk.ledger, plan.plan_id).legs
            if leg.leg.order_ref == trade.order_ref
        ]
        assert leg.filled == leg.leg.quantity - (trade.shares - half)
        assert desk.held()[trade.con_id] == held - (trade.shares - half)
        assert trade.exec_id not in {
            fill.execution.exec_id for fill in desk.ledger.fills([trade.order_ref])
        }


async def test_order_counted_towards_its_day_and_never_meant_is_sent(tmp_path: Path) -> None:
    """A process that died between the two sent nothing: the intent comes before the wire."""
    async with rebalance_desk(tmp_path) as desk:
        plan = await desk.plan()
        leg, now = plan.legs[0], datetime.now(UTC)
        desk.ledger.count_order(
            SentOrder(
                order_ref=leg.order_ref,
                instrument_id=leg.instrument_id,
                side=leg.side,
                quantity=leg.quantity,
                value=leg.quantity * leg.limit_price,
                currency="USD",
                at=now,
            ),
            account=plan.account,
            day=trading_day(read_limits(desk.settings.include, "demo"), now),
            cap=Decimal(10**9),
        )
        await desk.submit(plan)
        await desk.follow(plan)
        _assert_right(desk, plan)


async def test_report_says_what_trading_cost_and_which_commissions_are_missing(
    tmp_path: Path,
) -> None:
    """The shortfall in money is the gateway's own prices against the plan's arrival prices."""
    async with rebalance_desk(tmp_path) as desk:
        plan = await desk.plan()
        await desk.submit(plan)
        await carry_out(desk.gateway.control_port, "tamper", kinds=["commissions"], how="lose")
        await desk.follow(plan)
        early = rebalance_report(desk.ledger, plan.plan_id).legs
        await carry_out(desk.gateway.control_port, "calm_down")
        await desk.follow(plan)
        late = rebalance_report(desk.ledger, plan.plan_id).legs
        trades = desk.trades()
    assert sum(leg.uncharged for leg in early) > 0
    assert sum(leg.uncharged for leg in late) == 0
    for leg in late:
        cost = sum(
            trade.shares * (trade.price - leg.leg.arrival_price) * leg.leg.side.sign
            for trade in trades
            if trade.order_ref == leg.leg.order_ref
        )
        assert leg.costs.delay is not None
        assert leg.costs.trading is not None
        traded = leg.costs.delay + leg.costs.trading
        assert abs(traded - cost) < Decimal("1e-9")
        assert leg.costs.fees == leg.commission
    assert None in [leg.costs.fees for leg in early]


async def test_daily_restart_between_submit_and_fill_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watcher waits out the restart in its next session, and every fill is written down."""
    async with rebalance_desk(tmp_path, fill_delay_s=2.0) as desk:
        monkeypatch.setenv("IB_PROVIDER_HOME", str(tmp_path / "var"))
        monkeypatch.setenv("AIRFLOW_CONN_IB_DEFAULT", gateway_connection(desk.port))
        plan = await desk.plan()
        await desk.submit(plan)
        trigger = IbFillsTrigger(
            ib_conn_id="ib_default",
            plan_id=plan.plan_id,
            order_refs=[leg.order_ref for leg in plan.legs],
            deadline=(datetime.now(UTC) + timedelta(seconds=60)).isoformat(),
            poll_s=1.0,
        )
        watching = asyncio.ensure_future(anext(trigger.run()))
        async with asyncio.timeout(30):
            while not desk.gateway.view().clients:  # noqa: ASYNC110 a view has no event
                await asyncio.sleep(0.02)
        assert desk.trades() == []
        await desk.gateway.stop()
        await asyncio.sleep(0.3)
        await desk.start()
        event = await asyncio.wait_for(watching, 60)
        ended = FillsEvent.from_payload(event.payload, plan_id=plan.plan_id)
        assert ended.outcome is WaitOutcome.DONE
        await desk.follow(plan)
        _assert_right(desk, plan)


def _assert_right(desk: RebalanceDesk, plan: OrderPlan) -> None:
    """One order a leg, the gateway's own executions in the ledger, every leg filled."""
    assert desk.orders_of(plan) == [1] * len(plan.legs)
    fills = desk.ledger.fills([leg.order_ref for leg in plan.legs])
    assert {(f.execution.exec_id, f.execution.quantity, f.execution.price) for f in fills} == {
        (trade.exec_id, trade.shares, trade.price) for trade in desk.trades()
    }
    assert all(fill.commission is not None for fill in fills)
    states = {intent.state for intent in desk.ledger.intents(plan.plan_id)}
    assert states == {IntentState.FILLED}
    wanted = sorted(row.held + row.trade for row in plan.rows if row.held + row.trade)
    assert sorted(desk.held().values()) == wanted


async def _until_order(desk: RebalanceDesk) -> None:
    async with asyncio.timeout(30):
        while not list(desk.gateway.brokerage.book.orders()):  # noqa: ASYNC110 a book has no event
            await asyncio.sleep(0.01)
