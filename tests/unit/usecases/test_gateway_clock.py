# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from ib_provider.usecases.gateway_clock import wait_until

START = datetime(2013, 3, 4, 15, 0, tzinfo=UTC)


async def test_clock_that_runs_faster_than_ours_is_followed() -> None:
    """An hour of a simulated gateway passes in a moment, and is not slept through by our clock."""
    hours = iter(range(100))

    async def ask() -> datetime:
        return START + timedelta(hours=next(hours))

    async with asyncio.timeout(30):
        found = await wait_until(START + timedelta(hours=5), ask, check_s=0.01)
    assert found == START + timedelta(hours=5)


async def test_time_goes_on_while_the_gateway_is_away() -> None:
    """It told its time once; the rest is counted from there."""
    asked = 0

    async def ask() -> datetime:
        nonlocal asked
        asked += 1
        if asked > 1:
            await asyncio.Event().wait()
        return START

    end = START + timedelta(seconds=1)
    async with asyncio.timeout(30):
        assert await wait_until(end, ask, check_s=0.2) >= end


async def test_end_that_has_passed_is_not_waited_for() -> None:
    """One look, no sleep."""

    async def ask() -> datetime:
        return START

    assert await wait_until(START, ask, check_s=1000) == START
