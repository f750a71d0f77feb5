# SPDX-License-Identifier: Apache-2.0
"""The requests of one run that are open at a gateway: never more than its window has room for.

Rules:
    * The first request of a range is served before all others: until it is answered, nothing else
      of its range can be asked for, and there must always be something to ask for.
    * Else who comes first in the run is served first, whoever waits longer: what was begun is
      finished before more is begun, so memory holds few series and they end one after another.
    * A request counts from its turn until its answer, with its wait in the pacing budget.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from itertools import count
from typing import TypeVar

from ib_provider.domain.request_window import RequestWindow
from ib_provider.errors import RequestTimeout

__all__ = ["OpenRequests"]

Answer = TypeVar("Answer")


class OpenRequests:
    """Lets as many requests be open as the window has room for."""

    def __init__(self, window: RequestWindow | None = None) -> None:
        self.window = window or RequestWindow()
        self._open = 0
        self._came = count()
        self._waiting: list[tuple[bool, int, int, asyncio.Future[None]]] = []

    async def answer_to(
        self, ask: Callable[[], Awaitable[Answer]], *, rank: int = 0, is_first: bool = False
    ) -> Answer:
        """Return what ``ask`` returns, asked when there is room.

        Args:
            rank: Of the series in the run; the least is served first.
            is_first: Others wait for this one.
        """
        await self._enter((not is_first, rank))
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            answer = await ask()
            self.window.answered(clock() - began)
            return answer
        except RequestTimeout:
            self.window.timed_out()
            raise
        finally:
            self._open -= 1
            self._let_in()

    async def _enter(self, place: tuple[bool, int]) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (*place, next(self._came), turn))
        self._let_in()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._open -= 1
                self._let_in()
            raise

    def _let_in(self) -> None:
        while self._waiting and self._open < self.window.size:
            *_, turn = heapq.heappop(self._waiting)
            if not turn.done():
                self._open += 1
                turn.set_result(None)
