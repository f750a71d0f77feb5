# SPDX-License-Identifier: Apache-2.0
"""The beat that streams of market data follow."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from ib_provider.simulator.market_beat import MarketBeat


class _Clock:
    def __init__(self) -> None:
        self.at = datetime(2013, 3, 4, 15, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


async def test_waiting_ends_when_the_second_is_over() -> None:
    """Not at a pulse within it; all who wait learn the second that runs then, in order."""
    clock, told = _Clock(), []
    beat = MarketBeat(clock.now)
    began = beat.second

    async def follow(name: str) -> None:
        told.append((name, await beat.after(began)))

    waiting = [asyncio.create_task(follow(name)) for name in ("first", "second")]
    await asyncio.sleep(0)
    clock.at += timedelta(milliseconds=900)
    beat.pulse()
    await asyncio.sleep(0)
    assert told == []
    clock.at += timedelta(seconds=30)
    beat.pulse()
    await asyncio.gather(*waiting)
    assert told == [("first", began + 30), ("second", began + 30)]


async def test_second_that_is_over_already_is_not_waited_for() -> None:
    """Who is late goes on at once."""
    clock = _Clock()
    beat = MarketBeat(clock.now)
    clock.at += timedelta(seconds=2)
    assert await beat.after(beat.second - 1) == beat.second
