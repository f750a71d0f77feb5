# SPDX-License-Identifier: Apache-2.0
"""Order news for one subscriber: an async iterator over a queue of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from ib_provider.domain.order import Commission, Execution, OrderState
from ib_provider.errors import ConnectionLost

__all__ = ["OrderNews", "OrderStream"]

OrderNews = OrderState | Execution | Commission


class OrderStream(AsyncIterator[OrderNews]):
    """Yields order news as it comes; raises where the link ends, after what came before it.

    The queue has no bound: losing an execution would be worse than the memory of one.
    """

    def __init__(self) -> None:
        self._queue: asyncio.Queue[OrderNews | None] = asyncio.Queue()
        self._lost = ""

    def put(self, news: OrderNews) -> None:
        """Hand one piece of news to the subscriber."""
        self._queue.put_nowait(news)

    def end(self, reason: str) -> None:
        """Make the iterator raise ``ConnectionLost`` once it is drained."""
        self._lost = reason
        self._queue.put_nowait(None)

    async def __anext__(self) -> OrderNews:
        if self._lost and self._queue.empty():
            raise ConnectionLost(f"order events: {self._lost}")
        news = await self._queue.get()
        if news is None:
            raise ConnectionLost(f"order events: {self._lost}")
        return news
