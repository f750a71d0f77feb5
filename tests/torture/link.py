# SPDX-License-Identifier: Apache-2.0
"""The network between tasks and gateway: it can be cut, and hold or lose what it carries."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Self

__all__ = ["Link", "Way"]


class Way(StrEnum):
    """A direction of a connection."""

    ORDERS = "orders"
    ANSWERS = "answers"


@dataclass(slots=True, kw_only=True, eq=False)
class _Line:
    """One relayed connection: where each way leads, whether it flows, and what is lost."""

    ends: dict[Way, asyncio.StreamWriter]
    flows: asyncio.Event = field(default_factory=asyncio.Event)
    lost: set[Way] = field(default_factory=set)

    def cut(self) -> None:
        for end in self.ends.values():
            end.transport.abort()

    def lose(self, way: Way) -> None:
        self.lost.add(way)

    def half_close(self, way: Way) -> None:
        self.lost.add(way)
        if not self.ends[way].transport.is_closing():
            self.ends[way].write_eof()

    async def carry(self, reader: asyncio.StreamReader, way: Way) -> None:
        while chunk := await reader.read(65536):
            await self.flows.wait()
            if way not in self.lost:
                self.ends[way].write(chunk)
                await self.ends[way].drain()


class Link:
    """Relay TCP from a port of its own to a gateway's, in a thread.

    What is done to it is done to the connections there are; only ``hold`` holds later ones too.
    """

    def __init__(self, port: int) -> None:
        self._gateway_port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._lines: set[_Line] = set()
        self._holds = False
        self.port = 0

    def cut(self) -> None:
        """End every connection at once, without a word; what was under way is lost."""
        self._on_each(_Line.cut)

    def lose(self, way: Way) -> None:
        """Carry nothing more one way, as if it did, until the connection is cut."""
        self._on_each(lambda line: line.lose(way))

    def half_close(self, way: Way) -> None:
        """Say that nothing more comes one way, while the other still flows."""
        self._on_each(lambda line: line.half_close(way))

    def freeze(self) -> None:
        """Carry nothing more, both ways, on these connections until released; later ones flow."""
        self._on_each(lambda line: line.flows.clear())

    def hold(self) -> None:
        """Carry nothing more, both ways, until released."""
        self._loop.call_soon_threadsafe(self._hold, True)

    def release(self) -> None:
        """Carry on, with what was held."""
        self._loop.call_soon_threadsafe(self._hold, False)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _on_each(self, act: Callable[[_Line], object]) -> None:
        def on_each() -> None:
            for line in self._lines:
                act(line)

        self._loop.call_soon_threadsafe(on_each)

    def _hold(self, holds: bool) -> None:
        self._holds = holds
        for line in self._lines:
            if holds:
                line.flows.clear()
            else:
                line.flows.set()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for line in self._lines:
            line.cut()
        await asyncio.sleep(0.05)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._gateway_port)
        except OSError:
            writer.close()  # the gateway is down, so the client meets a closed door
            return
        line = _Line(ends={Way.ORDERS: far_writer, Way.ANSWERS: writer})
        if not self._holds:
            line.flows.set()
        self._lines.add(line)
        ways = [
            asyncio.create_task(line.carry(reader, Way.ORDERS)),
            asyncio.create_task(line.carry(far_reader, Way.ANSWERS)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        finally:
            self._lines.discard(line)
            writer.close()
            far_writer.close()
