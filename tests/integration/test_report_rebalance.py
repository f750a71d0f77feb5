# SPDX-License-Identifier: Apache-2.0
"""What a rebalance cost, measured at the simulated gateway: each number from its own side."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ib_provider.domain.bar import BarSize, BarSpec
from ib_provider.domain.portfolio import OrderPlan
from ib_provider.domain.rebalance_report import RebalanceReport
from ib_provider.errors import OrderRejected
from ib_provider.simulator.exchange.trading_options import TradingOptions
from ib_provider.store import open_catalog
from ib_provider.usecases.broker_truth import read_broker_truth, settle
from ib_provider.usecases.report_rebalance import kept_report, measure_plan, report_rebalance
from tests.support.rebalance_desk import RebalanceDesk, rebalance_desk

_FRIDAY, _MONDAY = "2013-03-01T10:00:00-05:00", "2013-03-04T09:00:00-05:00"


async def _measured(desk: RebalanceDesk, plan: OrderPlan) -> RebalanceReport:
    async with desk.client(client_id=70) as client:
        markets = await measure_plan(
            client, settings=desk.settings, ledger=desk.ledger, plan_id=plan.plan_id
        )
    written = report_rebalance(desk.settings, desk.ledger, plan.plan_id, markets=markets)
    assert written.page.read_text(encoding="utf-8").startswith("<!doctype html>")
    return written.report


async def test_report_agrees_with_what_the_gateway_itself_says(tmp_path: Path) -> None:
    """Fees and fills are the gateway's own; the shortfall is the sum of both sides' prices."""
    async with rebalance_desk(tmp_path) as desk:
        plan = await desk.plan()
        await desk.submit(plan)
        await desk.follow(plan)
        report = await _measured(desk, plan)
        trades = desk.trades()
        vwaps = await _vwaps_of_seconds(desk, report)
    assert report.total_shortfall.unknown == 0
    paid = sum(t.shares * t.price - t.shares * _decision(plan, t.order_ref) for t in trades)
    fees = sum(t.commission for t in trades)
    assert abs(report.total_shortfall.known - paid - fees) < Decimal("1e-6")
    for leg in report.legs:
        assert leg.arrival_price is not None
        assert leg.first_fill_s is not None
        assert 0 <= leg.first_fill_s <= (leg.last_fill_s or 0) < 60
        told = vwaps[leg.leg.order_ref]
        if leg.market.vwap is None:
            assert told is None, leg.market.vwap_problem
        else:
            assert told is not None
            assert abs(float(leg.market.vwap) / told - 1) < 1e-4
    assert any(leg.market.vwap is not None for leg in report.legs)


def _decision(plan: OrderPlan, order_ref: str) -> Decimal:
    (price,) = (leg.arrival_price for leg in plan.legs if leg.order_ref == order_ref)
    return price


async def _vwaps_of_seconds(
    desk: RebalanceDesk, report: RebalanceReport
) -> dict[str, float | None]:
    """Return the VWAP of each order's interval as bars of one second have it, not trades."""
    found: dict[str, float | None] = {}
    async with desk.client(client_id=71) as client:
        for leg in report.legs:
            first, last = leg.market.start, leg.market.end
            assert first is not None
            assert last is not None
            second = timedelta(seconds=1)
            bars = await client.historical_bars(
                leg.leg.contract, BarSpec(size=BarSize.SEC_1, rth=False),
                end=last + second, duration="120 S",
            )  # fmt: skip
            frame = bars.to_pandas()
            inside = frame[(frame.ts >= first.replace(microsecond=0)) & (frame.ts <= last)]
            inside = inside[inside.volume > 0]
            volume = inside.volume.sum()
            found[leg.leg.order_ref] = (
                float((inside.wap * inside.volume).sum() / volume) if volume else None
            )
    return found


