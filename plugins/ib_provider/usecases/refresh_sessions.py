# SPDX-License-Identifier: Apache-2.0
"""Ask IB for the sessions of a range, one question a market, and keep the answers.

Rules:
    * Only markets with a session of which IB said nothing yet are asked for, and those of the last
      days once more: a day is known to have been closed when a later session has been named.
    * A market that IB does not answer for keeps its venue's calendar; that is said, and no failure.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.contract import Instrument
from ib_provider.domain.history import Schedule
from ib_provider.errors import (
    DataFarmDown,
    LocalProtocolError,
    RemoteProtocolError,
    RequestFailed,
    RequestTimeout,
    UnknownVenue,
)
from ib_provider.store.session_store import NamedSession, SessionStore
from ib_provider.usecases.progress import Progress, silent
from ib_provider.usecases.session_calendar import SessionCalendar, last_session_of, market_of

__all__ = ["refresh_sessions"]

_DAY: Final = timedelta(days=1)
_DAYS_A_YEAR: Final = 365


async def refresh_sessions(
    client: IbClient,
    *,
    store: SessionStore,
    instruments: Sequence[Instrument],
    start: date,
    end: date,
    rth: bool,
    now: datetime,
    progress: Progress = silent,
) -> SessionCalendar:
    """Return the calendar with all that IB says of a half-open range of sessions up to now.

    Raises:
        ConnectionLost: The link ended.
        CorruptFile: The file of sessions is damaged.
        WriteConflict: Another process is writing it.
    """
    calendar = SessionCalendar.stored(store.root)
    end = min(end, now.date() + _DAY)
    for market, item in _speakers(instruments, start).items():
        try:
            lacking = calendar.unsaid(item, start, end, rth=rth)
            if not lacking:
                continue
            schedule = await _ask(client, item, lacking[0], lacking[-1], rth=rth, now=now)
        except (
            DataFarmDown,
            LocalProtocolError,
            RemoteProtocolError,
            RequestFailed,
            RequestTimeout,
            UnknownVenue,
        ) as error:
            progress(f"{market}: sessions as the calendar has them, IB does not say: {error}")
            continue
        named = _named(schedule, market, rth=rth, seen_at=now)
        await asyncio.to_thread(store.record, named)
    return SessionCalendar.stored(store.root)


def _speakers(instruments: Sequence[Instrument], start: date) -> dict[str, Instrument]:
    """Return one instrument for each market: the one that trades longest."""
    found: dict[str, Instrument] = {}
    for item in instruments:
        market = market_of(item)
        best = found.get(market)
        if best is None or (last_session_of(item) or date.max) > (
            last_session_of(best) or date.max
        ):
            found[market] = item
    return {
        market: item
        for market, item in found.items()
        if (last_session_of(item) or date.max) >= start
    }


async def _ask(
    client: IbClient, item: Instrument, first: date, last: date, *, rth: bool, now: datetime
) -> Schedule:
    """Return IB's sessions from one before ``first`` to one after ``last``, as far as there are."""
    # The neighbours show that a day at either edge is closed, and not beyond the answer.
    first, last = first - 5 * _DAY, last + 5 * _DAY
    days = (last - first).days + 1
    until = datetime(last.year, last.month, last.day, tzinfo=UTC) + _DAY
    return await client.schedule(
        item.contract,
        end=until if until < now else None,
        duration=f"{days} D" if days <= _DAYS_A_YEAR else f"{-(-days // _DAYS_A_YEAR)} Y",
        rth=rth,
    )


def _named(schedule: Schedule, market: str, *, rth: bool, seen_at: datetime) -> list[NamedSession]:
    """Return every day between the first session and the last of an answer."""
    hours = {item.session: item for item in schedule.sessions}
    if not hours:
        return []
    first, last = min(hours), max(hours)
    days = (first + index * _DAY for index in range((last - first).days + 1))
    return [
        NamedSession(
            market=market,
            rth=rth,
            session=day,
            opens_at=hours[day].open if day in hours else None,
            closes_at=hours[day].close if day in hours else None,
            seen_at=seen_at,
        )
        for day in days
    ]
