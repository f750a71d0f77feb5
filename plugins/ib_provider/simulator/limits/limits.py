# SPDX-License-Identifier: Apache-2.0
"""How much a client may ask: the numbers of IB's documentation, each of which can be changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Limits"]

_LINES_A_MESSAGE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of one simulated gateway. Zero switches a limit off.

    Attributes:
        max_messages: Messages a second on one connection; None is half of the lines, as IB says.
        reject_excess: Answer each message above the rate with error 100 and close at the third,
            instead of reading more slowly.
        shared_rate: Count messages over all connections of the login, not on each: stricter than
            the documentation, which speaks of connections.
        pacing: Whether the rules for bars of 30 seconds and less hold.
        pacing_speed: Seconds of those rules that pass in a real one; tests shorten ten minutes.
        read_only: Whether orders, and requests for open orders, are refused.
        max_clients: Sessions at a time.
        lines: Market-data lines of the whole login.
        depth: Market-depth requests of the whole login.
        tick_by_tick: Tick-by-tick requests of the whole login; IB gives about 5 in 100 lines.
        historical: Requests for bars that one client may have open.
        summaries: Account summaries that one client may have open.
        unread_mb: Megabytes that a client may leave unread before its connection is cut.
        search_gap_s: Seconds between two symbol searches of one client.

    Source: TWS API documentation; ``depth``, ``historical`` and ``summaries`` also from captures.
    """

    max_messages: int | None = None
    reject_excess: bool = False
    shared_rate: bool = False
    pacing: bool = True
    pacing_speed: float = 1.0
    read_only: bool = False
    max_clients: int = 32
    lines: int = 100
    depth: int = 3
    tick_by_tick: int = 5
    historical: int = 50
    summaries: int = 2
    unread_mb: int = 64
    search_gap_s: float = 1.0

    @property
    def messages_per_s(self) -> int:
        """Return the rate of messages that one connection may send; 0 for any."""
        if self.max_messages is not None:
            return self.max_messages
        return self.lines // _LINES_A_MESSAGE

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the numbers."""
        names = (
            *("max_clients", "lines", "depth", "tick_by_tick", "historical", "summaries"),
            "unread_mb",
        )
        for name in names:
            if getattr(self, name) < 0:
                yield f"{name}: {getattr(self, name)} is below zero"
        if self.max_messages is not None and self.max_messages < 0:
            yield f"max_messages: {self.max_messages} is below zero"
        if not 0 < self.pacing_speed < float("inf"):
            yield f"pacing_speed: {self.pacing_speed} is not a finite number above zero"
        if not 0 <= self.search_gap_s < float("inf"):
            yield f"search_gap_s: {self.search_gap_s} is not a finite number from 0 up"
