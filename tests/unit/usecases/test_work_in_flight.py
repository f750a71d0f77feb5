# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio

import pytest

from ib_provider.usecases.work_in_flight import work_in_flight


async def test_work_is_done_once_for_each_and_never_too_much_at_a_time() -> None:
    """A hundred items, five at a time."""
    done: list[int] = []
    now, most = 0, 0

    async def work(item: int) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1
        done.append(item)

    await work_in_flight(range(100), work, limit=5)
    assert sorted(done) == list(range(100))
    assert most == 5


async def test_the_first_error_ends_the_rest() -> None:
    """What is under way is cancelled, what has not begun never begins."""
    begun: list[int] = []
    cancelled: list[int] = []

    async def work(item: int) -> None:
        begun.append(item)
        if item == 2:
            raise ConnectionError("gone")
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(item)
            raise

    with pytest.raises(ConnectionError):
        await work_in_flight(range(100), work, limit=4)
    assert begun == [0, 1, 2, 3]
    assert sorted(cancelled) == [0, 1, 3]
