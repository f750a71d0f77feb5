# SPDX-License-Identifier: Apache-2.0
"""The three rules for requests of bars of 30 seconds and less.

Broken rules answer error 162. A refused request counts for none of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

__all__ = ["SMALL_BARS", "HistoricalPacing", "PacedRequest"]

#: Bar sizes under the rules; larger ones are only slowed down. Source: TWS API documentation,
#: "Pacing Violations for Small Bars (30 secs or less)".
SMALL_BARS: Final = frozenset({"1 secs", "1 sec", "5 secs", "10 secs", "15 secs", "30 secs"})

_IDENTICAL_S: Final = 15.0
_BURST_S: Final = 2.0
_BURST: Final = 6
_WINDOW_S: Final = 600.0
_IN_WINDOW: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PacedRequest:
    """What the rules compare.

    Attributes:
        everything: The whole request but for its id.
        series: Contract, exchange and kind of tick.
        weight: 2 for BID_ASK, 1 for the rest.
    """

    everything: Hashable
    series: Hashable
    weight: int = 1


class HistoricalPacing:
    """Remembers ten minutes of requests. Times are seconds of a clock that does not go back."""

    def __init__(self) -> None:
        self._past: deque[tuple[float, PacedRequest]] = deque()

    def violation(self, request: PacedRequest, now: float) -> str | None:
        """Return the rule that a request breaks, or None, and then it has been counted."""
        while self._past and now - self._past[0][0] >= _WINDOW_S:
            self._past.popleft()
        broken = self._broken(request, now)
        if broken is None:
            self._past.append((now, request))
        return broken

    def _broken(self, request: PacedRequest, now: float) -> str | None:
        burst = 0
        for at, past in reversed(self._past):
            if now - at >= _IDENTICAL_S:
                break
            if past.everything == request.everything:
                return f"identical request within {_IDENTICAL_S:.0f} seconds"
            if now - at < _BURST_S and past.series == request.series:
                burst += past.weight
        if burst + request.weight >= _BURST:
            return f"{_BURST} requests for one contract within {_BURST_S:.0f} seconds"
        if sum(past.weight for _, past in self._past) + request.weight > _IN_WINDOW:
            return f"more than {_IN_WINDOW} requests within {_WINDOW_S / 60:.0f} minutes"
        return None
