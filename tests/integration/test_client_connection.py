# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import socket
import struct

import pytest

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.error import FarmState
from ib_provider.client.ib_client import IbClient
from ib_provider.errors import (
    ClientIdInUse,
    ConnectionLost,
    GatewayNotReady,
    LocalProtocolError,
    RemoteProtocolError,
)
from tests.support.scripted_gateway import ACCOUNT, Peer, ScriptedGateway


def endpoint(port: int, *, connect_timeout_s: float = 5.0) -> Endpoint:
    return Endpoint(
        port=port, client_id=4, connect_timeout_s=connect_timeout_s, request_timeout_s=5.0
    )


async def stay(peer: Peer) -> None:
    await asyncio.sleep(30)


async def test_connect_to_a_ready_gateway_knows_its_accounts() -> None:
    """A session begins with the accounts and the next order id."""
    async with (
        ScriptedGateway(stay, next_id=42) as gateway,
        IbClient(endpoint(gateway.port)) as client,
    ):
        assert client.managed_accounts == (ACCOUNT,)
        assert (client.server_version, client.client_id) == (200, 4)
        assert client.first_valid_order_id == 42
        assert (client.next_order_id(), client.next_order_id()) == (42, 43)
        assert client.is_connected
    assert not client.is_connected


async def test_connect_where_nobody_listens_names_the_address_and_the_wait() -> None:
    """An unreachable gateway is one typed error."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(GatewayNotReady, match=rf"127\.0\.0\.1:{port} .*waited \d+\.\d s"):
        await IbClient(endpoint(port)).connect()


async def test_connect_to_a_silent_gateway_ends_within_the_bound() -> None:
    """A peer that accepts and says nothing is not waited for."""
    async with ScriptedGateway(stay, greets=False) as gateway:
        with pytest.raises(GatewayNotReady, match=r"handshake \(waited 0\.\d s\)"):
            await IbClient(endpoint(gateway.port, connect_timeout_s=0.2)).connect()


async def test_connect_to_a_gateway_that_goes_silent_says_what_was_missing() -> None:
    """Shaking hands is not being ready."""

    async def shake_hands_only(peer: Peer) -> None:
        await peer.reader.read(64)
        peer.send(200, "20130304 10:00:00 US/Eastern")
        await asyncio.sleep(30)

    async with ScriptedGateway(shake_hands_only, greets=False) as gateway:
        with pytest.raises(GatewayNotReady, match="no accounts and next order id"):
            await IbClient(endpoint(gateway.port, connect_timeout_s=0.3)).connect()


async def test_connect_to_a_gateway_that_hangs_up_fails_at_once() -> None:
    """A closed connection is not waited out."""

    async def hang_up(peer: Peer) -> None:
        await peer.reader.read(64)
        await peer.hang_up()

    async with ScriptedGateway(hang_up, greets=False) as gateway:
        with pytest.raises(GatewayNotReady, match="closed during the handshake"):
            await IbClient(endpoint(gateway.port)).connect()


async def test_connect_with_a_client_id_in_use_is_its_own_error() -> None:
    """Error 326 names the client id, at once."""

    async def refuse(peer: Peer) -> None:
        await peer.reader.read(64)
        peer.send(200, "20130304 10:00:00 US/Eastern")
        await peer.expect(71)
        peer.error(-1, 326, "Unable to connect as the client id is already in use.")
        await peer.hang_up()

    async with ScriptedGateway(refuse, greets=False) as gateway:
        with pytest.raises(ClientIdInUse, match="client id 4"):
            await IbClient(endpoint(gateway.port)).connect()


@pytest.mark.parametrize("hello", [b"HTTP/1.1 200 OK\r\n\r\n", struct.pack("!I", 6) + b"hello\0"])
async def test_connect_to_what_is_no_gateway_is_a_protocol_error(hello: bytes) -> None:
    """A web server on the port is not a gateway that is late."""

    async def answer(peer: Peer) -> None:
        await peer.reader.read(64)
        peer.send_raw(hello)
        await asyncio.sleep(30)

    async with ScriptedGateway(answer, greets=False) as gateway:
        with pytest.raises(RemoteProtocolError):
            await IbClient(endpoint(gateway.port)).connect()


async def test_connect_twice_is_refused() -> None:
    """One client is one connection: nothing of the first may leak into a second."""
    async with ScriptedGateway(stay) as gateway:
        client = IbClient(endpoint(gateway.port))
        async with client:
            with pytest.raises(LocalProtocolError, match="connects once"):
                await client.connect()
        with pytest.raises(LocalProtocolError, match="connects once"):
            await client.connect()


async def test_requests_without_a_connection_fail_at_once() -> None:
    """Before and after the session there is nobody to ask."""
    async with ScriptedGateway(stay) as gateway:
        client = IbClient(endpoint(gateway.port))
        with pytest.raises(ConnectionLost, match="not connected"):
            await client.positions()
        async with client:
            pass
        with pytest.raises(ConnectionLost, match="closed by this client"):
            await client.positions()


async def test_bytes_one_by_one_are_the_same_messages() -> None:
    """Frames are cut from the stream however it arrives."""

    async def drip(peer: Peer) -> None:
        await peer.expect(49)
        payload = b"49\0" + b"1\0" + b"1362409200\0"
        for byte in struct.pack("!I", len(payload)) + payload:
            peer.send_raw(bytes([byte]))
            await peer.writer.drain()
            await asyncio.sleep(0)

    async with ScriptedGateway(drip) as gateway, IbClient(endpoint(gateway.port)) as client:
        assert (await client.current_time()).isoformat() == "2013-03-04T15:00:00+00:00"


async def test_farm_notices_change_the_farm_and_nothing_else() -> None:
    """A broken farm is no broken socket; the gateway's own link is a third thing."""

    async def notices(peer: Peer) -> None:
        peer.error(-1, 2104, "Market data farm connection is OK:usfarm")
        peer.error(-1, 2105, "HMDS data farm connection is broken:ushmds")
        peer.error(
            -1,
            2107,
            "HMDS data farm connection is inactive but should be available upon demand.euhmds",
        )
        peer.error(-1, 1100, "Connectivity between IB and TWS has been lost")
        await peer.expect(49)
        peer.send(49, 1, 1362409200)
        await peer.expect(49)
        peer.error(-1, 1102, "restored")
        peer.send(49, 1, 1362409201)

    async with ScriptedGateway(notices) as gateway, IbClient(endpoint(gateway.port)) as client:
        await client.current_time()
        assert client.farms == {
            "usfarm": FarmState.WELL,
            "ushmds": FarmState.BROKEN,
            "euhmds": FarmState.ASLEEP,
        }
        assert not client.is_ib_reached
        await client.current_time()
        assert client.is_ib_reached
        assert client.is_connected
