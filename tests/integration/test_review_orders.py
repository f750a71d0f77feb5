# SPDX-License-Identifier: Apache-2.0
"""What needs a person is named; what the broker says is in the ledger before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import Asset
from airflow.sdk.exceptions import AirflowFailException

from ib_provider.domain.contract import Contract
from ib_provider.domain.order import Order, OrderType, Side
from ib_provider.errors import WrongAccount
from ib_provider.ledger.intent import IntentState
from ib_provider.ledger.positions import InstrumentLock
from ib_provider.operators.orders_watch import IbOrdersWatchOperator
from ib_provider.usecases.review_orders import ConcernKind, OrdersReview, review_orders
from tests.support.airflow_home import gateway_connection
from tests.support.main_job import ACCOUNT
from tests.support.rebalance_desk import RebalanceDesk, rebalance_desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[RebalanceDesk]:
    """Return a desk whose orders do not fill by themselves."""
    async with rebalance_desk(tmp_path, fill_delay_s=600.0) as running:
        yield running


async def _review(desk: RebalanceDesk, late_after: timedelta = timedelta(hours=1)) -> OrdersReview:
    async with desk.client() as client:
        return await review_orders(
            client,
            ledger=desk.ledger,
            account=ACCOUNT,
            late_after=late_after,
            between_looks_s=0.01,
        )


async def _enter(desk: RebalanceDesk, ref: str) -> None:
    async with desk.client(90) as client:
        order = Order(
            side=Side.BUY,
            quantity=Decimal(1),
            order_type=OrderType.LIMIT,
            limit_price=Decimal(100),
            account=ACCOUNT,
            order_ref=ref,
        )
        contract = Contract(symbol="IBM", exchange="SMART", currency="USD")
        await client.place_order(client.next_order_id(), contract, order)


async def test_orders_at_work_are_late_after_their_time(desk: RebalanceDesk) -> None:
    """Before it they are nobody's business."""
    plan = await desk.plan()
    await desk.submit(plan)
    review = await _review(desk)
    assert (review.working, review.concerns, review.plan_ids) == (5, (), (plan.plan_id,))
    late = await _review(desk, timedelta(0))
    assert {concern.kind for concern in late.concerns} == {ConcernKind.LATE}
    assert {c.subject for c in late.concerns} == {leg.order_ref for leg in plan.legs}


async def test_orders_that_somebody_cancelled_ended_short(desk: RebalanceDesk) -> None:
    """Another client's global cancel: the ledger knows it, and a person is called."""
    plan = await desk.plan()
    await desk.submit(plan)
    async with desk.client(90) as client:
        await client.cancel_all()
    review = await _review(desk)
    assert [concern.kind for concern in review.concerns] == [ConcernKind.SHORT] * 5
    assert "cancelled at the broker, 0 filled" in review.concerns[0].text
    states = {intent.state for intent in desk.ledger.intents(plan.plan_id)}
    assert states == {IntentState.CANCELLED}
    assert (await _review(desk)).concerns == review.concerns


async def test_fills_are_in_the_ledger_and_no_concern(tmp_path: Path) -> None:
    """Nobody else has asked the broker since they were sent."""
    async with rebalance_desk(tmp_path) as desk:
        plan = await desk.plan()
        await desk.submit(plan)
        async with asyncio.timeout(30):
            while (review := await _review(desk)).working:
                pass
        assert review.concerns == ()
        bought = desk.ledger.fills([leg.order_ref for leg in plan.legs])
        assert sum(fill.execution.quantity for fill in bought) == sum(
            leg.quantity for leg in plan.legs
        )


async def test_order_without_trace_order_without_record_and_lock_are_each_named(
    desk: RebalanceDesk,
) -> None:
    """A stranger's order is counted, and is nobody's concern."""
    plan = await desk.plan()
    long_ago = datetime.now(UTC) - timedelta(minutes=5)
    desk.ledger.intend(plan.legs[0], plan=plan, order_id=10**6, client_id=7, at=long_ago)
    await _enter(desk, "ibp-demo-IBM-forgotten")
    await _enter(desk, "by hand")
    lock = InstrumentLock(
        account=ACCOUNT, instrument_id="FB.NASDAQ", who="ada", why="a split", at=long_ago
    )
    desk.ledger.lock_instrument(lock)
    review = await _review(desk)
    assert {(concern.kind, concern.subject) for concern in review.concerns} == {
        (ConcernKind.UNKNOWN, plan.legs[0].order_ref),
        (ConcernKind.UNRECORDED, "ibp-demo-IBM-forgotten"),
        (ConcernKind.LOCKED, "FB.NASDAQ"),
    }
    assert review.others == 2


async def test_account_the_login_does_not_hold_is_refused(desk: RebalanceDesk) -> None:
    """Nothing seen is not nothing wrong."""
    async with desk.client() as client:
        with pytest.raises(WrongAccount):
            await review_orders(
                client, ledger=desk.ledger, account="DU7654321", late_after=timedelta(1)
            )


class Store(dict[str, Any]):
    """The state store of an asset."""

    def set(self, key: str, value: Any) -> None:
        self[key] = value


async def test_concern_is_told_once_and_stands_as_a_warning(
    desk: RebalanceDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock fails one run; the next one passes, and a new concern fails again."""
    monkeypatch.setenv("IB_PROVIDER_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("AIRFLOW_CONN_IB_DEFAULT", gateway_connection(desk.port))
    asset = Asset("ib_orders")
    operator = IbOrdersWatchOperator(task_id="watch", inlets=[asset])
    pushed: dict[str, Any] = {}
    context: Any = {
        "dag_run": SimpleNamespace(run_type="manual"),
        "ti": SimpleNamespace(xcom_push=lambda key, value: pushed.update({key: value})),
        "asset_state_store": {asset: Store()},
    }

    def lock(name: str) -> None:
        desk.ledger.lock_instrument(
            InstrumentLock(
                account=ACCOUNT, instrument_id=name, who="ada", why="so", at=datetime.now(UTC)
            )
        )

    lock("FB.NASDAQ")
    with pytest.raises(AirflowFailException, match=r"locked: FB\.NASDAQ: so"):
        await asyncio.to_thread(operator.execute, context)
    assert pushed["concerns"] == ["locked: FB.NASDAQ: so"]
    seen = await asyncio.to_thread(operator.execute, context)
    assert seen["concerns"] == ["locked: FB.NASDAQ: so"]
    lock("IBM.NYSE")
    with pytest.raises(AirflowFailException, match="1 need a person") as caught:
        await asyncio.to_thread(operator.execute, context)
    assert "FB.NASDAQ" not in str(caught.value)
