# SPDX-License-Identifier: Apache-2.0
"""The sensor waits for a plan, a wave or an order, and reads the broker's truth when it wakes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import TaskDeferred

from ib_provider.domain.portfolio import OrderPlan
from ib_provider.sensors.fills import IbFillsSensor
from ib_provider.triggers.fills_event import FillsEvent, WaitOutcome
from tests.support.airflow_home import gateway_connection
from tests.support.rebalance_desk import RebalanceDesk, rebalance_desk

CONTEXT: Any = {}


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RebalanceDesk]:
    """Return a desk whose orders work for seconds, and Airflow's connection to its gateway."""
    async with rebalance_desk(tmp_path, fill_delay_s=3.0) as desk:
        monkeypatch.setenv("IB_PROVIDER_HOME", str(tmp_path / "var"))
        monkeypatch.setenv("AIRFLOW_CONN_IB_DEFAULT", gateway_connection(desk.port))
        yield desk


@pytest.fixture
async def plan(desk: RebalanceDesk) -> OrderPlan:
    """Send the orders of a plan: five buys, so that all are of the second wave."""
    plan = await desk.plan()
    await desk.submit(plan)
    assert {leg.wave for leg in plan.legs} == {2}
    return plan


def _sensor(plan: OrderPlan, **scope: Any) -> IbFillsSensor:
    return IbFillsSensor(task_id="fills", plan_id=plan.plan_id, poke_interval=0.5, **scope)


async def _deferral(sensor: IbFillsSensor) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as caught:
        # Airflow's own thread: a use case there has a loop of its own.
        await asyncio.to_thread(sensor.execute, CONTEXT)
    return caught.value


async def test_sensor_of_one_order_waits_for_it_alone(desk: RebalanceDesk, plan: OrderPlan) -> None:
    """The trigger is about one order; what it wakes for is read from the broker again."""
    leg = plan.legs[3]
    sensor = _sensor(plan, order_ref=leg.order_ref)
    trigger: Any = (await _deferral(sensor)).trigger
    assert trigger.order_refs == [leg.order_ref]
    event = await asyncio.wait_for(anext(trigger.run()), 60)
    result = await asyncio.to_thread(sensor.execute_complete, CONTEXT, event.payload)
    assert result["plan_id"] == plan.plan_id
    fills = desk.ledger.fills([leg.order_ref])
    assert sum(fill.execution.quantity for fill in fills) == leg.quantity
    assert result["fills"] == len(fills)


async def test_sensor_of_a_wave_waits_for_its_orders(plan: OrderPlan) -> None:
    """The plan sells nothing: its first wave is over, its second one works."""
    first = await asyncio.to_thread(_sensor(plan, wave="1").execute, CONTEXT)
    assert first == {"plan_id": plan.plan_id, "fills": 0}
    trigger: Any = (await _deferral(_sensor(plan, wave=2))).trigger
    assert trigger.order_refs == [leg.order_ref for leg in plan.legs]


async def test_event_of_done_does_not_count_against_the_broker(
    desk: RebalanceDesk, plan: OrderPlan
) -> None:
    """An event says "done" too early; the broker, asked again, says that the order works."""
    leg = plan.legs[0]
    done = FillsEvent(outcome=WaitOutcome.DONE, plan_id=plan.plan_id).to_payload()
    assert desk.trades() == []
    with pytest.raises(Exception, match=f"broker says {leg.order_ref} is not done"):
        await asyncio.to_thread(
            _sensor(plan, order_ref=leg.order_ref).execute_complete, CONTEXT, done
        )
