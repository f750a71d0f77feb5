# SPDX-License-Identifier: Apache-2.0
"""Halted and closed markets: the plan is refused, the name skipped, or its order waits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from ib_provider.errors import LimitBreached
from ib_provider.usecases.read_yaml import read_portfolio
from tests.support.airflow_home import PROJECT
from tests.support.rebalance_desk import RebalanceDesk, rebalance_desk

_DEMO: Final = read_portfolio(PROJECT / "include", "demo")


@asynccontextmanager
async def _desk(tmp_path: Path, **rules: Any) -> AsyncIterator[RebalanceDesk]:
    """Run the portfolio ``demo`` where Facebook is halted, and 100 shares of it are held."""
    async with rebalance_desk(tmp_path, positions={"FB": Decimal(100)}) as desk:
        desk.portfolio = replace(_DEMO, **rules)
        desk.gateway.brokerage.floor.halted.add("FB")
        yield desk


async def test_halted_market_refuses_the_plan_unless_told_otherwise(tmp_path: Path) -> None:
    """Without a policy nothing is planned around what nobody can trade."""
    async with _desk(tmp_path) as desk:
        with pytest.raises(LimitBreached, match="no price: halted"):
            await desk.plan()


async def test_halted_name_is_skipped_with_its_reason(tmp_path: Path) -> None:
    """It stands in the plan, held as it is, and the others are traded."""
    async with _desk(tmp_path, no_market="skip") as desk:
        plan = await desk.plan()
        (row,) = [row for row in plan.rows if row.instrument_id == "FB.NASDAQ"]
        assert (row.note, row.trade, row.target_quantity) == ("halted, skipped", 0, 100)
        assert len(plan.legs) == 4
        await desk.execute(plan)
        assert sum(desk.orders_of(plan)) == 4


async def test_order_waits_for_its_market_and_goes_when_it_trades(tmp_path: Path) -> None:
    """The others are sent meanwhile."""
    async with _desk(tmp_path, no_market="wait", wait_s=Decimal(600)) as desk:
        plan = await desk.plan()
        first = await desk.submit(plan)
        assert len(first.sent) == 4
        assert not first.is_sent
        assert first.call_at is not None
        assert (await desk.submit(plan)).sent == ()
        desk.gateway.brokerage.floor.halted.discard("FB")
        (leg,) = [leg for leg in plan.legs if leg.instrument_id == "FB.NASDAQ"]
        assert (await desk.submit(plan)).sent == (leg.order_ref,)
        report = await desk.execute(plan)
        assert (report.is_sent, report.working) == (True, ())
        assert desk.orders_of(plan) == [1] * 5


async def test_order_whose_market_stays_halted_is_given_up_at_the_end(tmp_path: Path) -> None:
    """The reason is kept, and no later call sends it."""
    async with _desk(tmp_path, no_market="wait", wait_s=Decimal(3)) as desk:
        plan = await desk.plan()
        report = await desk.execute(plan)
        assert report.is_sent
        assert [size.note for size in desk.ledger.leg_sizes(plan.plan_id).values()] == [
            "halted, given up"
        ]
        desk.gateway.brokerage.floor.halted.discard("FB")
        assert (await desk.submit(plan)).sent == ()
        assert sum(desk.orders_of(plan)) == 4


async def test_closed_market_is_skipped_with_its_reason(tmp_path: Path) -> None:
    """After the close nothing is left to plan."""
    async with rebalance_desk(tmp_path, clock="2013-03-04T16:30:00-05:00") as desk:
        desk.portfolio = replace(_DEMO, no_market="skip")
        plan = await desk.plan()
        assert plan.legs == ()
        assert {row.note for row in plan.rows} == {"market closed, skipped"}
