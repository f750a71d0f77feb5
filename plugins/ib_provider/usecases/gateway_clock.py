# SPDX-License-Identifier: Apache-2.0
"""Waiting for an instant of the gateway's clock, also while the gateway is away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

__all__ = ["wait_until"]

#: The least time given to a question after the clock.
_LEAST_S: Final = 0.5


async def wait_until(
    until: datetime, ask: Callable[[], Awaitable[datetime]], *, check_s: float
) -> datetime:
    """Return the gateway's time once it is ``until`` or later.

    Args:
        ask: Returns the gateway's time; may take as long as the gateway is away.
        check_s: How often it is asked at the least: a simulated clock runs faster than ours. Where
            it does not answer, ours goes on from its last word, and time does not stand still.
    """
    loop = asyncio.get_running_loop()
    now, heard_at = await ask(), loop.time()
    while now < until:
        await asyncio.sleep(min((until - now).total_seconds(), check_s))
        told = now + timedelta(seconds=loop.time() - heard_at)
        left_s = (until - told).total_seconds()
        try:
            async with asyncio.timeout(max(left_s, _LEAST_S)):
                now = await ask()
        except TimeoutError:
            now += timedelta(seconds=loop.time() - heard_at)
        heard_at = loop.time()
    return now
