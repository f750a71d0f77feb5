# SPDX-License-Identifier: Apache-2.0
"""The gate in front of the desks: lets a request through, holds it for a while, or refuses it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from ib_provider.simulator.limits.caps import CAPS
from ib_provider.simulator.limits.historical_pacing import (
    SMALL_BARS,
    HistoricalPacing,
    PacedRequest,
)
from ib_provider.simulator.limits.limits import Limits
from ib_provider.simulator.limits.open_requests import KINDS, OpenRequests, kind_of
from ib_provider.simulator.limits.read_only import read_only_refusal
from ib_provider.simulator.limits.spacing import NewStreams, Spacing
from ib_provider.simulator.refusal import Refusal

__all__ = ["Hold", "RequestGate"]

_PACED: Final = ("ReqHistoricalData", "ReqHeadTimestamp", "ReqHistoricalTicks")
_PACING: Final = Refusal(
    code=162,
    message=(
        "Historical Market Data Service error message:Historical data request pacing violation"
    ),
)
_TOO_MANY_STREAMS: Final = Refusal(
    code=420, message="Invalid Real-time Query:Historical data request pacing violation"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """The request waits for so many seconds; then the desk gets it."""

    seconds: float


class RequestGate:
    """Judges the requests of one client. Times are seconds of a clock that does not go back.

    Args:
        everywhere: How many requests of a kind all clients have open.
        pacing: What the login asked of history, through any client; one of its own where None.
    """

    def __init__(
        self,
        limits: Limits,
        everywhere: Callable[[str], int],
        pacing: HistoricalPacing | None = None,
    ) -> None:
        self.open = OpenRequests()
        self._limits = limits
        self._everywhere = everywhere
        self._pacing = pacing or HistoricalPacing()
        self._streams = NewStreams()
        self._searches = Spacing(limits.search_gap_s)

    def judge(self, request: Any, now: float) -> Refusal | Hold | None:
        """Return why a request is refused or held, or None; noted as open unless refused."""
        refusal = self._refusal(request, now)
        if refusal is not None:
            return refusal
        self.open.asked(request)
        if type(request).__name__ == "ReqMatchingSymbols":
            wait = self._searches.wait_s(now)
            return Hold(seconds=wait) if wait > 0 else None
        return None

    def _refusal(self, request: Any, now: float) -> Refusal | None:
        if self._limits.read_only and (refusal := read_only_refusal(request)):
            return refusal
        if self.open.is_open(request):
            return None  # a second use of an id is the desk's to judge
        return self._cap_refusal(request) or self._pacing_refusal(request, now)

    def _cap_refusal(self, request: Any) -> Refusal | None:
        kind = kind_of(request)
        kind = KINDS[kind].counted_as or kind if kind else None
        cap = CAPS.get(kind or "")
        if kind is None or cap is None or not (most := cap.most(self._limits)):
            return None
        if getattr(request, "snapshot", False):
            return None
        count = self._everywhere(kind) if cap.shared else self.open.count(kind)
        return cap.refusal(self._limits) if count >= most else None

    def _pacing_refusal(self, request: Any, now: float) -> Refusal | None:
        if not self._limits.pacing:
            return None
        name = type(request).__name__
        if name in _PACED:
            if getattr(request, "bar_size", "1 secs") not in SMALL_BARS:
                return None
            paced_now = now * self._limits.pacing_speed
            return _PACING if self._pacing.violation(_paced(request), paced_now) else None
        if name == "ReqRealTimeBars" and self._streams.bars_violation(now):
            return _TOO_MANY_STREAMS
        if name == "ReqTickByTickData":
            series = (request.contract, request.tick_type)
            return _TOO_MANY_STREAMS if self._streams.ticks_violation(series, now) else None
        return None


def _paced(request: Any) -> PacedRequest:
    return PacedRequest(
        everything=replace(request, request_id=0),
        series=(type(request).__name__, request.contract, request.what_to_show),
        weight=2 if request.what_to_show == "BID_ASK" else 1,
    )
