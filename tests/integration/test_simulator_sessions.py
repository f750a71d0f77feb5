# SPDX-License-Identifier: Apache-2.0
"""Several clients at once, clients that misbehave, and clients that vanish."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterator

import pytest
from ibapi.order_cancel import OrderCancel

from ib_provider.errors import ConfigError
from ib_provider.simulator import SimulatedGateway
from tests.support.simulator import gateway_in_thread, quick_options
from tests.support.stock_client import ibapi_order, ibapi_stock, stock_client


@pytest.fixture(scope="module")
def gateway() -> Iterator[SimulatedGateway]:
    with gateway_in_thread(quick_options()) as running:
        yield running


def _frame(payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + payload


def _greeted(port: int, versions: bytes = b"v100..200") -> socket.socket:
    """Return a bare socket past the version answer."""
    raw = socket.create_connection(("127.0.0.1", port), timeout=10)
    raw.sendall(b"API\0" + _frame(versions))
    return raw


def _read_frame(raw: socket.socket) -> list[str]:
    (size,) = struct.unpack(">I", _exactly(raw, 4))
    return _exactly(raw, size).decode().split("\0")[:-1]


def _exactly(raw: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = raw.recv(size - len(data))
        if not more:
            raise ConnectionError("closed")
        data += more
    return data


def test_client_id_in_use_is_error_326_and_the_first_lives(gateway: SimulatedGateway) -> None:
    """The second is told and closed; the first notices nothing."""
    with stock_client(gateway.port, 500) as first:
        raw = _greeted(gateway.port)
        assert _read_frame(raw)[0] == "200"
        raw.sendall(_frame(b"71\x002\x00500\x00\x00"))
        told = _read_frame(raw)
        assert told[:3] == ["4", "-1", "326"]
        assert raw.recv(1) == b""
        raw.close()
        first.ask.reqCurrentTime()
        first.wait("currentTime")


def test_two_clients_see_their_own_orders_and_all_on_request(gateway: SimulatedGateway) -> None:
    """Callbacks go to the owner; whoever asks for all orders sees it, and may end it."""
    with stock_client(gateway.port) as owner, stock_client(gateway.port) as other:
        order_id = owner.all("nextValidId")[0][0]
        order = ibapi_order("BUY", 5, "LMT", lmtPrice=100, tif="GTC")
        owner.ask.placeOrder(order_id, ibapi_stock("IBM"), order)
        owner.wait("orderStatus", lambda *call: call[1] == "Submitted")
        other.ask.reqOpenOrders()
        other.wait("openOrderEnd")
        assert other.all("openOrder") == []
        other.ask.cancelOrder(order_id, OrderCancel())
        other.wait("error", lambda *call: call[2] == 10147)
        other.ask.reqAllOpenOrders()
        seen = other.wait("openOrder", lambda number, *_: number == order_id)
        assert seen[2].clientId == owner.ask.clientId
        other.ask.cancelOrder(order_id, OrderCancel())
        other.wait("error", lambda *call: call[0] == order_id and call[2] == 202)
        owner.wait("orderStatus", lambda *call: call[1] == "Cancelled")


def test_executions_belong_to_their_client_and_to_client_zero(gateway: SimulatedGateway) -> None:
    """Another client's request ends without them; client 0 gets everybody's."""
    from ibapi.execution import ExecutionFilter

    with stock_client(gateway.port) as owner:
        order_id = owner.all("nextValidId")[0][0]
        order = ibapi_order("BUY", 2, orderRef="seen-by-0")
        owner.ask.placeOrder(order_id, ibapi_stock("IBM"), order)
        owner.wait("orderStatus", lambda *call: call[1] == "Filled")
        owner_id = owner.ask.clientId
    for client_id, expected in ((None, 0), (0, 1)):
        with stock_client(gateway.port, client_id) as other:
            other.ask.reqExecutions(1, ExecutionFilter())
            other.wait("execDetailsEnd")
            refs = [call[2].clientId for call in other.all("execDetails")]
            assert refs.count(owner_id) == expected


def test_position_stream_reaches_every_subscriber(gateway: SimulatedGateway) -> None:
    """A trade of one client moves the position that another watches."""
    with stock_client(gateway.port) as trader, stock_client(gateway.port) as watcher:
        watcher.ask.reqPositions()
        watcher.wait("positionEnd")
        mark = watcher.mark()
        order_id = trader.all("nextValidId")[0][0]
        trader.ask.placeOrder(order_id, ibapi_stock("GOOG"), ibapi_order("BUY", 7))
        pushed = watcher.wait("position", since=mark)
        assert (pushed[1].symbol, pushed[2]) == ("GOOG", 7)


def test_malformed_request_is_error_320_and_the_session_lives(gateway: SimulatedGateway) -> None:
    """Too few fields, and an id nobody knows: each answered, and the next request too."""
    raw = _greeted(gateway.port)
    _read_frame(raw)
    raw.sendall(_frame(b"71\x002\x00600\x00\x00"))
    for _ in range(5):
        _read_frame(raw)
    raw.sendall(_frame(b"9\x008\x00"))
    assert _read_frame(raw)[:3] == ["4", "-1", "320"]
    raw.sendall(_frame(b"199\x001\x00"))
    assert _read_frame(raw)[:3] == ["4", "-1", "320"]
    raw.sendall(_frame(b"49\x001\x00"))
    assert _read_frame(raw)[0] == "49"
    raw.close()


def test_nothing_is_sent_before_start_api(gateway: SimulatedGateway) -> None:
    """A request before it is ignored: ibapi throws away what follows the version answer."""
    raw = _greeted(gateway.port)
    assert len(_read_frame(raw)) == 2
    raw.sendall(_frame(b"49\x001\x00"))
    raw.settimeout(0.3)
    with pytest.raises(TimeoutError):
        raw.recv(1)
    raw.close()


@pytest.mark.parametrize("greeting", [b"v50..100", b"v300..400", b"hello", b"v9..1"])
def test_client_of_no_common_version_is_closed(gateway: SimulatedGateway, greeting: bytes) -> None:
    """Too old, too new, or no greeting at all."""
    raw = _greeted(gateway.port, greeting)
    assert raw.recv(1) == b""
    raw.close()


def test_stranger_on_the_port_is_closed(gateway: SimulatedGateway) -> None:
    """An HTTP request is not a gateway client."""
    raw = socket.create_connection(("127.0.0.1", gateway.port), timeout=10)
    raw.sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert raw.recv(1) == b""
    raw.close()


def test_vanished_client_disturbs_nobody(gateway: SimulatedGateway) -> None:
    """A client reset in the middle of a large answer; its order still fills, others go on."""
    with stock_client(gateway.port) as other:
        raw = _greeted(gateway.port)
        _read_frame(raw)
        raw.sendall(_frame(b"71\x002\x00700\x00\x00"))
        _read_frame(raw)
        fields = "20 1 0 IBM STK  0   SMART  USD   0  1 min 1_Y 1 TRADES 1 0 "
        payload = "\0".join(part.replace("_", " ") for part in fields.split(" ")) + "\0"
        raw.sendall(_frame(payload.encode()))
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raw.close()
        other.ask.reqCurrentTime()
        other.wait("currentTime")
        with stock_client(gateway.port, 700) as again:
            assert again.all("managedAccounts")


def test_history_of_one_client_does_not_hold_up_another(gateway: SimulatedGateway) -> None:
    """Half a million minutes are on their way while an order fills."""
    with stock_client(gateway.port) as reader, stock_client(gateway.port) as trader:
        end = "20130302-00:00:00"
        for request_id in (1, 2, 3):
            reader.ask.reqHistoricalData(
                request_id, ibapi_stock("MSFT"), end, "6 M", "1 min", "TRADES", 1, 2, False, []
            )
        order_id = trader.all("nextValidId")[0][0]
        trader.ask.placeOrder(order_id, ibapi_stock("IBM"), ibapi_order("BUY", 1))
        trader.wait("orderStatus", lambda *call: call[1] == "Filled")
        ended = [call[0] for call in reader.all("historicalDataEnd")]
        assert len(ended) < 3
        reader.wait("historicalDataEnd", lambda number, *_: number == 3, timeout_s=60)


def test_delayed_history_can_be_cancelled() -> None:
    """While it waits a request can be withdrawn: 162; then it is unknown: 366."""
    with (
        gateway_in_thread(quick_options(answer_delay_s=30.0)) as gateway,
        stock_client(gateway.port) as client,
    ):
        client.ask.reqHistoricalData(
            1, ibapi_stock("IBM"), "", "5 D", "1 day", "TRADES", 1, 1, False, []
        )
        client.ask.cancelHistoricalData(1)
        client.wait("error", lambda *call: call[0] == 1 and call[2] == 162)
        client.ask.cancelHistoricalData(1)
        client.wait("error", lambda *call: call[0] == 1 and call[2] == 366)


async def test_silent_gateway_accepts_and_says_nothing() -> None:
    """What a hung gateway looks like."""
    async with SimulatedGateway(quick_options(silent=True)) as gateway:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(b"API\0" + _frame(b"v100..200"))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.3)
        writer.close()


async def test_port_in_use_is_an_error() -> None:
    """Two gateways cannot listen on one port."""
    async with SimulatedGateway(quick_options()) as gateway:
        with pytest.raises(ConfigError, match="address already in use"):
            await SimulatedGateway(quick_options(port=gateway.port)).start()
