# SPDX-License-Identifier: Apache-2.0
"""Many questions at once, never more than so many, each sent as soon as its turn comes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, TypeVar

__all__ = ["IN_FLIGHT", "work_in_flight"]

#: Open questions: at 50 messages a second enough for answers that take a second and a quarter.
IN_FLIGHT: Final = 64

_T = TypeVar("_T")


async def work_in_flight(
    items: Iterable[_T], work: Callable[[_T], Awaitable[None]], *, limit: int = IN_FLIGHT
) -> None:
    """Return when ``work`` is done for every item, at most ``limit`` of them at a time.

    The client's own message rate decides how fast they go out. The first error ends the rest:
    work that may fail alone has to say so itself.
    """
    queue = iter(items)

    async def take() -> None:
        for item in queue:
            await work(item)

    workers = [asyncio.ensure_future(take()) for _ in range(max(1, limit))]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
