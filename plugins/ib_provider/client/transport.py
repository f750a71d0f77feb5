# SPDX-License-Identifier: Apache-2.0
"""The socket to a gateway: connect, shake hands, frames in, frames out. All waits are bounded.

ibapi's own socket code is not used: it drops data when a read is a multiple of 4096 bytes and
nothing follows for a second, reads in quadratic time, and waits for ever for a silent gateway.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Final

from ib_provider.client.encoder import MAX_VERSION, MIN_VERSION
from ib_provider.client.endpoint import Endpoint
from ib_provider.errors import ConnectionLost, GatewayNotReady, RemoteProtocolError
from ib_provider.wire.framing import FrameReader, frame

__all__ = ["ServerHello", "Transport", "open_transport"]

_READ_BYTES: Final = 1 << 20
_CLOSE_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerHello:
    """What the gateway answers to our first bytes; its time is in its machine's own words."""

    server_version: int
    connection_time: str


class Transport:
    """One connected socket, cut into frames."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._frames = FrameReader()
        # Drain then waits until the kernel has every byte: "sent" means sent.
        writer.transport.set_write_buffer_limits(high=0)

    def write(self, data: bytes) -> None:
        """Queue bytes; ``flush`` says when they are with the kernel."""
        self._writer.write(data)

    async def flush(self) -> None:
        """Return when every byte written is with the kernel.

        Raises:
            ConnectionLost: The socket died first; some of the bytes may have arrived.
        """
        try:
            await self._writer.drain()
        except OSError as error:
            raise ConnectionLost(f"the connection broke while sending: {error}") from error

    async def read_payloads(self) -> list[bytes]:
        """Return the payloads that completed, at least one, in order.

        Raises:
            ConnectionLost: The gateway closed the connection, or it broke.
            RemoteProtocolError: The bytes are no frames.
        """
        while True:
            try:
                data = await self._reader.read(_READ_BYTES)
            except OSError as error:
                raise ConnectionLost(f"the connection broke: {error}") from error
            if not data:
                raise ConnectionLost("the gateway closed the connection")
            if payloads := self._frames.feed(data):
                return payloads

    async def close(self) -> None:
        """Close the socket; what was written and not sent goes out first, for a second at most."""
        self._writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(_CLOSE_S):
                await self._writer.wait_closed()

    def abort(self) -> None:
        """Close the socket at once, dropping what was not sent."""
        self._writer.transport.abort()


async def open_transport(endpoint: Endpoint) -> tuple[Transport, ServerHello]:
    """Return a connected transport past the version handshake.

    The caller bounds the time. Nothing but the hello has been read: a gateway sends nothing more
    before the session is started.

    Raises:
        GatewayNotReady: Nobody listens there, or it closed before it answered.
        RemoteProtocolError: It answered, and not as a gateway does.
    """
    try:
        reader, writer = await asyncio.open_connection(
            endpoint.host, endpoint.port, limit=_READ_BYTES
        )
    except OSError as error:
        raise GatewayNotReady(str(endpoint), f"cannot connect: {error}", 0.0) from error
    transport = Transport(reader, writer)
    try:
        transport.write(b"API\0" + frame(f"v{MIN_VERSION}..{MAX_VERSION}".encode()))
        await transport.flush()
        payloads = await transport.read_payloads()
        return transport, _parse_hello(payloads)
    except ConnectionLost as error:
        transport.abort()
        raise GatewayNotReady(
            str(endpoint), f"closed during the handshake: {error}", 0.0
        ) from error
    except BaseException:
        transport.abort()
        raise


def _parse_hello(payloads: list[bytes]) -> ServerHello:
    version, _, rest = payloads[0].partition(b"\0")
    if len(payloads) != 1 or not version.isdigit():
        raise RemoteProtocolError(f"no gateway's hello: {payloads[0][:80]!r}")
    server_version = int(version)
    if not MIN_VERSION <= server_version <= MAX_VERSION:
        text = f"server version {server_version} is outside {MIN_VERSION}..{MAX_VERSION}"
        raise RemoteProtocolError(text)
    time = rest.rstrip(b"\0").decode("utf-8", errors="backslashreplace")
    return ServerHello(server_version=server_version, connection_time=time)
