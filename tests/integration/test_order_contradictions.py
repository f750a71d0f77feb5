# SPDX-License-Identifier: Apache-2.0
"""What cannot be true at once is told in the right words, once it has stood for three looks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import Asset
from airflow.sdk.exceptions import AirflowFailException
from sqlalchemy import create_engine, update

from ib_provider.domain.order import Order, OrderState, OrderStatus, OrderType
from ib_provider.domain.portfolio import PlanLeg
from ib_provider.ledger.schema import order_intent
from ib_provider.operators.orders_watch import IbOrdersWatchOperator
from ib_provider.simulator.interventions import find_shares, hold_order, reject_order
from ib_provider.usecases.review_orders import ConcernKind, OrdersReview, review_orders
from tests.support.airflow_home import gateway_connection
from tests.support.control import carry_out
from tests.support.main_job import ACCOUNT
from tests.support.rebalance_desk import RebalanceDesk, rebalance_desk

_NEVER_S = 600.0
_FRIDAY, _MONDAY = "2013-03-01T10:00:00-05:00", "2013-03-04T09:00:00-05:00"


async def test_order_the_broker_holds_inactive_is_told_until_it_works_again(
    tmp_path: Path,
) -> None:
    """Held for shares, it has its reason; refused late, it ended short, with the exchange's."""
    async with rebalance_desk(tmp_path, fill_delay_s=_NEVER_S) as desk:
        plan = await desk.plan()
        await desk.submit(plan)
        held, refused, *_ = desk.sent()
        assert hold_order(desk.gateway.brokerage, held.key)
        assert reject_order(desk.gateway.brokerage, refused.key, "NO BORROW")
        told = _told(await _review(desk))
        assert told.pop(held.terms.order_ref) == (ConcernKind.INACTIVE, "locate")
        kind, text = told.pop(refused.terms.order_ref)
        assert kind is ConcernKind.SHORT
        assert text.startswith("rejected at the broker, 0 filled: error 0: ")
        assert "NO BORROW" in text
        assert told == {}
        (leg,) = [leg for leg in plan.legs if leg.order_ref == held.terms.order_ref]
        find_shares(desk.gateway.brokerage, leg.contract.symbol)
        await _until(lambda: _status(desk, held.key) is OrderStatus.SUBMITTED)
        assert _told(await _review(desk)).keys() == {refused.terms.order_ref}


async def test_order_that_is_over_here_and_works_there_is_a_contradiction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Filled, cancelled, called off by us, or there twice: a person is called, and told which."""
    async with rebalance_desk(tmp_path, fill_delay_s=_NEVER_S) as desk:
        plan = await desk.plan()
        await desk.submit(plan)
        assert (await _review(desk)).concerns == ()
        filled, cancelled, called_off, twice, healthy = plan.legs
        _end(desk, filled, OrderStatus.FILLED)
        _end(desk, cancelled, OrderStatus.CANCELLED)
        desk.ledger.call_off(called_off.order_ref, "its time is over", datetime.now(UTC))
        _end(desk, called_off, OrderStatus.CANCELLED)
        await _enter_again(desk, twice)
        told = _told(await _review(desk))
        for leg, said in ((filled, "filled"), (cancelled, "cancelled"), (called_off, "cancelled")):
            there = f"works at the broker: Submitted, 0 of {leg.quantity} filled"
            text = f"{said} in the ledger, and {there}"
            assert told[leg.order_ref] == (ConcernKind.CONTRADICTION, text)
        kind, text = told[twice.order_ref]
        assert kind is ConcernKind.CONTRADICTION
        assert "at the broker twice: permId" in text
        assert healthy.order_ref not in told
        failure = await _failure_of_the_task(desk, monkeypatch)
    assert failure.startswith(f"{ACCOUNT}: 4 need a person\n")
    assert f"  - contradiction: {called_off.order_ref}: cancelled in the ledger" in failure
    assert healthy.order_ref not in failure


async def test_order_that_left_no_trace_is_told_when_it_has_had_its_time(tmp_path: Path) -> None:
    """What was never answered for is unknown; what the broker had and has no more contradicts."""
    async with rebalance_desk(tmp_path, fill_delay_s=_NEVER_S) as desk:
        plan = await desk.plan()
        young, old, worked, part, _ = plan.legs
        for leg in (young, old, worked, part):
            at = datetime.now(UTC)
            desk.ledger.intend(leg, plan=plan, order_id=10**6, client_id=7, at=at)
        for leg in (young, old):
            desk.ledger.record_unknown(leg.order_ref, "no answer", datetime.now(UTC))
        for leg in (worked, part):
            _end(desk, leg, OrderStatus.SUBMITTED)
        assert (await _review(desk)).concerns == ()
        _age(desk, [old, worked], timedelta(minutes=2, seconds=1))
        _age(desk, [young, part], timedelta(minutes=1))
        told = _told(await _review(desk))
    kind, text = told.pop(old.order_ref)
    assert kind is ConcernKind.UNKNOWN
    assert text.startswith("unknown since 20")
    assert text.endswith(" UTC, and no trace of it")
    kind, text = told.pop(worked.order_ref)
    assert kind is ConcernKind.CONTRADICTION
    assert text.startswith("working in the ledger since 20")
    assert text.endswith(" and the broker has no such order; nor any of its executions")
    assert told == {}


async def test_executions_that_are_not_what_was_filled_count_after_three_looks(
    tmp_path: Path,
) -> None:
    """Lost for two looks nothing is said; for three it is. What contradicts keeps no fill away."""
    async with rebalance_desk(tmp_path) as desk:
        plan = await desk.plan()
        await desk.submit(plan)
        await _until(lambda: all(not order.is_open for order in desk.sent()))
        wrong, *others = plan.legs
        _end(desk, wrong, OrderStatus.CANCELLED)
        each_look = len(desk.trades())

        async def lose(looks: int) -> None:
            await carry_out(desk.gateway.control_port, "calm_down")
            await carry_out(
                desk.gateway.control_port, "tamper", kinds=["executions"], how="lose",
                count=looks * each_look,
            )  # fmt: skip

        await lose(3)
        told = _told(await _review(desk))
        for leg in others:
            text = f"filled, 0 of {leg.quantity} by its executions"
            assert told.pop(leg.order_ref) == (ConcernKind.CONTRADICTION, text)
        assert told == {wrong.order_ref: _cancelled_and_filled(wrong)}
        assert desk.ledger.fills([leg.order_ref for leg in plan.legs]) == ()
        await lose(2)
        review = await _review(desk)
        assert _told(review) == {wrong.order_ref: _cancelled_and_filled(wrong)}
        assert review.new_fills == each_look
        bought = desk.ledger.fills([wrong.order_ref])
        assert sum(fill.execution.quantity for fill in bought) == wrong.quantity


async def test_fills_of_friday_are_no_orders_without_trace_on_monday(tmp_path: Path) -> None:
    """Nobody looked before the weekend: the gateway's older executions tell of them."""
    async with rebalance_desk(tmp_path, clock=_FRIDAY) as desk:
        plan = await desk.plan()
        await desk.submit(plan)
        await _until(lambda: all(not order.is_open for order in desk.sent()))
        trades = len(desk.trades())
        await desk.gateway.stop()
        desk.options = replace(desk.options, clock=_MONDAY)
        await desk.start()
        _age(desk, plan.legs, timedelta(days=3))
        review = await _review(desk)
    assert review.concerns == ()
    assert (review.new_fills, review.working) == (trades, 0)


