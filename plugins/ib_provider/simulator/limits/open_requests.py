# SPDX-License-Identifier: Apache-2.0
"""Which requests of one client are open, read from what passes in both directions.

Messages are looked up by the name of their class, which scenarios use, too.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["KINDS", "PAST", "STREAMS", "OpenRequests", "RequestKind", "kind_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKind:
    """A kind of request that stays open.

    Attributes:
        opened_by: The request.
        cancelled_by: What withdraws it.
        ended_by: The answers that end it, unless it goes on by itself.
        counted_as: The kind under whose cap it falls, if not its own.
    """

    name: str
    opened_by: str
    cancelled_by: str
    ended_by: tuple[str, ...] = ()
    counted_as: str = ""


PAST: Final = "historical"
"""The kind of requests for bars; heads and ticks of the past are counted with it."""

_KINDS: Final = (
    RequestKind(
        name=PAST,
        opened_by="ReqHistoricalData",
        cancelled_by="CancelHistoricalData",
        ended_by=("HistoricalDataEnd", "HistoricalSchedule"),
    ),
    RequestKind(
        name="heads",
        opened_by="ReqHeadTimestamp",
        cancelled_by="CancelHeadTimestamp",
        counted_as=PAST,
    ),
    RequestKind(
        name="past_ticks",
        opened_by="ReqHistoricalTicks",
        cancelled_by="CancelHistoricalTicks",
        ended_by=("HistoricalTicks", "HistoricalTicksBidAsk", "HistoricalTicksLast"),
        counted_as=PAST,
    ),
    RequestKind(
        name="lines",
        opened_by="ReqMktData",
        cancelled_by="CancelMktData",
        ended_by=("TickSnapshotEnd", "RerouteMktData"),
    ),
    RequestKind(
        name="depth",
        opened_by="ReqMktDepth",
        cancelled_by="CancelMktDepth",
        ended_by=("RerouteMktDepth",),
    ),
    RequestKind(
        name="tick_by_tick", opened_by="ReqTickByTickData", cancelled_by="CancelTickByTickData"
    ),
    RequestKind(name="bar_streams", opened_by="ReqRealTimeBars", cancelled_by="CancelRealTimeBars"),
    RequestKind(
        name="summaries", opened_by="ReqAccountSummary", cancelled_by="CancelAccountSummary"
    ),
)
KINDS: Final = {kind.name: kind for kind in _KINDS}
"""Name → kind."""

STREAMS: Final = ("lines", "depth", "tick_by_tick", "bar_streams")
"""The kinds that a lost connection to IB ends: error 1101."""

_OPENED_BY: Final = {kind.opened_by: kind.name for kind in _KINDS}
_CANCELLED_BY: Final = {kind.cancelled_by: kind.name for kind in _KINDS}
_ENDED_BY: Final = {name: kind.name for kind in _KINDS for name in kind.ended_by}

_COUNTED: Final = {
    name: tuple(kind.name for kind in _KINDS if name in (kind.name, kind.counted_as))
    for name in KINDS
}

#: Codes that leave a request open: warnings, delayed data, a second request under its id.
_HARMLESS: Final = frozenset({*range(2100, 2200), 10090, 10167, 317, 102, 385, 386})


class OpenRequests:
    """The open requests of one client: kind → request ids."""

    def __init__(self) -> None:
        self._open: defaultdict[str, dict[int, Any]] = defaultdict(dict)

    def count(self, kind: str) -> int:
        """Return how many requests of a kind, or counted as one, are open."""
        return sum(len(self._open[name]) for name in _COUNTED[kind])

    def total(self) -> int:
        """Return how many requests are open."""
        return sum(len(requests) for requests in self._open.values())

    def ids(self, kind: str) -> tuple[int, ...]:
        """Return the ids of the open requests of a kind, oldest first."""
        return tuple(self._open[kind])

    def requests(self, kind: str) -> tuple[Any, ...]:
        """Return the open requests of a kind, oldest first."""
        return tuple(self._open[kind].values())

    def is_open(self, request: Any) -> bool:
        """Return whether a request of its kind and id is open already."""
        kind = _OPENED_BY.get(type(request).__name__)
        return kind is not None and request.request_id in self._open[kind]

    def asked(self, request: Any) -> None:
        """Note a request that was let through."""
        name = type(request).__name__
        if kind := _OPENED_BY.get(name):
            self._open[kind].setdefault(request.request_id, request)
        elif kind := _CANCELLED_BY.get(name):
            self._open[kind].pop(request.request_id, None)

    def answered(self, answer: Any) -> None:
        """Note an answer that was sent."""
        name = type(answer).__name__
        if name == "ErrorMessage":
            if answer.code not in _HARMLESS and answer.request_id >= 0:
                for requests in self._open.values():
                    requests.pop(answer.request_id, None)
        elif kind := _ENDED_BY.get(name):
            request = self._open[kind].get(answer.request_id)
            if not getattr(request, "keep_up_to_date", False):
                self._open[kind].pop(answer.request_id, None)


def kind_of(request: Any) -> str | None:
    """Return the kind of request that stays open, or None."""
    return _OPENED_BY.get(type(request).__name__)
