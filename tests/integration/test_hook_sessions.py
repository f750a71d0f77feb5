# SPDX-License-Identifier: Apache-2.0
"""Leases that die with their holder, ids in use, and one session for a whole triggerer."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.contract import Contract
from ib_provider.domain.order import Order, OrderType, Side
from ib_provider.errors import ClientIdInUse, WriteConflict
from ib_provider.hooks.client_ids import ClientRole, client_ids, lease_client_id
from ib_provider.hooks.ib import IbHook
from ib_provider.ledger.locks import open_locks
from ib_provider.simulator import SimulatedGateway
from ib_provider.triggers.fills import IbFillsTrigger
from ib_provider.triggers.fills_event import FillsEvent, WaitOutcome
from ib_provider.usecases.watch_orders import watch_orders
from tests.support.airflow_home import gateway_connection
from tests.support.control import Control
from tests.support.simulator import gateway_in_thread, quick_options

pytest_plugins = ("tests.support.ledgers",)

ROOT = Path(__file__).parents[2]
WATCHERS = 300

HOLD = """
import asyncio, sys
from pathlib import Path
from ib_provider.hooks.client_ids import lease_client_id
from ib_provider.ledger.locks import open_locks

async def hold():
    with open_locks(sys.argv[1], folder=Path(sys.argv[2])) as locks:
        async with lease_client_id("gw:4002", (6,), locks=locks, wait_s=5):
            print("held", flush=True)
            await asyncio.sleep(120)

asyncio.run(hold())
"""


@pytest.fixture(scope="module")
def gateway() -> Iterator[SimulatedGateway]:
    with gateway_in_thread(quick_options(control_port=0)) as running:
        yield running


@pytest.fixture
def hook(gateway: SimulatedGateway, monkeypatch: pytest.MonkeyPatch, state: Path) -> IbHook:
    """Give a hook over a connection to the gateway, with a home of its own."""
    monkeypatch.setenv("AIRFLOW_CONN_IB_DEFAULT", gateway_connection(gateway.port))
    return IbHook()


async def until(condition: Callable[[], bool]) -> None:
    """Return when a condition holds."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 a condition has no event
            await asyncio.sleep(0.01)


async def test_lease_of_a_living_process_is_respected_and_of_a_killed_one_is_free(
    ledger_url: str, locks: Path
) -> None:
    """Files on one machine, Postgres for several: either is free when its holder is killed."""
    with subprocess.Popen(  # noqa: ASYNC220 it starts in milliseconds
        [sys.executable, "-c", HOLD, ledger_url, str(locks)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "plugins")},
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            with open_locks(ledger_url, folder=locks) as mine:
                with pytest.raises(WriteConflict, match="6 of gateway gw:4002"):
                    async with lease_client_id("gw:4002", (6,), locks=mine, wait_s=0):
                        pytest.fail("two holders of one id")
                async with lease_client_id("gw:4002", (6, 7), locks=mine, wait_s=0) as other:
                    assert other == 7
                holder.kill()
                async with lease_client_id("gw:4002", (6,), locks=mine, wait_s=20) as freed:
                    assert freed == 6
        finally:
            holder.kill()


async def test_id_in_use_at_the_gateway_gives_the_roles_next_one_and_is_remembered(
    hook: IbHook, gateway: SimulatedGateway
) -> None:
    """Somebody who shares no lock with us holds the first id: 326, and on to the next."""
    first, second, *_ = client_ids(hook.gateway.client_id, ClientRole.DATA)
    taken = IbClient(Endpoint(port=gateway.port, client_id=first))
    async with taken, hook.client(ClientRole.DATA) as client:
        assert client.client_id == second
    async with hook.client(ClientRole.DATA) as client:
        assert client.client_id == second  # the refused one is tried last for a while


async def test_the_one_id_for_orders_in_use_is_an_error(
    hook: IbHook, gateway: SimulatedGateway
) -> None:
    """Whoever cannot have it does not trade beside its holder."""
    (only,) = client_ids(hook.gateway.client_id, ClientRole.ORDERS)
    async with IbClient(Endpoint(port=gateway.port, client_id=only)):
        with pytest.raises(ClientIdInUse, match=str(only)):
            async with hook.client(ClientRole.ORDERS):
                pytest.fail("a session was opened")


