# SPDX-License-Identifier: Apache-2.0
"""Orders that do not end as they were meant to: what ledger, report and a retry then say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ib_provider.domain.approval import Approval
from ib_provider.domain.portfolio import OrderPlan
from ib_provider.errors import ConnectionLost, LimitBreached, OrderRejected, RequestTimeout
from ib_provider.ledger.intent import IntentState
from ib_provider.simulator.exchange.orders import SimOrder
from ib_provider.simulator.faults import actions
from ib_provider.simulator.faults.fault_plan import Step
from ib_provider.simulator.interventions import cancel_by_hand, reject_order
from ib_provider.usecases.rebalance_report import rebalance_report
from ib_provider.usecases.watch_orders import watch_orders
from tests.support.control import carry_out
from tests.support.main_job import GUARD
from tests.support.rebalance_desk import RebalanceDesk, rebalance_desk

#: Longer than any test: an order with it works until somebody ends it.
_NEVER_S = 600.0


async def test_orders_cancelled_by_another_client_end_cancelled_and_are_not_sent_again(
    tmp_path: Path,
) -> None:
    """A global cancel from elsewhere: following ends, and a retry adopts what is gone."""
    async with rebalance_desk(tmp_path, fill_delay_s=_NEVER_S) as desk:
        plan = await desk.plan()
        await desk.submit(plan)
        following = asyncio.ensure_future(desk.follow(plan))
        async with desk.client(1) as other:
            gone = await other.cancel_all()
        assert len(gone) == len(plan.legs)
        await following
        assert _states(desk, plan) == [IntentState.CANCELLED] * len(plan.legs)
        report = await desk.submit(plan)
        assert report.sent == ()
        assert desk.orders_of(plan) == [1] * len(plan.legs)
        assert {leg.filled for leg in rebalance_report(desk.ledger, plan.plan_id).legs} == {0}


async def test_order_cancelled_by_hand_after_a_part_keeps_the_part(tmp_path: Path) -> None:
    """What filled is counted from executions, what did not stays undone until a new plan."""
    async with rebalance_desk(tmp_path, fill_delay_s=0.2) as desk:
        plan = await desk.plan()
        await desk.submit(plan)
        order = await _order(desk, lambda found: found.is_open and found.filled > 0)
        cancel_by_hand(desk.gateway.brokerage, order.key)
        await desk.follow(plan)
        (leg,) = [
            leg
            for leg in rebalance_report(desk.ledger, plan.plan_id).legs
            if leg.leg.order_ref == order.terms.order_ref
        ]
        traded = [t.shares for t in desk.trades() if t.order_ref == leg.leg.order_ref]
        assert leg.state == "cancelled"
        assert 0 < leg.filled == sum(traded) < leg.leg.quantity
        assert desk.held()[order.con_id] == leg.filled
        assert (await desk.submit(plan)).sent == ()
        again = await desk.plan("the rest")
        rest = {item.instrument_id: item.quantity for item in again.legs}
        assert rest[leg.leg.instrument_id] == leg.leg.quantity - leg.filled


async def test_order_rejected_after_it_was_accepted_stops_the_plan(tmp_path: Path) -> None:
    """The broker took it and then would not have it: rejected, with its reason, and no retry."""
    async with rebalance_desk(tmp_path, fill_delay_s=_NEVER_S) as desk:
        plan = await desk.plan()
        await desk.submit(plan)
        order = await _order(desk, lambda found: found.is_open)
        async with desk.client() as client:
            watching = asyncio.ensure_future(
                watch_orders(client, [order.terms.order_ref], timeout_s=30)
            )
            await _until(lambda: len(desk.gateway.view().clients) == 1)
            assert reject_order(desk.gateway.brokerage, order.key, "NO BORROW")
            assert (await watching).unsettled == ()
        with pytest.raises(OrderRejected, match="NO BORROW"):
            await desk.submit(plan)
        (intent,) = [
            found
            for found in desk.ledger.intents(plan.plan_id)
            if found.order_ref == order.terms.order_ref
        ]
        assert intent.state is IntentState.REJECTED
        assert "NO BORROW" in intent.message
        assert desk.orders_of(plan) == [1] * len(plan.legs)
        assert desk.ledger.rejects_in_a_row(plan.account) <= 1


async def test_order_that_is_inactive_and_nothing_said_why_ends_rejected(tmp_path: Path) -> None:
    """Whose error was lost is found among the completed orders, by its status alone."""
    async with rebalance_desk(tmp_path, fill_delay_s=_NEVER_S) as desk:
        plan = await desk.plan()
        await desk.submit(plan)
        await carry_out(desk.gateway.control_port, "tamper", kinds=["errors"], how="lose")
        for order in list(desk.gateway.brokerage.book.orders()):
            assert reject_order(desk.gateway.brokerage, order.key, "no")
        await desk.follow(plan)
        assert _states(desk, plan) == [IntentState.REJECTED] * len(plan.legs)
        assert desk.ledger.rejects_in_a_row(plan.account) == len(plan.legs)
        # As many refusals as this stop an account until a person has looked.
        other = await _raised(desk.plan("after"))
        assert isinstance(other, LimitBreached)
        assert "max_rejects" in str(other)


async def test_refusal_in_the_middle_leaves_what_was_not_on_its_way(tmp_path: Path) -> None:
    """Those that were out when the second one was refused are at the broker as the ledger says."""
    step = Step(upon="PlaceOrder", nth=2, action=actions.OrderFault(how="reject", message="no"))
    async with rebalance_desk(tmp_path, faults=(step,)) as desk:
        plan = await desk.plan()
        with pytest.raises(OrderRejected, match=plan.legs[1].order_ref):
            await desk.submit(plan)
        states = {intent.order_ref: intent.state for intent in desk.ledger.intents(plan.plan_id)}
        assert IntentState.UNKNOWN not in states.values()
        assert IntentState.INTENDED not in states.values()
        assert states[plan.legs[1].order_ref] is IntentState.REJECTED
        at_broker = dict(
            zip([leg.order_ref for leg in plan.legs], desk.orders_of(plan), strict=True)
        )
        for leg in plan.legs:
            is_taken = states.get(leg.order_ref) in (IntentState.WORKING, IntentState.FILLED)
            assert at_broker[leg.order_ref] == is_taken, states
        with pytest.raises(OrderRejected, match="make a new plan"):
            await desk.submit(plan)
        assert desk.orders_of(plan) == list(at_broker.values())


async def test_answers_lost_while_orders_are_in_flight_are_found_by_the_retry(
    tmp_path: Path,
) -> None:
    """Several orders were out when their answers were lost: each is at the gateway once."""
    swallow = actions.OrderFault(how="swallow", count=3)
    step = Step(upon="PlaceOrder", nth=2, action=swallow)
    async with rebalance_desk(tmp_path, faults=(step,)) as desk:
        plan = await desk.plan()
        with pytest.raises(RequestTimeout):
            await desk.submit(plan)
        unknown = [
            intent.order_ref
            for intent in desk.ledger.intents(plan.plan_id)
            if intent.state is IntentState.UNKNOWN
        ]
        assert unknown == [leg.order_ref for leg in plan.legs[1:4]]
        report = await desk.submit(plan)
        assert set(unknown) <= set(report.adopted)
        await desk.follow(plan)
        assert _states(desk, plan) == [IntentState.FILLED] * len(plan.legs)
        assert desk.orders_of(plan) == [1] * len(plan.legs)


async def test_line_that_dies_with_orders_in_flight_sends_each_once(tmp_path: Path) -> None:
    """Those that arrived are adopted, the others sent under their own ids."""
    step = Step(upon="PlaceOrder", nth=3, action=actions.Drop())
    async with rebalance_desk(tmp_path, faults=(step,)) as desk:
        plan = await desk.plan()
        with pytest.raises(ConnectionLost):
            await desk.submit(plan)
        await desk.submit(plan)
        await desk.follow(plan)
        assert desk.orders_of(plan) == [1] * len(plan.legs)
        assert _states(desk, plan) == [IntentState.FILLED] * len(plan.legs)


async def test_commission_that_trails_its_fill_is_written_down(tmp_path: Path) -> None:
    """Told seconds after the execution, it is waited for or found by the next look."""
    async with rebalance_desk(tmp_path) as desk:
        plan = await desk.plan()
        await carry_out(
            desk.gateway.control_port, "tamper", kinds=["commissions"], how="delay", seconds=1.0
        )
        await desk.submit(plan)
        await desk.follow(plan)
        refs = [leg.order_ref for leg in plan.legs]
        charged = {fill.execution.exec_id: fill.commission for fill in desk.ledger.fills(refs)}
        for trade in desk.trades():
            found = charged.pop(trade.exec_id)
            assert found is not None
            assert abs(found.commission - trade.commission) < Decimal("1e-8")
        assert charged == {}


async def test_prices_that_moved_after_the_approval_send_nothing(tmp_path: Path) -> None:
    """The gates run again with fresh quotes: what was approved at one is not sent at another."""
    async with rebalance_desk(tmp_path) as desk:
        plan = await desk.plan()
        yes = Approval(plan_id=plan.plan_id, is_approved=True, who="ada", at=datetime.now(UTC))
        desk.ledger.record_approval(yes)
        await carry_out(
            desk.gateway.control_port,
            "revise",
            symbol="MSFT",
            session="2013-03-04",
            percent=-30.0,
        )
        with pytest.raises(LimitBreached) as caught:
            await desk.submit(plan, guard=replace(GUARD, needs_approval=True))
        assert {breach.subject for breach in caught.value.breaches} == {"MSFT.NASDAQ"}
        assert {breach.limit for breach in caught.value.breaches} >= {"max_collar_bp"}
        assert desk.orders_of(plan) == [0] * len(plan.legs)
        assert desk.ledger.intents(plan.plan_id) == ()


def _states(desk: RebalanceDesk, plan: OrderPlan) -> list[IntentState]:
    return [intent.state for intent in desk.ledger.intents(plan.plan_id)]


async def _order(desk: RebalanceDesk, is_wanted: Callable[[SimOrder], bool]) -> SimOrder:
    """Return an order of the gateway's book, once one is as wanted."""
    async with asyncio.timeout(30):
        while True:
            for order in desk.gateway.brokerage.book.orders():
                if is_wanted(order):
                    return order
            await asyncio.sleep(0.01)


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 a view has no event
            await asyncio.sleep(0.01)


async def _raised(work: object) -> BaseException | None:
    (result,) = await asyncio.gather(work, return_exceptions=True)  # type: ignore[call-overload]
    return result if isinstance(result, BaseException) else None
