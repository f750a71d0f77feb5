# SPDX-License-Identifier: Apache-2.0
"""What a request for historical ticks asks, judged as a gateway does: a query, or the error.

Rules:
    * A start or an end, not both: ticks from the start on, or the last ones before the end.
    * At most 1,000, but a second is never cut: what remains of it comes as well.
    * All of one session: the next page is the next session's.

Source: TWS API, "Historical Time and Sales Data". That the end is exclusive is a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Final

from ib_provider.domain.contract import SecType
from ib_provider.simulator.market.bar_query import BAD_TIME, NO_ZONE
from ib_provider.simulator.market.hours import zone_of
from ib_provider.simulator.market.ticks import Middle, Quote, TickTape, Trade
from ib_provider.simulator.refusal import Refusal, invalid
from ib_provider.simulator.time_text import parse_time
from ib_provider.wire.messages import ReqHistoricalTicks

__all__ = ["MOST_TICKS", "TickKind", "TickQuery", "page", "parse_tick_query"]

MOST_TICKS: Final = 1_000
_DAYS_BACK_S: Final = 12 * 86_400
_NO_TRADES: Final = (SecType.CASH, SecType.CMDTY, SecType.CFD, SecType.FUND)
AnyTick = Trade | Quote | Middle
_FAILED: Final = "Failed to request historical ticks:"


class TickKind(StrEnum):
    """What a historical tick tells of."""

    TRADES = "TRADES"
    BID_ASK = "BID_ASK"
    MIDPOINT = "MIDPOINT"


@dataclass(frozen=True, slots=True, kw_only=True)
class TickQuery:
    """A request for ticks that can be answered.

    Attributes:
        start: Epoch second of the first, inclusive; None for the last ones before ``end``.
        end: Epoch second, exclusive; now where there is a start.
        warning: A notice to send beside the answer, if any.
    """

    kind: TickKind
    start: int | None
    end: int
    count: int
    regular: bool
    ignore_size: bool
    warning: Refusal | None = None


def parse_tick_query(
    request: ReqHistoricalTicks, sec_type: SecType, venue: str, now: datetime
) -> TickQuery | Refusal:
    """Return what a request asks of a contract of a venue, or the refusal it gets."""
    refusal = _kind_refusal(request, sec_type)
    if refusal is not None:
        return refusal
    parsed = parse_time(request.start or request.end, zone_of(venue))
    if parsed is None:
        return Refusal(code=10314, message=BAD_TIME)
    at, today = int(parsed.at.timestamp()), int(now.timestamp())
    return TickQuery(
        kind=TickKind(request.what_to_show.upper()),
        start=at if request.start else None,
        end=today if request.start else min(at, today),
        count=request.count,
        regular=request.use_rth,
        ignore_size=request.ignore_size,
        warning=None if parsed.zone_said else Refusal(code=2174, message=NO_ZONE),
    )


def _kind_refusal(request: ReqHistoricalTicks, sec_type: SecType) -> Refusal | None:
    shown = request.what_to_show.upper()
    if shown not in set(TickKind):
        return invalid(f"Incorrect data type requested: {request.what_to_show!r}")
    if bool(request.start) == bool(request.end):
        return invalid("Exactly one of the start and the end of historical ticks must be given")
    if not 1 <= request.count <= MOST_TICKS:
        return invalid(f"The number of ticks must be from 1 to {MOST_TICKS}")
    contract = request.contract
    if sec_type is SecType.BAG:
        return Refusal(code=10187, message=f"{_FAILED}Combos have no historical ticks")
    if (shown == TickKind.TRADES and sec_type in _NO_TRADES) or (
        shown != TickKind.TRADES and sec_type is SecType.IND
    ):
        word = "Last" if shown == TickKind.TRADES else shown.title()
        place = f"{contract.symbol}/{sec_type}@{contract.exchange}"
        return Refusal(
            code=10187, message=f"{_FAILED}No historical market data for {place} {word} 0"
        )
    return None


def page(tape: TickTape, query: TickQuery) -> Sequence[AnyTick]:
    """Return the ticks that answer a query, oldest first; none where there are none."""
    ticks = _ticks_of(tape, query)
    if query.start is not None:
        for path, begin, end in tape.stretches(query.start, query.end):
            found = _first(ticks(path.begin + begin, path.begin + end), query.count)
            if found:
                return found
        return []
    for path, begin, end in reversed(list(tape.stretches(query.end - _DAYS_BACK_S, query.end))):
        found = _last(ticks, path.begin + begin, path.begin + end, query.count)
        if found:
            return found
    return []


def _ticks_of(tape: TickTape, query: TickQuery) -> Callable[[int, int], Iterator[AnyTick]]:
    if query.kind is TickKind.TRADES:
        return tape.trades
    if query.kind is TickKind.MIDPOINT:
        return tape.middles
    return partial(tape.quotes, ignore_size=query.ignore_size)


def _first(ticks: Iterator[AnyTick], count: int) -> list[AnyTick]:
    found: list[AnyTick] = []
    for tick in ticks:
        if len(found) >= count and tick.time != found[-1].time:
            break
        found.append(tick)
    return found


def _last(
    ticks: Callable[[int, int], Iterator[AnyTick]], first: int, last: int, count: int
) -> list[AnyTick]:
    found: list[AnyTick] = []
    upto = last
    while upto > first and len(found) < count:
        begin = max(first, upto - 60)
        found[:0] = ticks(begin, upto)
        upto = begin
    if len(found) <= count:
        return found
    oldest = found[-count].time
    return [tick for tick in found if tick.time >= oldest]