async def test_report_of_a_refused_order_says_why_and_what_it_missed(tmp_path: Path) -> None:
    """Nothing was filled: the whole shortfall is where the market stands now."""
    forbidden = TradingOptions(not_allowed=frozenset({"STK"}))
    async with rebalance_desk(tmp_path, trading=forbidden) as desk:
        plan = await desk.plan()
        with pytest.raises(OrderRejected):
            await desk.submit(plan)
        report = await _measured(desk, plan)
    refused, *unsent = report.legs
    assert (refused.state, refused.filled) == ("rejected", 0)
    assert "203" in refused.message
    assert {leg.state for leg in unsent} == {"not sent"}
    for leg in report.legs:
        end, costs = leg.market.end_price, leg.costs
        assert end is not None
        assert costs.opportunity == leg.leg.quantity * (end - leg.leg.arrival_price)
        assert (costs.trading, costs.fees) == (0, 0)
        assert leg.market.vwap_problem == "nothing was filled"


async def test_report_is_kept_for_sql_and_made_again_without_a_gateway(tmp_path: Path) -> None:
    """The second one asks nobody, and has the market of the first."""
    async with rebalance_desk(tmp_path) as desk:
        plan = await desk.plan()
        await desk.submit(plan)
        await desk.follow(plan)
        first = await _measured(desk, plan)
        await desk.gateway.stop()
        again = report_rebalance(desk.settings, desk.ledger, plan.plan_id, markets=None).report
        await desk.start()
    assert [leg.market for leg in again.legs] == [leg.market for leg in first.legs]
    assert again.total_shortfall == first.total_shortfall
    with open_catalog(desk.settings.market) as catalog:
        told = catalog.sql(
            "SELECT r.shortfall, sum(l.shortfall), count(*), any_value(r.fills), "
            "(SELECT count(*) FROM fills) FROM rebalance_reports r JOIN rebalance_legs l "
            "USING (plan_id) GROUP BY r.shortfall"
        ).fetchall()
    ((whole, parts, count, fills, rows),) = told
    assert abs(whole - parts) < 1e-6
    assert abs(whole - float(first.total_shortfall.known)) < 1e-6
    assert (count, fills, rows) == (len(plan.legs), first.fills, first.fills)


@pytest.mark.parametrize("version", [226, 200, 199])
async def test_fills_of_friday_are_found_on_monday(tmp_path: Path, version: int) -> None:
    """Nobody followed the orders before the weekend: their executions alone tell of them."""
    async with rebalance_desk(tmp_path, clock=_FRIDAY, max_server_version=version) as desk:
        plan = await desk.plan()
        await desk.submit(plan)
        await _filled(desk, plan)
        await desk.gateway.stop()
        desk.options = replace(desk.options, clock=_MONDAY)
        await desk.start()
        refs = [leg.order_ref for leg in plan.legs]
        async with desk.client() as client:
            assert await client.executions() == ()
            monday = datetime(2013, 3, 4, tzinfo=UTC)
            assert await client.executions(since=monday) == ()
            assert len(await client.executions(since=monday - timedelta(days=4))) == len(
                desk.trades()
            )
            assert settle(desk.ledger, refs, await read_broker_truth(client)) == 0
            new = settle(desk.ledger, refs, await read_broker_truth(client, whole_log=True))
        assert new == len(desk.trades())
        report = kept_report(desk.settings, desk.ledger, plan.plan_id)
    assert report.states == {"filled": len(plan.legs)}
    assert all(leg.uncharged == 0 for leg in report.legs)
    assert report.short == ()


async def _filled(desk: RebalanceDesk, plan: OrderPlan) -> None:
    """Return when the gateway has filled every order, without anybody writing it down."""
    refs = {leg.order_ref for leg in plan.legs}
    async with desk.client(client_id=0) as client:
        for _ in range(200):
            done = {state.order.order_ref for state in await client.completed_orders()}
            if refs <= done:
                return
    raise AssertionError(f"not filled: {refs - done}")
