# SPDX-License-Identifier: Apache-2.0
"""What IB allows one login to ask, and how long one more request has to wait.

Rules:
    * A request counts from the moment it may go out until ``window`` seconds after its answer: the
      gateway has counted it at some instant between the two, so no other clock and no delay of the
      network can make one window of the gateway's hold more than is allowed.
    * Times are seconds of one clock that all who share a budget read.

Source: TWS API, "Historical Data Limitations": 60 requests in 10 minutes, fewer than 6 for one
contract, exchange and tick type within 2 seconds, no identical ones within 15 seconds, BID_ASK
counts twice, 50 open; "Max rate of messages": half of the market-data lines a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ib_provider.errors import ConfigError

__all__ = ["SMALL_BARS", "HistoryDemand", "PacingRules", "PastRequest", "history_wait_s"]

#: Bars under the hard rules; ticks and head timestamps are under them as well.
SMALL_BARS: Final = frozenset({"1 secs", "5 secs", "10 secs", "15 secs", "30 secs"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PacingRules:
    """The numbers, as one login is allowed them.

    Attributes:
        messages_per_s: Messages in a second, over all connections of the login.
        limit_per_s: What the gateway counts as too many; the difference is how late a message
            may leave: ``limit_per_s / messages_per_s - 1`` seconds.
        in_window: Weight of paced history requests in ``window_s``.
        in_burst: Weight for one series in ``burst_s``.
        same_s: Distance of identical requests.
        open_requests: History requests that may be unanswered at a time.
    """

    messages_per_s: float = 45.0
    limit_per_s: float = 50.0
    in_window: int = 60
    window_s: float = 600.0
    in_burst: int = 5
    burst_s: float = 2.0
    same_s: float = 15.0
    open_requests: int = 50

    def __post_init__(self) -> None:
        names = ("messages_per_s", "in_window", "window_s", "in_burst", "burst_s", "open_requests")
        problems = [f"{name}: must be above zero" for name in names if not getattr(self, name) > 0]
        if self.limit_per_s < self.messages_per_s:
            problems.append(f"limit_per_s: {self.limit_per_s} is below messages_per_s")
        if problems:
            raise ConfigError("pacing rules", problems)

    @property
    def lateness_s(self) -> float:
        """Return how long after its turn a message may still leave."""
        return self.limit_per_s / self.messages_per_s - 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryDemand:
    """What the rules compare of one request.

    Attributes:
        identity: The whole request but for its id.
        series: Contract, exchange and kind of tick.
        weight: 2 for BID_ASK, 1 for the rest.
        is_paced: Under the hard rules; the others only count as open.
    """

    identity: str
    series: str
    weight: int = 1
    is_paced: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRequest:
    """One request that was let through; ``answered_at`` is None while it is open."""

    demand: HistoryDemand
    answered_at: float | None


def history_wait_s(
    demand: HistoryDemand, past: Sequence[PastRequest], now: float, rules: PacingRules
) -> float | None:
    """Return the seconds until one more request may go out; 0 for now.

    Args:
        past: Every request that is open, or was answered within the longest window.

    Returns:
        None where only an answer that has not come can tell.
    """
    waits: list[float | None] = [0.0]
    still_open = sum(1 for request in past if request.answered_at is None)
    if still_open >= rules.open_requests:
        waits.append(None)
    if demand.is_paced:
        paced = [request for request in past if request.demand.is_paced]
        same = [request for request in paced if request.demand.identity == demand.identity]
        series = [request for request in paced if request.demand.series == demand.series]
        waits.append(_wait(same, 0, now, rules.same_s))
        waits.append(_wait(series, rules.in_burst - demand.weight, now, rules.burst_s))
        waits.append(_wait(paced, rules.in_window - demand.weight, now, rules.window_s))
    known = [wait for wait in waits if wait is not None]
    return max(known) if len(known) == len(waits) else None


def _wait(past: Sequence[PastRequest], room: int, now: float, window_s: float) -> float | None:
    """Return how long until at most ``room`` weight of the past is within the window."""
    ends = sorted(
        (_end(request, window_s), request.demand.weight)
        for request in past
        if _end(request, window_s) > now
    )
    excess = sum(weight for _, weight in ends) - max(room, 0)
    for end, weight in ends:
        if excess <= 0:
            return 0.0
        excess -= weight
        if excess <= 0:
            return None if end == float("inf") else end - now
    return 0.0


def _end(request: PastRequest, window_s: float) -> float:
    return float("inf") if request.answered_at is None else request.answered_at + window_s
