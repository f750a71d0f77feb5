# SPDX-License-Identifier: Apache-2.0
"""What ends a position, from the plan to the gateway's own book: over TCP, clock moved by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from ib_provider.domain.bracket import Bracket
from ib_provider.domain.order import OrderStatus
from ib_provider.usecases.read_yaml import read_portfolio
from tests.support.airflow_home import PROJECT
from tests.support.rebalance_desk import RebalanceDesk, rebalance_desk

_DEMO: Final = read_portfolio(PROJECT / "include", "demo")
_BRACKET: Final = Bracket(
    take_profit=Decimal("0.05"), stop_loss=Decimal("0.04"), stop_limit_bp=Decimal(100)
)


@asynccontextmanager
async def _desk(tmp_path: Path, *names: str, **options: Any) -> AsyncIterator[RebalanceDesk]:
    """Run the portfolio ``demo`` of these names, with a bracket."""
    async with rebalance_desk(tmp_path, **({"speed": 0.0} | options)) as desk:
        targets = tuple(item for item in _DEMO.targets if item.instrument_id in names)
        desk.portfolio = replace(_DEMO, targets=targets, bracket=_BRACKET)
        yield desk


async def test_exits_follow_their_entry_in_one_group(tmp_path: Path) -> None:
    """Both are at the gateway for what the entry bought, and the plan is done for us."""
    async with _desk(tmp_path, "IBM.NYSE") as desk:
        plan = await desk.plan()
        entry, stop, profit = plan.legs
        report = await desk.execute(plan)
        assert report.is_sent
        assert report.working == ()
        kept = {order.terms.order_ref: order for order in desk.sent()}
        assert set(kept) == {entry.order_ref, stop.order_ref, profit.order_ref}
        for leg in (stop, profit):
            order = kept[leg.order_ref]
            assert order.quantity == entry.quantity
            assert order.terms.oca_group == stop.oca_group
            assert order.status in (OrderStatus.PRE_SUBMITTED, OrderStatus.SUBMITTED)
