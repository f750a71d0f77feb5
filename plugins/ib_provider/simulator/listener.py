# SPDX-License-Identifier: Apache-2.0
"""The port of a gateway: open, shut, and open again on the same number."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from ib_provider.errors import ConfigError

__all__ = ["Connect", "Listener"]

Connect = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_GOODBYE_S: Final = 5.0


class Listener:
    """Accepts connections and knows the open ones.

    Args:
        port: 0 takes a free one, which is kept from then on.
        serve: Talks on a connection until it ends.
    """

    def __init__(self, host: str, port: int, serve: Connect) -> None:
        self.port = port
        self._host = host
        self._serve = serve
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    @property
    def is_open(self) -> bool:
        """Return whether connections are accepted."""
        return self._server is not None

    async def open(self) -> None:
        """Accept connections; nothing where it does.

        Raises:
            ConfigError: The port cannot be had.
        """
        if self._server is not None:
            return
        try:
            self._server = await asyncio.start_server(self._accept, self._host, self.port)
        except OSError as error:
            problem = f"port: cannot listen on {self._host}:{self.port}: {error.strerror}"
            raise ConfigError("simulator options", [problem]) from error
        self.port = int(self._server.sockets[0].getsockname()[1])

    def shut(self) -> None:
        """Refuse connections from now on; those that are open stay."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def cut(self) -> None:
        """Drop every connection, greeted or not, without a goodbye."""
        for writer in self._connections.values():
            writer.transport.abort()

    async def close(self) -> None:
        """Refuse connections, end the open ones, and wait for them."""
        self.shut()
        for writer in self._connections.values():
            writer.close()
        if self._connections:
            await asyncio.wait(self._connections, timeout=_GOODBYE_S)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a connection is served by a task")
        self._connections[task] = writer
        try:
            await self._serve(reader, writer)
        finally:
            del self._connections[task]
            writer.close()
