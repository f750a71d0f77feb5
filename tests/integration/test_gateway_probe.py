# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import socket

import pytest

from ib_provider.errors import GatewayNotReady, RemoteProtocolError
from ib_provider.gateway.probe import probe
from ib_provider.simulator.options import SimulatorOptions
from ib_provider.simulator.server import SimulatedGateway
from tests.support.scripted_gateway import Peer, ScriptedGateway


async def test_probe_of_a_gateway_says_its_version() -> None:
    """A gateway answers a handshake without a session."""
    async with SimulatedGateway(SimulatorOptions(port=0, max_server_version=200)) as gateway:
        answer = await probe("127.0.0.1", gateway.port)
    assert answer.server_version == 200
    assert answer.connection_time


async def test_probe_of_a_port_nobody_listens_on_is_not_ready() -> None:
    """It names the address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(GatewayNotReady, match=f"127.0.0.1:{port} is not ready: cannot connect"):
        await probe("127.0.0.1", port)


async def test_probe_of_a_silent_peer_ends_within_its_bound() -> None:
    """Silence is named in seconds."""

    async def stay_silent(peer: Peer) -> None:
        await asyncio.sleep(30)

    async with ScriptedGateway(stay_silent, greets=False) as gateway:
        with pytest.raises(GatewayNotReady, match=r"no answer .* \(waited 0\.\d s\)"):
            await probe("127.0.0.1", gateway.port, timeout_s=0.2)


async def test_probe_of_a_peer_that_hangs_up_is_not_ready() -> None:
    """A gateway that is restarting accepts and closes."""

    async def hang_up(peer: Peer) -> None:
        await peer.hang_up()

    async with ScriptedGateway(hang_up, greets=False) as gateway:
        with pytest.raises(GatewayNotReady, match=r"closed|reset"):
            await probe("127.0.0.1", gateway.port)


async def test_probe_of_a_web_server_is_no_gateway() -> None:
    """What answers otherwise is not retried as if it were slow."""

    async def answer_http(peer: Peer) -> None:
        await peer.reader.read(64)
        peer.send_raw(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with ScriptedGateway(answer_http, greets=False) as gateway:
        with pytest.raises(RemoteProtocolError):
            await probe("127.0.0.1", gateway.port)
