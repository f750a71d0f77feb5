# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from ib_provider.domain.request_window import RequestWindow
from ib_provider.errors import RequestTimeout
from ib_provider.usecases.open_requests import OpenRequests
from tests.support.virtual_time import in_virtual_time


class Gateway:
    """Answers each request after a second, and remembers what was asked, in order."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.open = self.most_open = 0

    def request(self, name: str) -> Callable[[], Awaitable[str]]:
        async def ask() -> str:
            self.asked.append(name)
            self.open += 1
            self.most_open = max(self.most_open, self.open)
            try:
                await asyncio.sleep(1)
            finally:
                self.open -= 1
            return name

        return ask


def _two_at_a_time() -> OpenRequests:
    return OpenRequests(RequestWindow(least=2, most=2))


@in_virtual_time
async def test_no_more_are_open_than_the_window_has_room_for() -> None:
    """Ten requests, two at a time, take five seconds."""
    gateway, requests = Gateway(), _two_at_a_time()
    began = asyncio.get_running_loop().time()
    names = [f"{number}" for number in range(10)]
    got = await asyncio.gather(*(requests.answer_to(gateway.request(name)) for name in names))
    assert got == names
    assert gateway.most_open == 2
    assert asyncio.get_running_loop().time() - began == pytest.approx(5)


@in_virtual_time
async def test_a_first_request_goes_before_all_and_then_the_least_rank() -> None:
    """Whoever came earlier."""
    gateway, requests = Gateway(), OpenRequests(RequestWindow(least=1, most=1))
    wanted = [("open", 9, False), ("later", 2, False), ("soon", 1, False), ("first", 3, True)]
    await asyncio.gather(
        *(
            requests.answer_to(gateway.request(name), rank=rank, is_first=is_first)
            for name, rank, is_first in wanted
        )
    )
    assert gateway.asked == ["open", "first", "soon", "later"]


@in_virtual_time
async def test_a_request_that_is_called_off_leaves_its_room_to_the_next() -> None:
    """Also one that was still waiting, and one that had just been let in."""
    gateway, requests = Gateway(), _two_at_a_time()
    tasks = [
        asyncio.create_task(requests.answer_to(gateway.request(f"{number}"))) for number in range(6)
    ]
    await asyncio.sleep(0.5)
    for task in (tasks[0], tasks[2]):
        task.cancel()
    await asyncio.wait(tasks)
    assert sorted(gateway.asked) == ["0", "1", "3", "4", "5"]
    assert await requests.answer_to(gateway.request("more")) == "more"


@in_virtual_time
async def test_a_time_limit_narrows_the_window_and_is_handed_on() -> None:
    """The caller decides what becomes of the request."""

    async def silent() -> str:
        raise RequestTimeout("bars", 60.0)

    window = RequestWindow(least=1, most=48)
    requests = OpenRequests(window)
    gateway = Gateway()
    await asyncio.gather(*(requests.answer_to(gateway.request("x")) for _ in range(200)))
    wide = window.size
    with pytest.raises(RequestTimeout):
        await requests.answer_to(silent)
    assert window.size == wide // 2