async def _review(desk: RebalanceDesk) -> OrdersReview:
    async with desk.client() as client:
        return await review_orders(
            client,
            ledger=desk.ledger,
            account=ACCOUNT,
            late_after=timedelta(hours=1),
            between_looks_s=0.01,
        )


def _told(review: OrdersReview) -> dict[str, tuple[ConcernKind, str]]:
    """Return what was said, each order once."""
    told = {concern.subject: (concern.kind, concern.text) for concern in review.concerns}
    assert len(told) == len(review.concerns)
    return told


def _cancelled_and_filled(leg: PlanLeg) -> tuple[ConcernKind, str]:
    text = f"order {leg.order_ref} is cancelled and was reported filled"
    return ConcernKind.CONTRADICTION, text


def _end(desk: RebalanceDesk, leg: PlanLeg, status: OrderStatus) -> None:
    """Write into the ledger what the broker did not say."""
    order = Order(
        side=leg.side,
        quantity=leg.quantity,
        order_type=OrderType.LIMIT,
        account=ACCOUNT,
        order_ref=leg.order_ref,
    )
    state = OrderState(
        order_id=0,
        perm_id=0,
        client_id=0,
        contract=leg.contract,
        order=order,
        status=status,
        filled=Decimal(0),
        remaining=leg.quantity,
        avg_fill_price=None,
    )
    desk.ledger.record_state(leg.order_ref, state, datetime.now(UTC))


def _age(desk: RebalanceDesk, legs: list[PlanLeg] | tuple[PlanLeg, ...], by: timedelta) -> None:
    """Let orders have been out for as long."""
    engine = create_engine(desk.settings.ledger_url)
    with engine.begin() as connection:
        connection.execute(
            update(order_intent)
            .where(order_intent.c.order_ref.in_([leg.order_ref for leg in legs]))
            .values(created_at=datetime.now(UTC) - by)
        )
    engine.dispose()


async def _enter_again(desk: RebalanceDesk, leg: PlanLeg) -> None:
    async with desk.client(90) as client:
        order = Order(
            side=leg.side,
            quantity=leg.quantity,
            order_type=OrderType.LIMIT,
            limit_price=leg.limit_price,
            account=ACCOUNT,
            order_ref=leg.order_ref,
        )
        await client.place_order(client.next_order_id(), leg.contract, order)


def _status(desk: RebalanceDesk, key: tuple[int, int]) -> OrderStatus | None:
    order = desk.gateway.brokerage.book.find(key)
    return order.status if order else None


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 a book has no event
            await asyncio.sleep(0.01)


async def _failure_of_the_task(desk: RebalanceDesk, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what the task fails with: a failure that is not tried again."""
    monkeypatch.setenv("IB_PROVIDER_HOME", str(desk.settings.home))
    monkeypatch.setenv("AIRFLOW_CONN_IB_DEFAULT", gateway_connection(desk.port))
    operator = IbOrdersWatchOperator(task_id="watch", inlets=[Asset("ib_orders")])
    context: Any = {
        "dag_run": SimpleNamespace(run_type="manual"),
        "ti": SimpleNamespace(xcom_push=lambda **told: told),
        "asset_state_store": {Asset("ib_orders"): _Store()},
    }
    with pytest.raises(AirflowFailException) as caught:
        await asyncio.to_thread(operator.execute, context)
    return str(caught.value)


class _Store(dict[str, Any]):
    """The state store of an asset."""

    def set(self, key: str, value: Any) -> None:
        self[key] = value
