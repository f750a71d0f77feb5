# SPDX-License-Identifier: Apache-2.0
"""Everybody who asks at about the same time shares one reading."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ib_provider.errors import ConnectionLost
from ib_provider.usecases.shared_truth import SharedTruth, shared_truth


class _Broker:
    """Counts what it is asked, and answers when it is let."""

    def __init__(self) -> None:
        self.asked = 0
        self.let = asyncio.Event()

    async def open_orders(self) -> tuple[()]:
        self.asked += 1
        await self.let.wait()
        return ()

    async def completed_orders(self) -> tuple[()]:
        return ()

    async def executions(self, *, since: object, commission_wait_s: float) -> tuple[()]:
        assert since is None
        assert commission_wait_s == 0  # nobody waits for what another client is never shown
        return ()


async def test_askers_during_a_reading_share_the_next_one() -> None:
    """A truth that was asked for before a fill must not answer who asks after it."""
    broker: Any = _Broker()
    truth = SharedTruth(broker)
    first = asyncio.create_task(truth.read())
    await asyncio.sleep(0.01)
    others = [asyncio.create_task(truth.read()) for _ in range(1000)]
    await asyncio.sleep(0.01)
    assert broker.asked == 1
    broker.let.set()
    await asyncio.gather(first, *others)
    assert (broker.asked, truth.readings) == (2, 2)


async def test_asker_who_gives_up_does_not_take_the_truth_from_the_others() -> None:
    """One trigger that is cancelled is one trigger."""
    broker: Any = _Broker()
    truth = SharedTruth(broker)
    one, other = asyncio.create_task(truth.read()), asyncio.create_task(truth.read())
    await asyncio.sleep(0.01)
    one.cancel()
    broker.let.set()
    assert (await other).orders == {}


async def test_failed_reading_fails_its_askers_and_not_the_next() -> None:
    """No truth is no truth; the next asker asks."""

    class _Gone(_Broker):
        async def completed_orders(self) -> tuple[()]:
            if self.asked == 1:
                raise ConnectionLost("gone")
            return ()

    broker: Any = _Gone()
    broker.let.set()
    truth = SharedTruth(broker)
    with pytest.raises(ConnectionLost):
        await truth.read()
    assert (await truth.read()).completed == frozenset()


async def test_a_client_has_one_shared_truth() -> None:
    """Whoever watches through it."""
    broker: Any = _Broker()
    assert shared_truth(broker) is shared_truth(broker)
