# SPDX-License-Identifier: Apache-2.0
"""How many bars a session has room for, from the hours of its venue.

Rules:
    * Only regular hours are known to the minute; outside of them a venue trades when it likes.
    * Bars longer than an hour begin where the broker wants; nothing is said of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from ib_provider.domain.bar import BarSpec, SeriesKey
from ib_provider.errors import UnknownVenue
from ib_provider.symbology.sessions import session_hours

__all__ = ["has_session_bars", "regular_hours", "session_bars"]

_LONGEST: Final = timedelta(hours=1)
#: Sessions whose hours are remembered: thirty years of eight venues.
_REMEMBERED: Final = 65_536


def session_bars(key: SeriesKey, days: Sequence[date]) -> dict[date, int]:
    """Return how many bars each session has room for; nothing where that is not known."""
    if not has_session_bars(key.spec):
        return {}
    venue = key.instrument_id.rpartition(".")[2]
    length = key.spec.size.length
    found = {day: regular_hours(venue, day) for day in days}
    return {
        day: -((hours[0] - hours[1]) // length) for day, hours in found.items() if hours is not None
    }


def has_session_bars(spec: BarSpec) -> bool:
    """Return whether it is known how many bars of this kind a session has."""
    return spec.rth and spec.size.is_intraday and spec.size.length <= _LONGEST


@lru_cache(maxsize=_REMEMBERED)
def regular_hours(venue: str, day: date) -> tuple[datetime, datetime] | None:
    """Return open and close of a session, UTC; None where there is none, or nobody knows."""
    try:
        hours = session_hours(venue, day)
    except UnknownVenue:
        return None
    return None if hours is None else (hours.open, hours.close)
