# SPDX-License-Identifier: Apache-2.0
"""Pages of historical ticks, schedules and histograms to domain values."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ib_provider.client.decode_number import number, quantity
from ib_provider.client.decode_time import iana_zone, parse_date
from ib_provider.domain.history import HistogramRow, Schedule, ScheduledSession
from ib_provider.domain.tick import BidAskTick, MidpointTick, TradeTick

__all__ = [
    "decode_bid_asks",
    "decode_histogram",
    "decode_midpoints",
    "decode_schedule",
    "decode_trades",
]


def decode_trades(ticks: Sequence[Any], *, con_id: int) -> list[TradeTick]:
    """Return a page of trades; equal prints of one second are counted, so each has its own name.

    Raises:
        ValueError: A price or size is not set.
    """
    received, seen = time.time_ns(), Counter[tuple[Any, ...]]()
    found = []
    for tick in ticks:
        price, size = _finite(tick.price), _finite(tick.size)
        what = (tick.time, price, size, tick.exchange, tick.specialConditions)
        found.append(
            TradeTick(
                con_id,
                datetime.fromtimestamp(int(tick.time), UTC),
                price,
                size,
                tick.exchange,
                tick.specialConditions,
                seen[what],
                bool(tick.tickAttribLast.pastLimit),
                bool(tick.tickAttribLast.unreported),
                received,
            )
        )
        seen[what] += 1
    return found


def decode_bid_asks(ticks: Sequence[Any], *, con_id: int) -> list[BidAskTick]:
    """Return a page of quotes; an empty side, a price of 0 or -1 with no size, has no price."""
    received = time.time_ns()
    found = []
    for tick in ticks:
        bid_size, ask_size = _size(tick.sizeBid), _size(tick.sizeAsk)
        found.append(
            BidAskTick(
                con_id,
                datetime.fromtimestamp(int(tick.time), UTC),
                None if not bid_size and tick.priceBid in (0, -1) else _finite(tick.priceBid),
                None if not ask_size and tick.priceAsk in (0, -1) else _finite(tick.priceAsk),
                bid_size,
                ask_size,
                bool(tick.tickAttribBidAsk.bidPastLow),
                bool(tick.tickAttribBidAsk.askPastHigh),
                received,
            )
        )
    return found


def decode_midpoints(ticks: Sequence[Any], *, con_id: int) -> list[MidpointTick]:
    """Return a page of middles.

    Raises:
        ValueError: A price is not set.
    """
    received = time.time_ns()
    return [
        MidpointTick(
            con_id, datetime.fromtimestamp(int(tick.time), UTC), _finite(tick.price), received
        )
        for tick in ticks
    ]


def decode_schedule(start: str, end: str, time_zone: str, sessions: Sequence[Any]) -> Schedule:
    """Return a schedule; IB writes its times in the zone that it names.

    Raises:
        ValueError: A time in another form, or an unknown zone.
    """
    name = iana_zone(time_zone)
    zone = ZoneInfo(name)
    rows = (
        ScheduledSession(
            session=parse_date(row.refDate),
            open=_local(row.startDateTime, zone),
            close=_local(row.endDateTime, zone),
        )
        for row in sessions
    )
    return Schedule(
        time_zone=name,
        start=_local(start, zone),
        end=_local(end, zone),
        sessions=tuple(sorted(rows, key=lambda row: row.open)),
    )


def decode_histogram(items: Sequence[Any]) -> list[HistogramRow]:
    """Return volume by price, ascending.

    Raises:
        ValueError: A price or size is not set.
    """
    rows = (HistogramRow(price=_finite(item.price), size=quantity(item.size)) for item in items)
    return sorted(rows, key=lambda row: row.price)


def _local(text: str, zone: ZoneInfo) -> datetime:
    naive = datetime.strptime(text, "%Y%m%d-%H:%M:%S")  # noqa: DTZ007 the zone is next
    return naive.replace(tzinfo=zone).astimezone(UTC)


def _finite(value: Any) -> float:
    found = number(value)
    if found is None:
        raise ValueError(f"{value!r} is no price or size")
    return float(found)


def _size(value: Any) -> float:
    """Return a size; a quote that ignores sizes has none."""
    return float(number(value) or 0)
