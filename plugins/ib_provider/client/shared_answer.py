# SPDX-License-Identifier: Apache-2.0
"""One question for everybody who asks the same at the same time.

Rules:
    * Whoever comes while a question is open gets its real answer or its real error, never an empty
      one because somebody else was first.
    * Nothing is kept once it is answered: the next one asks anew.
    * The question is called off when the last one who waits for it gives up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

__all__ = ["SharedAnswers"]

_T = TypeVar("_T")


@dataclass(slots=True)
class _Open:
    """A question under way, and how many wait for it."""

    task: asyncio.Task[Any]
    waiting: int = 0


class SharedAnswers:
    """The questions of one connection that several may wait for."""

    def __init__(self) -> None:
        self._open: dict[Hashable, _Open] = {}

    async def get(self, key: Hashable, ask: Callable[[], Awaitable[_T]]) -> _T:
        """Return the answer to ``key``: of the question that is open, or else of a new one."""
        entry = self._open.get(key)
        if entry is None:
            entry = self._open[key] = _Open(asyncio.ensure_future(_run(ask)))
            entry.task.add_done_callback(lambda _: self._forget(key, entry))
        entry.waiting += 1
        try:
            answer: _T = await asyncio.shield(entry.task)
        finally:
            entry.waiting -= 1
            if not entry.waiting and not entry.task.done():
                self._forget(key, entry)
                entry.task.cancel()
        return answer

    def _forget(self, key: Hashable, entry: _Open) -> None:
        if self._open.get(key) is entry:
            del self._open[key]
        if entry.task.done() and not entry.task.cancelled():
            entry.task.exception()  # seen: everybody who waited may be gone


async def _run(ask: Callable[[], Awaitable[_T]]) -> _T:
    return await ask()
