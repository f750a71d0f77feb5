# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio

import pytest

from ib_provider.usecases.orders_in_flight import OrdersInFlight


class Broker:
    """Takes orders, and answers when it is told to."""

    def __init__(self) -> None:
        self.sent: list[int] = []
        self.heard: list[int] = []
        self._answers: dict[int, asyncio.Future[None]] = {}

    async def order(self, number: int) -> None:
        self.sent.append(number)
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._answers[number]
        self.heard.append(number)

    def accept(self, *numbers: int) -> None:
        for number in numbers:
            self._answers[number].set_result(None)

    def refuse(self, number: int) -> None:
        self._answers[number].set_exception(ValueError(f"refused {number}"))


async def _send(broker: Broker, count: int, *, limit: int) -> None:
    async with OrdersInFlight(limit) as flight:
        for number in range(count):
            await flight.room()
            await flight.add(broker.order(number))


async def _settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_first_order_travels_alone_and_the_others_within_the_limit() -> None:
    """Nothing follows the first before its answer; then three are under way at a time."""
    broker = Broker()
    sending = asyncio.create_task(_send(broker, 6, limit=3))
    await _settle()
    assert broker.sent == [0]
    broker.accept(0)
    await _settle()
    assert broker.sent == [0, 1, 2, 3]
    broker.accept(2)
    await _settle()
    assert broker.sent == [0, 1, 2, 3, 4]
    broker.accept(1, 3, 4)
    await _settle()
    broker.accept(5)
    await sending
    assert sorted(broker.heard) == [0, 1, 2, 3, 4, 5]


async def test_no_order_follows_a_failure_and_every_answer_is_awaited() -> None:
    """What was under way is heard to its end before the failure is raised."""
    broker = Broker()
    sending = asyncio.create_task(_send(broker, 9, limit=3))
    await _settle()
    broker.accept(0)
    await _settle()
    broker.refuse(2)
    await _settle()
    assert broker.sent == [0, 1, 2, 3]
    assert not sending.done()
    broker.accept(1, 3)
    with pytest.raises(ValueError, match="refused 2"):
        await sending
    assert broker.sent == [0, 1, 2, 3]
    assert sorted(broker.heard) == [0, 1, 3]


async def test_failure_of_the_last_order_is_raised_when_leaving() -> None:
    """Nobody asks for room after the last one."""
    broker = Broker()
    sending = asyncio.create_task(_send(broker, 1, limit=3))
    await _settle()
    broker.refuse(0)
    with pytest.raises(ValueError, match="refused 0"):
        await sending


async def test_failure_seen_while_an_order_waits_for_its_turn_stops_it() -> None:
    """Who asked for room before the bad answer came asks again before sending."""
    broker = Broker()

    async def send() -> None:
        async with OrdersInFlight(3) as flight:
            await flight.room()
            await flight.add(broker.order(0))
            broker.accept(0)
            await flight.room()
            await flight.add(broker.order(1))
            await flight.room()
            broker.refuse(1)
            await _settle()
            flight.refuse_failed()
            await flight.add(broker.order(2))

    with pytest.raises(ValueError, match="refused 1"):
        await send()
    assert broker.sent == [0, 1]


async def test_who_is_cancelled_waits_for_no_answer() -> None:
    """The orders are out; a later try asks what became of them."""
    broker = Broker()
    sending = asyncio.create_task(_send(broker, 3, limit=3))
    await _settle()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert (broker.sent, broker.heard) == ([0], [])
