# SPDX-License-Identifier: Apache-2.0
"""The simulated clock: a start instant, and how fast it runs against real seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

__all__ = ["SimulatedClock"]


class SimulatedClock:
    """Simulated time: from ``start``, ``speed`` simulated seconds pass a real one.

    A speed of zero stands still.
    """

    def __init__(
        self,
        start: datetime,
        *,
        speed: float = 1.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._start = start.astimezone(UTC)
        self._speed = speed
        self._monotonic = monotonic
        self._origin = monotonic()

    def now(self) -> datetime:
        """Return the simulated instant, UTC."""
        return self._start + self.simulated(self._monotonic() - self._origin)

    def advance(self, seconds: float) -> None:
        """Move it forward by simulated seconds, however fast it runs."""
        self._start += timedelta(seconds=seconds)

    def simulated(self, real_s: float) -> timedelta:
        """Return how much simulated time passes in so many real seconds."""
        return timedelta(seconds=real_s * self._speed)