@pytest.mark.parametrize("shares", ["true", "false"])
async def test_sessions_of_a_hook_count_in_one_book_unless_told_otherwise(
    hook: IbHook, monkeypatch: pytest.MonkeyPatch, shares: str
) -> None:
    """The rate is the login's: two sessions take turns of one row."""
    monkeypatch.setenv("IB_PROVIDER_SHARED_PACING", shares)
    async with hook.client(ClientRole.DATA) as one, hook.client(ClientRole.DATA) as other:
        await one.current_time()
        await other.current_time()
    assert (hook.settings.home / "pacing.db").exists() is (shares == "true")


async def test_users_of_a_shared_session_are_one_client_and_the_last_closes_it(
    hook: IbHook, gateway: SimulatedGateway
) -> None:
    """Counted by reference: opened by the first, closed behind the last."""
    async with hook.shared(ClientRole.FILLS) as one:
        client = await one.client()
        async with hook.shared(ClientRole.FILLS) as other:
            assert other is one
            assert await other.client() is client
            assert len(gateway.view().clients) == 1
        assert client.is_connected
    assert not client.is_connected
    async with hook.shared(ClientRole.FILLS) as again:
        assert again is not one


async def test_a_shared_session_is_of_its_loop(hook: IbHook) -> None:
    """Two loops of a process are two sessions: no future of one is awaited in the other."""
    async with hook.shared(ClientRole.FILLS) as here:
        await here.client()

        async def elsewhere() -> bool:
            async with hook.shared(ClientRole.FILLS) as there:
                await there.client()
                return there is here

        assert await asyncio.to_thread(asyncio.run, elsewhere()) is False


async def test_hundreds_of_fill_watchers_are_one_connection_and_survive_a_drop(
    hook: IbHook, gateway: SimulatedGateway
) -> None:
    """A gateway has room for 32 clients, a triggerer for a thousand triggers."""
    deadline = (datetime.now(UTC) + timedelta(seconds=8)).isoformat()
    triggers = [_trigger(number, deadline) for number in range(WATCHERS)]
    watching = [asyncio.ensure_future(anext(trigger.run())) for trigger in triggers]
    await until(lambda: len(gateway.view().clients) == 1)
    with Control(gateway.control_port) as control:
        await asyncio.to_thread(control.do, "drop")
    async with asyncio.timeout(60):
        events = await asyncio.gather(*watching)
    outcomes = {
        FillsEvent.from_payload(event.payload, plan_id=trigger.plan_id).outcome
        for event, trigger in zip(events, triggers, strict=True)
    }
    assert outcomes == {WaitOutcome.TIMEOUT}
    await until(lambda: not gateway.view().clients)


def _trigger(number: int, deadline: str) -> Any:
    return IbFillsTrigger(
        ib_conn_id="ib_default",
        plan_id=f"p{number}",
        order_refs=[f"nobody-sent-{number}"],
        deadline=deadline,
        poll_s=1.0,
    )


async def test_watcher_of_another_clients_orders_asks_often_while_they_are_young(
    hook: IbHook, gateway: SimulatedGateway
) -> None:
    """It is told of no event, and its poll of ten minutes would come long after the deadline."""
    async with IbClient(Endpoint(port=gateway.port, client_id=90)) as sender:
        order = Order(
            side=Side.BUY,
            quantity=Decimal(1),
            order_type=OrderType.MARKET,
            account="DU1000001",
            order_ref="watched",
        )
        contract = Contract(symbol="IBM", exchange="SMART", currency="USD")
        async with hook.shared(ClientRole.FILLS) as kept:
            watching = asyncio.ensure_future(
                watch_orders(await kept.client(), ["watched"], timeout_s=60, poll_s=600)
            )
            await asyncio.sleep(0)
            await sender.place_order(sender.next_order_id(), contract, order)
            assert (await watching).unsettled == ()
