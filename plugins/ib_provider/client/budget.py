# SPDX-License-Identifier: Apache-2.0
"""What a client asks before it sends: may one more message go out, one more history request?

A client alone at a login uses its own ``LocalBudget``. Where several processes share a login, they
share a budget too: it is given to each client, and lives outside of this package.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Protocol

from ib_provider.client.rate_limit import TokenBucket
from ib_provider.domain.pacing import HistoryDemand

__all__ = ["Budget", "LocalBudget"]


class Budget(Protocol):
    """Gives out what a login may send."""

    async def message(self) -> None:
        """Return when one more message may go out, at once.

        Raises:
            LedgerUnavailable: The shared budget cannot be reached; nothing was spent.
        """

    def spend(self) -> None:
        """Count a message that goes out now and cannot wait: a cancel."""

    def history(self, demand: HistoryDemand) -> AbstractAsyncContextManager[None]:
        """Hold one of the login's history requests from before it is sent until its answer.

        Raises:
            RequestTimeout: No turn came within the budget's own bound.
            LedgerUnavailable: The shared budget cannot be reached.
        """


class LocalBudget:
    """The message rate of one connection; history requests are not counted."""

    def __init__(self, *, rate: float, burst: int) -> None:
        self._bucket = TokenBucket(rate=rate, burst=burst)

    async def message(self) -> None:
        """Return when one more message may go out."""
        delay_s = self._bucket.reserve(asyncio.get_running_loop().time())
        if delay_s:
            await asyncio.sleep(delay_s)

    def spend(self) -> None:
        """Count a message that goes out now."""
        self._bucket.reserve(asyncio.get_running_loop().time())

    def history(self, _demand: HistoryDemand) -> AbstractAsyncContextManager[None]:
        """Hold nothing: who is alone paces itself by what it asks."""
        return nullcontext()
