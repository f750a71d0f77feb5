# SPDX-License-Identifier: Apache-2.0
"""What the simulated gateway refuses or slows down, seen by clients we did not write."""

from __future__ import annotations

import time
from contextlib import ExitStack

import pytest

from ib_provider.simulator.limits.limits import Limits
from tests.support.raw_client import RawClient
from tests.support.simulator import gateway_in_thread, quick_options
from tests.support.stock_client import ibapi_order, ibapi_stock, stock_client


def test_messages_above_the_rate_are_read_later() -> None:
    """Thirty at twenty a second take more than a second, and all are answered."""
    with (
        gateway_in_thread(quick_options(limits=Limits(max_messages=20))) as gateway,
        stock_client(gateway.port) as client,
    ):
        began = time.monotonic()
        for _ in range(30):
            client.ask.reqCurrentTime()
        client.wait("currentTime")
        while len(client.all("currentTime")) < 30:
            assert time.monotonic() - began < 10
            time.sleep(0.01)
        assert time.monotonic() - began > 0.9


def test_messages_above_the_rate_are_error_100_where_the_options_say_so() -> None:
    """Three of them end the connection; what was within the rate was answered."""
    limits = Limits(max_messages=10, reject_excess=True)
    with (
        gateway_in_thread(quick_options(limits=limits)) as gateway,
        stock_client(gateway.port) as client,
    ):
        for _ in range(12):
            client.ask.reqCurrentTime()
        client.wait("connectionClosed")
        assert [number for number, _ in client.errors(100)] == [-1] * 3
        assert len(client.all("currentTime")) == 9


def test_a_shared_rate_counts_the_messages_of_all_connections_together() -> None:
    """Twelve are too many for a login that may send ten, though each sends six."""
    limits = Limits(max_messages=10, reject_excess=True, shared_rate=True)
    with (
        gateway_in_thread(quick_options(limits=limits)) as gateway,
        stock_client(gateway.port) as one,
        stock_client(gateway.port) as other,
    ):
        for _ in range(6):
            one.ask.reqCurrentTime()
            other.ask.reqCurrentTime()
        deadline = time.monotonic() + 10
        while not [*one.errors(100), *other.errors(100)]:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_small_bars_are_paced() -> None:
    """The same question twice is 162 with the request's id; a daily one is not."""
    with (
        gateway_in_thread(quick_options()) as gateway,
        stock_client(gateway.port) as client,
    ):
        stock, end = ibapi_stock("IBM"), "20130301-21:00:00"
        for number, size in ((1, "30 secs"), (2, "30 secs"), (3, "1 day"), (4, "1 day")):
            client.ask.reqHistoricalData(
                number,
                stock,
                end,
                "3600 S" if number < 3 else "5 D",
                size,
                "TRADES",
                1,
                2,
                False,
                [],
            )
        client.wait("historicalDataEnd", lambda number, *_: number == 4)
        paced = [number for number, text in client.errors(162) if "pacing violation" in text]
        assert paced == [2]


def test_thirty_third_client_is_closed() -> None:
    """Thirty-two may talk; when one leaves there is room."""
    with gateway_in_thread(quick_options()) as gateway, ExitStack() as stack:
        clients = [stack.enter_context(RawClient(gateway.port, number)) for number in range(1, 33)]
        for client in clients:
            client.read_until("9")
        with RawClient(gateway.port, 33) as late:
            assert late.closed()
        clients[0].send(49, 1)
        clients[0].read_until("49")


def test_lines_are_shared_by_all_clients() -> None:
    """101 for the one too many, and room after a cancel."""
    with (
        gateway_in_thread(quick_options(limits=Limits(lines=3, max_messages=0))) as gateway,
        stock_client(gateway.port) as first,
        stock_client(gateway.port) as second,
    ):
        for client, number in ((first, 1), (first, 2), (second, 3)):
            client.ask.reqMktData(number, ibapi_stock("IBM"), "", False, False, [])
            client.wait("tickPrice", lambda request_id, *_, want=number: request_id == want)
        second.ask.reqMktData(4, ibapi_stock("MSFT"), "", False, False, [])
        second.wait("error", lambda *call: (call[0], call[2]) == (4, 101))
        first.ask.cancelMktData(1)
        first.ask.reqCurrentTime()
        first.wait("currentTime")
        second.ask.reqMktData(5, ibapi_stock("MSFT"), "", False, False, [])
        second.wait("tickPrice", lambda request_id, *_: request_id == 5)


def test_read_only_gateway_refuses_orders_and_shows_data() -> None:
    """321 with the order's id, or none; bars and positions come."""
    with (
        gateway_in_thread(quick_options(limits=Limits(read_only=True))) as gateway,
        stock_client(gateway.port) as client,
    ):
        client.ask.placeOrder(1, ibapi_stock("IBM"), ibapi_order("BUY", 1))
        client.ask.reqOpenOrders()
        client.ask.reqAllOpenOrders()
        client.ask.reqPositions()
        client.wait("positionEnd")
        assert [number for number, _ in client.errors(321)] == [1, -1, -1]
        assert all("Read-Only" in text for _, text in client.errors(321))
        client.ask.reqHistoricalData(
            9, ibapi_stock("IBM"), "", "5 D", "1 day", "TRADES", 1, 1, False, []
        )
        client.wait("historicalDataEnd")


async def test_ib_async_connects_to_a_read_only_gateway() -> None:
    """As its users do: readonly=True, within a second."""
    from ib_async import IB

    from ib_provider.simulator import SimulatedGateway

    async with SimulatedGateway(quick_options(limits=Limits(read_only=True))) as gateway:
        ib, began = IB(), time.monotonic()
        await ib.connectAsync("127.0.0.1", gateway.port, clientId=7, readonly=True)
        assert time.monotonic() - began < 2
        assert ib.managedAccounts() == ["DU1000001"]
        ib.disconnect()


@pytest.mark.parametrize("version", [178, 226])
def test_fifty_first_open_request_for_bars_is_322(version: int) -> None:
    """Fifty wait; the next is refused."""
    options = quick_options(
        answer_delay_s=30.0, max_server_version=version, limits=Limits(max_messages=0)
    )
    with gateway_in_thread(options) as gateway, stock_client(gateway.port) as client:
        for number in range(1, 52):
            client.ask.reqHistoricalData(
                number, ibapi_stock("IBM"), "", "5 D", "1 day", "TRADES", 1, 1, False, []
            )
        client.wait("error", lambda *call: (call[0], call[2]) == (51, 322))
        assert [number for number, _ in client.errors(322)] == [51]


def test_frame_over_the_size_limit_is_error_320_and_the_session_lives() -> None:
    """Sixteen megabytes and a byte are read past; the next request is answered."""
    with gateway_in_thread(quick_options()) as gateway, RawClient(gateway.port) as raw:
        raw.read_until("4", "-1", "2158")
        size = 0xFFFFFF + 1
        raw.socket.sendall(size.to_bytes(4, "big") + bytes(size))
        assert raw.read()[:3] == ["4", "-1", "320"]
        raw.send(49, 1)
        assert raw.read()[0] == "49"
