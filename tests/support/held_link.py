# SPDX-License-Identifier: Apache-2.0
"""A TCP link between a client and a gateway that holds back one direction at the first order."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

__all__ = ["HeldLink"]

_PLACE_ORDER = (3, 203)


class HeldLink:
    """Relay bytes both ways until the first order passes, then hold one direction for ever.

    Args:
        port: The gateway's.
        hold: ``answers`` lets the order through and nothing back; ``orders`` keeps the order
            itself from the gateway.
    """

    def __init__(self, port: int, *, hold: str) -> None:
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
        ways = [
            asyncio.create_task(self._outward(reader, far_writer)),
            asyncio.create_task(self._inward(far_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            writer.close()
            far_writer.close()

    async def _outward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Relay client to gateway, a frame at a time: ``API`` and a NUL come before the first."""
        writer.write(await reader.readexactly(4))
        while True:
            head = await reader.readexactly(4)
            body = await reader.readexactly(int.from_bytes(head, "big"))
            if _message_id(body) in _PLACE_ORDER:
                self.order_seen.set()
                if self._hold == "orders":
                    await reader.read()
                    return
            writer.write(head + body)
            await writer.drain()

    async def _inward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65536):
            if self._hold == "answers" and self.order_seen.is_set():
                continue
            writer.write(chunk)
            await writer.drain()


def _message_id(body: bytes) -> int:
    """Return a frame's message id: four raw bytes from version 201 on, text below."""
    if body[:1] == b"\0":
        return int.from_bytes(body[:4], "big")
    text = body.split(b"\0", 1)[0]
    return int(text) if text.isdigit() else -1
