# SPDX-License-Identifier: Apache-2.0
"""The command ``ib-provider simulator``: its line, its end, and what survives its death."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from ibapi.execution import ExecutionFilter

from ib_provider.errors import ConfigError
from ib_provider.simulator import SimulatedGateway
from tests.support.simulator import gateway_in_process, quick_options
from tests.support.stock_client import ibapi_order, ibapi_stock, stock_client


def test_interrupted_gateway_ends_well() -> None:
    """SIGINT, with a client connected: exit code 0."""
    with gateway_in_process() as running, stock_client(running.port):
        assert running.interrupt() == 0


def test_interrupted_silent_gateway_ends_well() -> None:
    """A hung one, too, with somebody waiting for it."""
    with (
        gateway_in_process("--silent") as running,
        socket.create_connection(("127.0.0.1", running.port)),
    ):
        assert running.interrupt() == 0


def test_killed_gateway_remembers_what_it_told(tmp_path: Path) -> None:
    """SIGKILL right after the fill was told; the next process holds it, and goes on counting."""
    state, journal = tmp_path / "gateway.json", tmp_path / "journal.jsonl"
    arguments = ("--state", str(state), "--journal", str(journal), "--position", "MSFT=100")
    stock = ibapi_stock("IBM")
    with gateway_in_process(*arguments) as running, stock_client(running.port, 5) as client:
        client.ask.placeOrder(1, stock, ibapi_order("BUY", 10, orderRef="plan-1"))
        order = ibapi_order("SELL", 5, "LMT", lmtPrice=900, tif="GTC", orderRef="plan-2")
        client.ask.placeOrder(2, stock, order)
        (fill,) = client.wait("execDetails")[2:]
        client.wait("orderStatus", lambda number, *rest: number == 2 and rest[0] == "Submitted")
        perm_id = client.all("openOrder")[-1][2].permId
        running.kill()
        client.wait("connectionClosed")
    with gateway_in_process(*arguments) as running, stock_client(running.port, 5) as client:
        assert client.all("nextValidId") == [(3,)]
        client.ask.reqExecutions(1, ExecutionFilter())
        client.wait("execDetailsEnd")
        assert [call[2].execId for call in client.all("execDetails")] == [fill.execId]
        client.ask.reqOpenOrders()
        client.wait("openOrderEnd")
        ((order_id, _, shown, _),) = client.all("openOrder")
        assert (order_id, shown.orderRef, shown.lmtPrice) == (2, "plan-2", 900)
        client.ask.reqPositions()
        client.wait("positionEnd")
        held = {call[1].symbol: call[2] for call in client.all("position")}
        assert held == {"IBM": 10, "MSFT": 100}
        client.ask.placeOrder(3, stock, ibapi_order("BUY", 1))
        later = client.wait("openOrder", lambda number, *_: number == 3)
        assert later[2].permId > perm_id
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [(line["order_ref"], line["outcome"]) for line in lines] == [
        ("plan-1", "accepted"),
        ("plan-2", "accepted"),
        ("", "accepted"),
    ]


def test_state_holds_the_order_before_the_client_is_told(tmp_path: Path) -> None:
    """At every acknowledgement the file already knows the order."""
    state = tmp_path / "gateway.json"
    with (
        gateway_in_process("--state", str(state), "--fill-delay", "600") as running,
        stock_client(running.port, 5) as client,
    ):
        client.ask.placeOrder(1, ibapi_stock("IBM"), ibapi_order("BUY", 10, orderRef="r"))
        client.wait("openOrder")
        running.kill()
        client.wait("connectionClosed")
        kept = json.loads(state.read_text())
        assert [order["terms"]["order_ref"] for order in kept["book"]["orders"]] == ["r"]
        assert client.all("execDetails") == []


async def test_state_of_another_account_is_refused(tmp_path: Path) -> None:
    """A file is never taken for what it is not."""
    state = tmp_path / "gateway.json"
    async with SimulatedGateway(quick_options(state_file=state)):
        pass
    with pytest.raises(ConfigError, match="DU1000001"):
        await SimulatedGateway(quick_options(state_file=state, account="DU2000002")).start()
    state.write_text("{")
    with pytest.raises(ConfigError, match="not the state"):
        await SimulatedGateway(quick_options(state_file=state)).start()
