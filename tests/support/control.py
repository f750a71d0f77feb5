# SPDX-License-Identifier: Apache-2.0
"""The control port of a simulated gateway, as a script would use it: a line out, a line back."""

from __future__ import annotations

import asyncio
import json
import socket
from types import TracebackType
from typing import Any, Self

__all__ = ["Control", "carry_out"]


class Control:
    """One connection to the control port."""

    def __init__(self, port: int | None) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port or 0), timeout=10)
        self._lines = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lines.close()
        self._socket.close()

    def say(self, line: bytes) -> dict[str, Any]:
        """Return the answer to a line, whatever it is."""
        self._socket.sendall(line + b"\n")
        answer: dict[str, Any] = json.loads(self._lines.readline())
        return answer

    def do(self, action: str, **more: Any) -> dict[str, Any]:
        """Carry out an action.

        Raises:
            ValueError: The gateway did not take it.
        """
        answer = self.say(json.dumps({"do": action, **more}).encode())
        if not answer["ok"]:
            raise ValueError(answer["problems"])
        return answer


async def carry_out(port: int | None, action: str, **more: Any) -> None:
    """Carry out one action at a gateway that runs on this very loop.

    Raises:
        ValueError: The gateway did not take it.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port or 0)
    try:
        writer.write(json.dumps({"do": action, **more}).encode() + b"\n")
        answer: dict[str, Any] = json.loads(await reader.readline())
        if not answer["ok"]:
            raise ValueError(answer["problems"])
    finally:
        writer.close()
