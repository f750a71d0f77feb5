# SPDX-License-Identifier: Apache-2.0
"""A TCP link between a client and a gateway that holds back one direction at an order."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Final, Self

__all__ = ["HeldLink", "link_in_thread"]

_PLACE_ORDER: Final = (3, 203)


class HeldLink:
    """Relay bytes both ways; once armed, hold the connection that sends the next order.

    Only that connection is held, for ever, and only once: who connects after it is served.

    Args:
        port: The gateway's.
        hold: Armed from the start: ``answers`` lets the order through and nothing back; ``orders``
            keeps the order itself from the gateway.
    """

    def __init__(self, port: int, *, hold: str = "") -> None:
        self._gateway_port = port
        self._hold = hold
        self._server: asyncio.Server | None = None
        self.order_seen = asyncio.Event()

    @property
    def port(self) -> int:
        """Return where the client connects."""
        if self._server is None:
            raise RuntimeError("not listening yet")
        return int(self._server.sockets[0].getsockname()[1])

    def arm(self, hold: str) -> None:
        """Hold the connection of the next order."""
        self._hold = hold

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._gateway_port)
        muted = asyncio.Event()
        ways = [
            asyncio.create_task(self._outward(reader, far_writer, muted)),
            asyncio.create_task(_inward(far_reader, writer, muted)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            writer.close()
            far_writer.close()

    async def _outward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, muted: asyncio.Event
    ) -> None:
        """Relay client to gateway, a frame at a time: ``API`` and a NUL come before the first."""
        writer.write(await reader.readexactly(4))
        while True:
            head = await reader.readexactly(4)
            body = await reader.readexactly(int.from_bytes(head, "big"))
            if self._hold and _message_id(body) in _PLACE_ORDER:
                hold, self._hold = self._hold, ""
                muted.set()
                self.order_seen.set()
                if hold == "orders":
                    await reader.read()
                    return
            writer.write(head + body)
            await writer.drain()


async def _inward(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, muted: asyncio.Event
) -> None:
    while chunk := await reader.read(65536):
        if not muted.is_set():
            writer.write(chunk)
            await writer.drain()


def _message_id(body: bytes) -> int:
    """Return a frame's message id: four raw bytes from version 201 on, text below."""
    if body[:1] == b"\0":
        return int.from_bytes(body[:4], "big")
    text = body.split(b"\0", 1)[0]
    return int(text) if text.isdigit() else -1


@contextmanager
def link_in_thread(port: int) -> Iterator[HeldLink]:
    """Run a link in a thread of its own, for tests without a loop."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    link = HeldLink(port)
    try:
        asyncio.run_coroutine_threadsafe(link.__aenter__(), loop).result(10)
        yield link
    finally:
        asyncio.run_coroutine_threadsafe(link.__aexit__(None, None, None), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
