# SPDX-License-Identifier: Apache-2.0
"""The beat of market data: whoever streams wakes when a simulated second is over.

Every stream of the gateway follows this one clock, in the order in which they began to wait, so
that quotes, ticks, bars and books of one second are told together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

__all__ = ["MarketBeat"]


class MarketBeat:
    """Counts whole simulated seconds. ``now`` is the simulated clock."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._second = int(now().timestamp())
        self._next = asyncio.Event()

    @property
    def second(self) -> int:
        """Return the epoch second that runs; those before it are over."""
        self.pulse()
        return self._second

    def pulse(self) -> None:
        """Look at the clock, and wake who waits for a second that is over now."""
        second = int(self._now().timestamp())
        if second > self._second:
            self._second = second
            woken, self._next = self._next, asyncio.Event()
            woken.set()

    async def after(self, second: int) -> int:
        """Wait until a second is over; return the one that runs then."""
        while self._second <= second:
            await self._next.wait()
        return self._second
