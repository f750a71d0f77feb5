# SPDX-License-Identifier: Apache-2.0
"""An event loop whose time stands still while anybody works, and jumps when everybody waits.

    @in_virtual_time
    async def test_…() -> None: …

Strategy: discrete events. Timers, ``asyncio.sleep`` and time limits all read the loop's time.
When nothing is ready to run, no socket has bytes and no thread of the loop is busy, the time moves
to the next timer; so hours pass in moments, and a slow or loaded machine makes nothing later.

Rules:
    * Both ends of a connection live on this loop: bytes on the way to another process are not seen.
      On loopback the kernel delivers in the sender's own call, unless it is pressed; therefore a
      few looks, with the processor given away in between, before the time moves.
    * A thread that was not started by ``run_in_executor`` is not waited for.
    * What reads another clock than the loop's is not carried along: hand it ``loop.time``.
"""

from __future__ import annotations

import asyncio
import os
import selectors
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

__all__ = ["VirtualTimeLoop", "in_virtual_time"]

P = ParamSpec("P")
T = TypeVar("T")

_LOOKS: Final = 5


def in_virtual_time(work: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Return a function that runs ``work`` to its end on a virtual loop of its own."""

    @wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            return runner.run(work(*args, **kwargs))

    return run


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A loop of its own time, which begins at zero.

    Attributes:
        jumps: How often the time has moved.
    """

    def __init__(self) -> None:
        self.jumps = 0
        self._now = 0.0
        self._working = 0
        super().__init__(_WaitingSelector(self))

    def time(self) -> float:
        """Return the seconds that have passed."""
        return self._now

    @property
    def is_working(self) -> bool:
        """Return whether a thread is at work, or its result has not been taken yet."""
        return self._working > 0

    def jump(self, seconds: float) -> None:
        """Move the time."""
        self._now += seconds
        self.jumps += 1

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Run a function in a thread; the time stands still until its result is taken."""
        future = super().run_in_executor(executor, func, *args)
        self._working += 1
        future.add_done_callback(self._has_worked)
        return future

    def _has_worked(self, _done: asyncio.Future[Any]) -> None:
        self._working -= 1


class _WaitingSelector(selectors.DefaultSelector):
    """Waits for sockets and threads in real time, for timers in virtual time."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is None or self._loop.is_working:
            return super().select(None)
        for _ in range(_LOOKS):
            os.sched_yield()
            if ready := super().select(0):
                return ready
        self._loop.jump(timeout)
        return []
