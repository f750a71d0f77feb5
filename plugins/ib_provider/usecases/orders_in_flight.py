# SPDX-License-Identifier: Apache-2.0
"""Orders that were sent and not yet answered: never more than so many, and none after a failure.

Strategy: one after the other, five hundred orders take five hundred round trips to the broker,
which are longer than what its message rate asks for. So the next goes out while answers are
awaited, within a bound that says how much may be on its way when the first bad answer comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Final, Self

__all__ = ["IN_FLIGHT", "OrdersInFlight"]

#: At 45 messages a second enough for answers that take 170 ms; after a refusal, or where the line
#: dies, at most seven more orders are out than one at a time would have sent.
IN_FLIGHT: Final = 8


class OrdersInFlight:
    """Sends what is added at once, and awaits its answer in the background.

    Rules:
        * The first order travels alone: what the broker has against all of them (a login that may
          only read, an account that may not trade) it says to the first.
        * Who leaves waits for every answer; each order's own coroutine writes it down.
        * The failure that is raised is that of the order sent first. No order is begun after one.
        * Who is cancelled waits for nothing: a later try asks the broker.
    """

    def __init__(self, limit: int = IN_FLIGHT) -> None:
        self._limit = limit
        self._orders: list[asyncio.Task[None]] = []
        self._one_is_answered = False

    async def room(self) -> None:
        """Return when one more order may be sent.

        Raises:
            Exception: An order failed, so that none may.
        """
        while True:
            self.refuse_failed()
            if len(self._orders) < (self._limit if self._one_is_answered else 1):
                return
            await asyncio.wait(self._orders, return_when=asyncio.FIRST_COMPLETED)

    def refuse_failed(self) -> None:
        """Raise what became of the first order that failed, if one did."""
        for order in self._orders:
            if order.done():
                order.result()
                self._one_is_answered = True
        self._orders = [order for order in self._orders if not order.done()]

    async def add(self, order: Coroutine[Any, Any, None]) -> None:
        """Begin an order, and return when it first waits."""
        self._orders.append(asyncio.create_task(order))
        await asyncio.sleep(0)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None and not isinstance(error, Exception):
            for order in self._orders:
                order.cancel()
        # All are awaited, whatever becomes of them: an answer that nobody hears is lost.
        await asyncio.gather(*self._orders, return_exceptions=True)
        if error is None:
            self.refuse_failed()
