# SPDX-License-Identifier: Apache-2.0
"""The hook, the trigger and one operator against a real socket."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ib_provider.errors import ClientIdInUse, GatewayNotReady, WrongAccount
from ib_provider.hooks.client_ids import ClientRole
from ib_provider.hooks.ib import IbHook
from ib_provider.operators.instruments import IbInstrumentsOperator
from ib_provider.triggers.fills import IbFillsTrigger
from ib_provider.triggers.fills_event import FillsEvent, WaitOutcome
from tests.support.airflow_home import gateway_connection
from tests.support.simulator import ACCOUNT, gateway_in_thread, quick_options


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Return the port of a simulated gateway."""
    with gateway_in_thread(quick_options()) as gateway:
        yield gateway.port


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch, state: Path) -> Any:
    """Return a function that makes a hook over a connection to a port."""

    def make(port: int, **extra: Any) -> IbHook:
        monkeypatch.setenv("AIRFLOW_CONN_IB_DEFAULT", gateway_connection(port, **extra))
        return IbHook()

    return make


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Return a port that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_test_connection_says_who_answered(port: int, connect: Any) -> None:
    """Version, accounts and clock: what a person wants to see in the form."""
    ok, message = connect(port).test_connection()
    assert ok, message
    assert ACCOUNT in message
    assert "2013-03-04" in message


def test_test_connection_of_a_silent_gateway_is_bounded(silent_port: int, connect: Any) -> None:
    """The wait is the connection's, and is named."""
    began = time.monotonic()
    ok, message = connect(silent_port, connect_timeout_s=0.5).test_connection()
    assert not ok
    assert str(silent_port) in message
    assert time.monotonic() - began < 10


async def test_client_of_the_wrong_account_is_refused(port: int, connect: Any) -> None:
    """A connection that names another account opens no session."""
    with pytest.raises(WrongAccount, match="DU7654321"):
        async with connect(port, account="DU7654321").client(ClientRole.DATA):
            pytest.fail("a session was opened")


async def test_two_data_sessions_have_two_client_ids(port: int, connect: Any) -> None:
    """Tasks that read may run side by side."""
    hook = connect(port)
    async with hook.client(ClientRole.DATA) as one, hook.client(ClientRole.DATA) as other:
        assert one.client_id != other.client_id


async def test_client_id_held_from_elsewhere_is_named(
    port: int, connect: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another machine's session is not seen by our locks; the gateway says so."""
    hook = connect(port)
    async with hook.client(ClientRole.ORDERS) as mine:
        monkeypatch.setenv("IB_PROVIDER_HOME", str(tmp_path / "another-machine"))
        with pytest.raises(ClientIdInUse, match=str(mine.client_id)):
            async with hook.client(ClientRole.ORDERS):
                pytest.fail("the id was given twice")


async def test_unreachable_gateway_is_a_transient_error(unused_tcp_port: int, connect: Any) -> None:
    """Airflow tries again."""
    with pytest.raises(GatewayNotReady) as caught:
        async with connect(unused_tcp_port).client(ClientRole.DATA):
            pytest.fail("a session was opened")
    assert caught.value.transient


def test_operator_without_a_gateway_leaves_the_retry_to_airflow(
    unused_tcp_port: int, connect: Any
) -> None:
    """The error passes as it is, so ``retries`` applies."""
    connect(unused_tcp_port, connect_timeout_s=1)
    operator = IbInstrumentsOperator(task_id="load", instruments="AAPL.NASDAQ")
    context: Any = {}
    with pytest.raises(GatewayNotReady, match=str(unused_tcp_port)):
        operator.execute(context)


async def test_trigger_waits_for_an_order_nobody_sent_until_its_deadline(
    port: int, connect: Any
) -> None:
    """It asks the broker, and names what is not done."""
    connect(port)
    deadline = datetime.now(UTC) + timedelta(seconds=1)
    trigger = IbFillsTrigger(
        ib_conn_id="ib_default",
        plan_id="p1",
        order_refs=["nobody-sent-this"],
        deadline=deadline.isoformat(),
        poll_s=0.1,
    )
    event = await asyncio.wait_for(anext(trigger.run()), 20)
    ended = FillsEvent.from_payload(event.payload, plan_id="p1")
    assert ended.outcome is WaitOutcome.TIMEOUT
    assert ended.unsettled == ("nobody-sent-this",)
    assert datetime.now(UTC) >= deadline


async def test_trigger_outlives_a_gateway_that_restarts(connect: Any) -> None:
    """A lost link is waited out: orders live on at the broker."""
    options = quick_options()
    with gateway_in_thread(options) as gateway:
        port = gateway.port
        connect(port, connect_timeout_s=1)
        trigger = IbFillsTrigger(
            ib_conn_id="ib_default",
            plan_id="p1",
            order_refs=["nobody-sent-this"],
            deadline=(datetime.now(UTC) + timedelta(seconds=6)).isoformat(),
            poll_s=0.2,
        )
        waiting = asyncio.ensure_future(anext(trigger.run()))
        await asyncio.sleep(2)
    assert not waiting.done()
    with gateway_in_thread(quick_options(port=port)):
        event = await asyncio.wait_for(waiting, 20)
    ended = FillsEvent.from_payload(event.payload, plan_id="p1")
    assert ended.outcome is WaitOutcome.TIMEOUT
