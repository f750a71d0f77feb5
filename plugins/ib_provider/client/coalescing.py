# SPDX-License-Identifier: Apache-2.0
"""One value for everything that came in one read of the socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["Coalescing"]


class Coalescing:
    """Calls ``flush`` once after the messages at hand, however many of them changed something.

    A gateway writes what belongs together in one go: a price and its size, the rows of a book. A
    value in between is one that never was.
    """

    def __init__(self, flush: Callable[[], None]) -> None:
        self._flush = flush
        self._handle: asyncio.Handle | None = None

    def mark(self) -> None:
        """Say that something changed."""
        if self._handle is None:
            self._handle = asyncio.get_running_loop().call_soon(self._run)

    def finish(self) -> None:
        """Flush now what was marked: there is no later."""
        if self._handle is not None:
            self._handle.cancel()
            self._run()

    def _run(self) -> None:
        self._handle = None
        self._flush()
