# SPDX-License-Identifier: Apache-2.0
"""When a contract's exchange was open, as the gateway says it."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from ib_provider.simulator.contracts import Listing
from ib_provider.simulator.desks.past_market import PastMarket
from ib_provider.simulator.market.bar_query import BarQuery
from ib_provider.wire.messages import HistoricalSchedule, HistoricalSession

__all__ = ["schedule_of"]

_STAMP: Final = "%Y%m%d-%H:%M:%S"


def schedule_of(
    past: PastMarket, listing: Listing, query: BarQuery, request_id: int
) -> HistoricalSchedule | None:
    """Return the sessions of a query, in the contract's own zone; None where there are none.

    Every bar of the contract lies in one of them. A session's date is its trade date: a future's
    begins the evening before.
    """
    known = query.window.sessions
    if not known:
        return None
    venue, zone = past.venue(listing), ZoneInfo(listing.time_zone)
    rows = []
    dated = (
        session
        for key, part in past.stretches(listing, known)
        for session in past.market.sessions(key, part[0], part[-1])
    )
    for session in dated:
        day = past.calendar.trading_day(venue, session)
        if day is None:
            continue
        span = (day.open, day.close) if query.regular else (day.begins, day.ends)
        start, end = (_stamp(at, zone) for at in span)
        rows.append(HistoricalSession(start=start, end=end, ref_date=f"{session:%Y%m%d}"))
    if not rows:
        return None
    return HistoricalSchedule(
        request_id=request_id,
        start=rows[0].start,
        end=rows[-1].end,
        time_zone=listing.time_zone,
        sessions=tuple(rows),
    )


def _stamp(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime(_STAMP)
