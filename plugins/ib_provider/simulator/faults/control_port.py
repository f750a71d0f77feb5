# SPDX-License-Identifier: Apache-2.0
"""Faults said live: one JSON object a line in, one line of JSON back. On loopback only."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from ib_provider.errors import ConfigError
from ib_provider.simulator.faults.action_text import ACTIONS, parse_action
from ib_provider.simulator.faults.actions import Action

__all__ = ["ControlPort"]

_LOOPBACK: Final = "127.0.0.1"


class ControlPort:
    """Listens for actions. ``{"do": "show"}`` returns what the gateway is doing.

    Args:
        port: 0 takes a free one.
        do: Carries out an action.
        show: Returns the state of the gateway as JSON can hold it.
    """

    def __init__(
        self,
        port: int,
        *,
        do: Callable[[Action], Awaitable[None]],
        show: Callable[[], Mapping[str, Any]],
    ) -> None:
        self._wanted = port
        self._do = do
        self._show = show
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        if self._server is None:
            return self._wanted
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen.

        Raises:
            ConfigError: The port is taken.
        """
        try:
            self._server = await asyncio.start_server(self._serve, _LOOPBACK, self._wanted)
        except OSError as error:
            problem = f"control_port: cannot listen on {self._wanted}: {error.strerror}"
            raise ConfigError("simulator options", [problem]) from error

    def stop(self) -> None:
        """Close the port and its connections."""
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await self._answer(line)).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):  # ValueError: a line longer than the stream takes
            return
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _answer(self, line: bytes) -> Mapping[str, Any]:
        try:
            document = json.loads(line)
        except ValueError as error:
            return {"ok": False, "problems": [f"not JSON: {error}"]}
        if not isinstance(document, dict):
            return {"ok": False, "problems": ["not a JSON object"]}
        if document.get("do") == "show":
            return {"ok": True, "gateway": self._show()}
        if document.get("do") == "help":
            return {"ok": True, "actions": sorted([*ACTIONS, "help", "show"])}
        try:
            action = parse_action(document, "control port")
        except ConfigError as error:
            return {"ok": False, "problems": list(error.problems)}
        await self._do(action)
        return {"ok": True}
