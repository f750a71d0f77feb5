# SPDX-License-Identifier: Apache-2.0
"""The pacing book as a coroutine's budget: it waits without blocking the loop.

Strategy: turns are taken for everybody who waits in this process at once, in one transaction on a
thread; each waits for its own turn on the loop. A turn that comes too late is not used, and
another is taken: the law of the budget holds however long a process is held up.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

from ib_provider.domain.pacing import HistoryDemand
from ib_provider.errors import IbProviderError, RequestTimeout
from ib_provider.ledger.pacing_book import MessageTurn, PacingBook

__all__ = ["SharedBudget"]

#: Turns taken at once: more would keep other processes from sending while this one is held up.
_MOST_TURNS: Final = 5

#: Between two looks at the book there may be an answer, or a holder's death.
_MOST_WAIT_S: Final = 5.0


class SharedBudget:
    """What one event loop may send of a login's budget.

    Args:
        longest_wait_s: Bound on the wait for a historical request, in seconds. IB's longest
            window is ten minutes.

    Attributes:
        missed: Turns that were not used because this process came too late.
    """

    def __init__(self, book: PacingBook, *, longest_wait_s: float = 1800.0) -> None:
        self._book = book
        self._longest_wait_s = longest_wait_s
        self._waiting: list[asyncio.Future[MessageTurn]] = []
        self._taking: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._lacking: deque[asyncio.Event] = deque()
        self.missed = 0

    async def message(self) -> None:
        """Return when one more message may go out, at once.

        Raises:
            LedgerUnavailable: The book cannot be reached; nothing was spent.
        """
        while True:
            turn = await self._turn()
            delay_s = turn.at - self._book.clock()
            if delay_s > 0:
                await asyncio.sleep(delay_s)
            if self._book.clock() <= turn.until:
                return
            self.missed += 1

    def spend(self) -> None:
        """Count a message that goes out now and cannot wait."""
        self._keep(asyncio.get_running_loop().create_task(self._spend()))

    def history(self, demand: HistoryDemand) -> AbstractAsyncContextManager[None]:
        """Hold one historical request from before it is sent until its answer.

        Raises:
            RequestTimeout: No turn came within ``longest_wait_s``.
            LedgerUnavailable: The book cannot be reached.
        """
        return self._hold(demand)

    async def close(self) -> None:
        """Return when everything that was said to the book stands in it."""
        while self._ending:
            await asyncio.gather(*self._ending, return_exceptions=True)

    @asynccontextmanager
    async def _hold(self, demand: HistoryDemand) -> AsyncIterator[None]:
        request_id = await self._begin(demand)
        try:
            yield
        finally:
            # Also where the asker is being cancelled: what is held must be given back.
            ending = asyncio.create_task(asyncio.to_thread(self._book.end_history, request_id))
            self._keep(ending)
            await asyncio.shield(ending)
            self._wake()

    async def _begin(self, demand: HistoryDemand) -> int:
        deadline = self._book.clock() + self._longest_wait_s
        while True:
            beginning = asyncio.create_task(asyncio.to_thread(self._book.begin_history, demand))
            try:
                turn = await asyncio.shield(beginning)
            except asyncio.CancelledError:
                beginning.add_done_callback(self._give_back)
                raise
            if turn.request_id is not None:
                return turn.request_id
            if self._book.clock() + turn.wait_s > deadline:
                raise RequestTimeout(
                    f"a turn in the pacing budget for {demand.series}", self._longest_wait_s
                )
            if turn.needs_answer:
                await self._until_answer(turn.wait_s)
            else:
                await asyncio.sleep(min(turn.wait_s, _MOST_WAIT_S))

    async def _until_answer(self, most_s: float) -> None:
        """Wait for an answer of this process to make room; one of another shows when asked for."""
        room = asyncio.Event()
        self._lacking.append(room)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(most_s):
                await room.wait()
        with contextlib.suppress(ValueError):
            self._lacking.remove(room)

    def _wake(self) -> None:
        """Let the one that waits longest ask again."""
        if self._lacking:
            self._lacking.popleft().set()

    def _give_back(self, begun: asyncio.Task[object]) -> None:
        """Give back what was got for an asker that has gone."""
        if begun.cancelled() or begun.exception() is not None:
            return
        request_id = getattr(begun.result(), "request_id", None)
        if request_id is not None:
            ending = asyncio.to_thread(self._book.end_history, request_id)
            self._keep(asyncio.get_running_loop().create_task(ending))

    async def _turn(self) -> MessageTurn:
        future: asyncio.Future[MessageTurn] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        if self._taking is None:
            self._taking = asyncio.create_task(self._take_turns())
        return await future

    async def _take_turns(self) -> None:
        try:
            while waiting := [future for future in self._waiting if not future.done()]:
                batch = waiting[:_MOST_TURNS]
                self._waiting = waiting[_MOST_TURNS:]
                try:
                    turns = await asyncio.to_thread(self._book.reserve_messages, len(batch))
                except IbProviderError as error:
                    for future in batch:
                        if not future.done():
                            future.set_exception(error)
                    continue
                for future, turn in zip(batch, turns, strict=True):
                    if not future.done():
                        future.set_result(turn)
        finally:
            self._taking = None

    async def _spend(self) -> None:
        with contextlib.suppress(IbProviderError):
            await asyncio.to_thread(self._book.reserve_messages, 1)

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
