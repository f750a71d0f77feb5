# SPDX-License-Identifier: Apache-2.0
"""Requests that must keep a distance: from the last of their kind, or to so many in ten minutes."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import Final

__all__ = ["NewStreams", "Spacing"]

_SAME_S: Final = 15.0
_WINDOW_S: Final = 600.0
_IN_WINDOW: Final = 60


class Spacing:
    """Keeps ``gap_s`` seconds between two requests."""

    def __init__(self, gap_s: float) -> None:
        self._gap_s = gap_s
        self._free_at = float("-inf")

    def wait_s(self, now: float) -> float:
        """Return how long a request made now has to wait, and reserve its turn."""
        turn = max(now, self._free_at)
        self._free_at = turn + self._gap_s
        return turn - now


class NewStreams:
    """Judges new real-time bar and tick-by-tick streams; a broken rule answers error 420.

    Source: TWS API documentation: 60 new real-time bar requests in ten minutes; one tick-by-tick
    request for an instrument in 15 seconds, taken here as one of each kind of tick (a guess).
    """

    def __init__(self) -> None:
        self._bars: deque[float] = deque(maxlen=_IN_WINDOW)
        self._ticks: dict[Hashable, float] = {}

    def bars_violation(self, now: float) -> bool:
        """Return whether one more real-time bar stream is too many; counted where it is not."""
        if len(self._bars) == _IN_WINDOW and now - self._bars[0] < _WINDOW_S:
            return True
        self._bars.append(now)
        return False

    def ticks_violation(self, series: Hashable, now: float) -> bool:
        """Return whether the same ticks were asked for moments ago; noted where they were not."""
        self._ticks = {key: at for key, at in self._ticks.items() if now - at < _SAME_S}
        if series in self._ticks:
            return True
        self._ticks[series] = now
        return False
