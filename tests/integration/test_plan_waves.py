# SPDX-License-Identifier: Apache-2.0
"""Sells first, then buys for what they freed: over TCP, with what may go wrong between the two."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from ib_provider.domain.execution_style import MARKETABLE_LIMIT, ExecutionStyle
from ib_provider.domain.order import OrderStatus, Side
from ib_provider.domain.portfolio import OrderPlan, Portfolio, Target, TargetKind
from ib_provider.errors import IbProviderError, LedgerError, NotApproved
from ib_provider.usecases.read_yaml import read_portfolio
from tests.support.airflow_home import PROJECT
from tests.support.rebalance_desk import RebalanceDesk, rebalance_desk
from tests.support.usecase_process import start_use_case

_BUFFER: Final = Decimal(20_000)


def _rotation(style: ExecutionStyle = MARKETABLE_LIMIT) -> Portfolio:
    """Return the portfolio that sells IBM and buys Apple and Microsoft for it."""
    shares = {"IBM.NYSE": 1_800, "AAPL.NASDAQ": 250, "MSFT.NASDAQ": 4_500}
    targets = tuple(
        Target(instrument_id=name, kind=TargetKind.QUANTITY, amount=Decimal(units))
        for name, units in shares.items()
    )
    demo = read_portfolio(PROJECT / "include", "demo")
    return replace(demo, targets=targets, cash_buffer=Decimal(0), min_cash=_BUFFER, style=style)


@asynccontextmanager
async def _desk(tmp_path: Path, **options: Any) -> AsyncIterator[RebalanceDesk]:
    """Run an account of IBM shares and little cash: buys need what the sale brings."""
    given: dict[str, Any] = {"positions": {"IBM": Decimal(3_000)}, "cash": Decimal(25_000)}
    async with rebalance_desk(tmp_path, **(given | options)) as desk:
        desk.portfolio = _rotation()
        yield desk


async def test_buys_go_out_when_the_sales_are_done(tmp_path: Path) -> None:
    """The second wave's orders are placed after the first wave's last fill, each once."""
    async with _desk(tmp_path) as desk:
        plan = await desk.plan()
        assert [leg.wave for leg in plan.legs] == [1, 2, 2]
        first = await desk.submit(plan)
        assert first.sent == (plan.legs[0].order_ref,)
        assert first.later == (plan.legs[1].order_ref, plan.legs[2].order_ref)
        assert not first.is_sent
        await desk.execute(plan)
        orders = desk.sent()
        ended = orders[0].ended_at
        assert [order.side for order in orders] == [Side.SELL, Side.BUY, Side.BUY]
        assert ended is not None
        assert all(order.placed_at >= ended for order in orders[1:])
        _assert_filled(desk, plan)


async def test_second_wave_waits_for_as_long_as_a_sale_works(tmp_path: Path) -> None:
    """Asking again sends nothing: what the sale brings is not there yet."""
    async with _desk(tmp_path, fill_delay_s=600.0) as desk:
        plan = await desk.plan()
        await desk.submit(plan)
        again = await desk.submit(plan)
        assert again.sent == ()
        assert again.working == (plan.legs[0].order_ref,)
        assert len(desk.sent()) == 1


async def test_partly_filled_sale_shrinks_the_buys_and_keeps_the_buffer(tmp_path: Path) -> None:
    """The sale is called off at its deadline; the buys are for what it brought, never more."""
    async with _desk(tmp_path, fill_delay_s=0.5) as desk:
        desk.portfolio = _rotation(ExecutionStyle(work_s=Decimal("2")))
        plan = await desk.plan()
        halted = desk.gateway.brokerage.floor.halted
        trading = asyncio.ensure_future(_halt_after_a_trade(desk, "IBM"))

        def go_on(line: str) -> None:
            if "time is over" in line:
                halted.discard("IBM")

        await desk.execute(plan, progress=go_on)
        await trading
        sale, *buys = desk.sent()
        assert sale.status is OrderStatus.CANCELLED
        assert 0 < sale.filled < plan.legs[0].quantity
        approved = {leg.order_ref: leg.quantity for leg in plan.legs}
        assert buys
        assert all(order.quantity <= approved[order.terms.order_ref] for order in buys)
        assert sum(order.quantity for order in buys) < sum(leg.quantity for leg in plan.legs[1:])
        assert desk.cash() >= _BUFFER
        notes = [size.note for size in desk.ledger.leg_sizes(plan.plan_id).values()]
        assert "cut to the cash that was freed" in notes


async def test_sale_of_which_nothing_filled_buys_only_what_the_cash_can_pay(
    tmp_path: Path,
) -> None:
    """Five thousand above the buffer pay for a few shares, and no more are bought."""
    async with _desk(tmp_path, fill_delay_s=600.0) as desk:
        desk.portfolio = _rotation(ExecutionStyle(work_s=Decimal("0.8")))
        plan = await desk.plan()
        await desk.execute(plan)
        sale, *buys = desk.sent()
        assert (sale.status, sale.filled) == (OrderStatus.CANCELLED, 0)
        costs = [order.quantity * (order.terms.lmt_price or 0) for order in buys]
        assert 0 < sum(costs) <= 5_000


@pytest.mark.parametrize("line", ["sent SELL", "sent BUY"])
async def test_kill_between_the_waves_and_a_retry_end_as_without_it(
    tmp_path: Path, line: str
) -> None:
    """Whatever was sent before SIGKILL is adopted; what was not goes out once."""
    async with _desk(tmp_path, fill_delay_s=0.3) as desk:
        plan = await desk.plan()
        process = await start_use_case(desk.settings, "execute", plan.plan_id, desk.port)
        await _until_line(process, line)
        process.kill()
        await process.wait()
        async with asyncio.timeout(30):
            while desk.gateway.view().clients:  # noqa: ASYNC110 a view has no event
                await asyncio.sleep(0.02)
        await desk.execute(plan)
        assert desk.orders_of(plan) == [1, 1, 1]
        _assert_filled(desk, plan)


async def test_retry_sends_the_sizes_that_the_try_before_it_decided(tmp_path: Path) -> None:
    """A crash within the second wave does not let the rest of it take what is left over."""
    async with _desk(tmp_path, fill_delay_s=600.0) as desk:
        desk.portfolio = _rotation(ExecutionStyle(work_s=Decimal("0.8")))
        plan = await desk.plan()
        last = plan.legs[2].order_ref

        def dies(order_ref: str) -> None:
            if order_ref == last:
                raise LedgerError("the process died here")

        with pytest.raises(LedgerError, match="died here"):
            await desk.execute(plan, fence=dies)
        sizes = desk.ledger.leg_sizes(plan.plan_id)
        await desk.execute(plan)
        assert desk.ledger.leg_sizes(plan.plan_id) == sizes
        sent = {order.terms.order_ref: order.quantity for order in desk.sent()[1:]}
        wanted = {
            plan.legs[index].order_ref: size.quantity
            for index, size in sizes.items()
            if size.quantity
        }
        assert sent == wanted


async def test_second_wave_needs_the_word_that_was_given_last(tmp_path: Path) -> None:
    """A person who says no between the waves stops the second one."""
    async with _desk(tmp_path) as desk:
        plan = await desk.plan()
        await desk.submit(plan)
        await desk.follow(plan)
        desk.ledger.record_approval(_no(plan))
        with pytest.raises(NotApproved, match="rejected it"):
            await desk.submit(plan)
        assert len(desk.sent()) == 1


async def _halt_after_a_trade(desk: RebalanceDesk, symbol: str) -> None:
    async with asyncio.timeout(30):
        while not desk.trades():  # noqa: ASYNC110 a book has no event
            await asyncio.sleep(0.01)
    desk.gateway.brokerage.floor.halted.add(symbol)


def _no(plan: OrderPlan) -> Any:
    from datetime import UTC, datetime

    from ib_provider.domain.approval import Approval

    return Approval(plan_id=plan.plan_id, is_approved=False, who="ada", at=datetime.now(UTC))


def _assert_filled(desk: RebalanceDesk, plan: OrderPlan) -> None:
    traded: dict[str, Decimal] = {}
    for trade in desk.trades():
        traded[trade.order_ref] = traded.get(trade.order_ref, Decimal(0)) + trade.shares
    assert traded == {leg.order_ref: leg.quantity for leg in plan.legs}
    assert desk.cash() >= _BUFFER


async def _until_line(process: asyncio.subprocess.Process, begins: str) -> None:
    """Return when the process has said a line that begins so, or raise where it ends first."""
    if process.stdout is None:
        raise IbProviderError("a process without output")
    async with asyncio.timeout(60):
        async for line in process.stdout:
            if line.decode().startswith(begins):
                return
    raise IbProviderError(f"the process ended before it said {begins!r}")
