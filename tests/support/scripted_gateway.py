# SPDX-License-Identifier: Apache-2.0
"""A gateway on a loopback socket that says exactly what a test wrote down. Text messages only.

It shares no code with the client or the simulator but the length prefix, so that a test states
what is on the wire in the wire's own words.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

ACCOUNT = "DU1000001"


class Peer:
    """One client's connection as the script sees it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def receive(self) -> list[str]:
        """Return the fields of the next message, its id first."""
        (length,) = struct.unpack("!I", await self.reader.readexactly(4))
        return (await self.reader.readexactly(length)).decode().split("\0")[:-1]

    async def expect(self, message_id: int) -> list[str]:
        """Return the fields of the next message, which must have this id."""
        fields = await self.receive()
        assert fields[0] == str(message_id), f"expected message {message_id}, got {fields[:4]}"
        return fields

    def send(self, *fields: object) -> None:
        """Send one message of these fields."""
        payload = "".join(f"{field}\0" for field in fields).encode()
        self.send_raw(struct.pack("!I", len(payload)) + payload)

    def send_raw(self, data: bytes) -> None:
        self.writer.write(data)

    def error(self, identifier: int, code: int, message: str) -> None:
        """Send an error in the layout of server versions from 194."""
        self.send(4, identifier, code, message, "", 0)

    def order_status(
        self,
        order_id: int,
        status: str,
        *,
        filled: int = 0,
        remaining: int = 10,
        client_id: int = 0,
    ) -> None:
        price = "100.5" if filled else "0"
        self.send(
            3, order_id, status, filled, remaining, price, 9000 + order_id, 0, 0, client_id, "", 0
        )

    async def hang_up(self) -> None:
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


Script = Callable[[Peer], Awaitable[None]]


class ScriptedGateway:
    """Runs a script for every client that connects; a script's failure fails the test.

    ``greets`` False leaves the handshake, too, to the script.
    """

    def __init__(
        self, script: Script, *, server_version: int = 200, next_id: int = 1, greets: bool = True
    ) -> None:
        self._script = script
        self._version = server_version
        self._next_id = next_id
        self._greets = greets
        self._failures: list[BaseException] = []
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        return int(self._server.sockets[0].getsockname()[1])

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.close()
        await self._server.wait_closed()
        if self._failures and error is None:
            raise self._failures[0]

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        self._tasks.add(asyncio.ensure_future(self._serve(Peer(reader, writer))))

    async def _serve(self, peer: Peer) -> None:
        try:
            if self._greets:
                await self._greet(peer)
            await self._script(peer)
        except (asyncio.IncompleteReadError, ConnectionError):
            return  # the client went away
        except Exception as error:  # noqa: BLE001 whatever it is, it fails the test
            self._failures.append(error)
            await peer.hang_up()

    async def _greet(self, peer: Peer) -> None:
        assert await peer.reader.readexactly(4) == b"API\0"
        (length,) = struct.unpack("!I", await peer.reader.readexactly(4))
        await peer.reader.readexactly(length)
        peer.send(self._version, "20130304 10:00:00 US/Eastern")
        await peer.expect(71)
        peer.send(15, 1, ACCOUNT)
        peer.send(9, 1, self._next_id)
