# SPDX-License-Identifier: Apache-2.0
"""Clients that do not read: what the gateway keeps for them is bounded."""

from __future__ import annotations

import asyncio
import socket

from ib_provider.simulator.faults.fault_state import FaultState
from ib_provider.simulator.outbox import Outbox
from ib_provider.simulator.transcript import Transcript
from tests.support.live_data import fast_options
from tests.support.raw_client import RawClient
from tests.support.simulator import gateway_in_thread
from tests.support.stock_client import ibapi_stock, stock_client

_MEGABYTE = 1 << 20


async def test_client_that_leaves_too_much_unread_is_cut_off() -> None:
    """What comes unasked piles up to the limit and no further; who reads keeps the connection."""
    cut: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def pile_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        outbox = Outbox(
            writer, faults=FaultState(), transcript=Transcript(None), most_unread=8 * _MEGABYTE
        )
        written = 0
        while not writer.is_closing():
            outbox.write(bytes(_MEGABYTE // 2))
            written += 1
            await asyncio.sleep(0)
        cut.set_result(written)

    server = await asyncio.start_server(pile_up, "127.0.0.1", 0)
    with socket.create_connection(("127.0.0.1", server.sockets[0].getsockname()[1])):
        written = await asyncio.wait_for(cut, 30)
    server.close()
    assert 16 <= written < 64  # the limit, and what the kernel holds


def test_stream_waits_for_who_does_not_read() -> None:
    """A deaf client costs others nothing: their ticks go on, and its own are not lost."""
    with (
        gateway_in_thread(fast_options(speed=2_000.0)) as gateway,
        RawClient(gateway.port, 900) as deaf,
        stock_client(gateway.port) as client,
    ):
        deaf.read_until("9")
        contract = (8314, "IBM", "STK", "", 0, "", "", "SMART", "", "USD", "", "")
        deaf.send(97, 1, *contract, "Last", 0, 0)
        client.ask.reqTickByTickData(1, ibapi_stock("AAPL"), "Last", 0, False)
        for _ in range(3):
            mark = client.mark()
            client.wait("tickByTickAllLast", since=mark)
        client.ask.cancelTickByTickData(1)
        times = [int(deaf.read_until("99")[-1][3]) for _ in range(2_000)]
    assert times == sorted(times)
