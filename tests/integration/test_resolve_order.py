# SPDX-License-Identifier: Apache-2.0
"""An order of unknown fate rests its instrument until the broker, or a person, says what it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ib_provider.domain.order import OrderStatus
from ib_provider.domain.portfolio import OrderPlan
from ib_provider.errors import LedgerError, LimitBreached, OrderOutcomeUnknown
from ib_provider.ledger.intent import Intent, IntentState
from ib_provider.usecases.preview_plan import order_of
from ib_provider.usecases.resolve_order import resolve_order
from tests.support.main_job import CLIENT_ID
from tests.support.plans import a_state
from tests.support.rebalance_desk import RebalanceDesk, rebalance_desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[RebalanceDesk]:
    async with rebalance_desk(tmp_path) as running:
        yield running


async def _resolve(desk: RebalanceDesk, order_ref: str) -> Intent:
    async with desk.client() as client:
        return await resolve_order(
            client, ledger=desk.ledger, order_ref=order_ref, who="ana", why="not in TWS"
        )


def _lose_first(desk: RebalanceDesk, plan: OrderPlan) -> str:
    """Leave what a process leaves that died under another client id; return the order_ref."""
    leg = plan.legs[0]
    desk.ledger.intend(leg, plan=plan, order_id=1, client_id=CLIENT_ID + 3, at=datetime.now(UTC))
    return leg.order_ref


async def test_order_that_a_person_did_not_find_is_over_and_its_instrument_trades_again(
    desk: RebalanceDesk,
) -> None:
    """Until then nobody trades it; afterwards the old plan never sends it, and a new one may."""
    plan = await desk.plan("first")
    lost = _lose_first(desk, plan)
    with pytest.raises(OrderOutcomeUnknown, match=lost):
        await desk.submit(plan)
    with pytest.raises(LimitBreached, match=f"nobody knows what became of order {lost}"):
        await desk.plan("second")

    resolved = await _resolve(desk, lost)
    assert (resolved.state, resolved.message) == (
        IntentState.CANCELLED,
        "never at the broker, says ana: not in TWS",
    )
    assert desk.ledger.events(lost)[-1].message == resolved.message
    await desk.execute(plan)
    assert desk.orders_of(plan) == [0, 1, 1, 1, 1]

    again = await desk.plan("second")
    assert [leg.instrument_id for leg in again.legs] == [plan.legs[0].instrument_id]
    await desk.submit(again)
    assert desk.orders_of(again) == [1]


async def test_order_that_works_after_all_keeps_its_instrument_from_being_traded_again(
    desk: RebalanceDesk,
) -> None:
    """A person was wrong: the order a new plan would repeat is seen before anything is sent."""
    plan = await desk.plan("first")
    lost = _lose_first(desk, plan)
    await _resolve(desk, lost)
    leg = plan.legs[0]
    async with desk.client(90) as client:
        order = replace(order_of(plan, leg), limit_price=leg.limit_price / 2)
        await client.place_order(client.next_order_id(), leg.contract, order)
    with pytest.raises(LimitBreached, match=leg.instrument_id):
        await desk.plan("second")


@pytest.mark.parametrize("is_called_off", [False, True])
async def test_order_that_the_broker_has_forgotten_is_over_with_what_it_traded(
    desk: RebalanceDesk, is_called_off: bool
) -> None:
    """Its rest is not sent again, though an order that we called off is else followed by one."""
    plan = await desk.plan("first")
    lost = _lose_first(desk, plan)
    state = a_state(plan.legs[0], OrderStatus.SUBMITTED)
    desk.ledger.record_state(lost, state, datetime.now(UTC))
    if is_called_off:
        desk.ledger.call_off(lost, "its time was over", datetime.now(UTC))
    resolved = await _resolve(desk, lost)
    assert (resolved.state, resolved.message) == (
        IntentState.CANCELLED,
        "no longer at the broker, says ana: not in TWS",
    )
    assert desk.ledger.leg_sizes(plan.plan_id)[0].quantity == 0
    await desk.execute(plan)
    assert desk.orders_of(plan) == [0, 1, 1, 1, 1]


async def test_order_that_works_is_not_declared_over(tmp_path: Path) -> None:
    """It is to be cancelled: the refusal says so, and leaves it as it is."""
    async with rebalance_desk(tmp_path, fill_delay_s=600.0) as desk:
        plan = await desk.plan()
        await desk.submit(plan)
        ref = plan.legs[0].order_ref
        with pytest.raises(LedgerError, match="works at the broker: cancel it instead"):
            await _resolve(desk, ref)
        intent = desk.ledger.find_intent(ref)
        assert intent is not None
        assert not intent.state.is_terminal


async def test_order_that_the_broker_knows_is_as_the_broker_says(desk: RebalanceDesk) -> None:
    """Whatever a person believes; and of an order whose end is known nobody has a say."""
    plan = await desk.plan()
    await desk.submit(plan)
    ref = plan.legs[0].order_ref
    desk.ledger.record_unknown(ref, "the line died", datetime.now(UTC))
    known = await _resolve(desk, ref)
    assert known.state in (IntentState.WORKING, IntentState.FILLED)
    assert "ana" not in known.message
    await desk.follow(plan)
    with pytest.raises(LedgerError, match="nothing is left to say"):
        await _resolve(desk, ref)
    with pytest.raises(LedgerError, match="never meant to be sent"):
        await _resolve(desk, "ibp-demo-IBM-nosuch")
