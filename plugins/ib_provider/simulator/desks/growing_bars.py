# SPDX-License-Identifier: Apache-2.0
"""The bars of a request that is kept up to date, from the last one told to the one that grows.

Rules:
    * A bar is told again and again under its own stamp until it closes, once more as it closed,
      and then the next one. None is left out, however fast the clock runs.
    * A week and a month are told as their last session.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from ib_provider.domain.bar import BarSize
from ib_provider.simulator.contracts import Listing
from ib_provider.simulator.desks.past_market import PastMarket
from ib_provider.simulator.market.bar_query import BarQuery, Window
from ib_provider.simulator.market.hours import local_date
from ib_provider.wire.messages import BarRow

__all__ = ["GrowingBars"]

_DAY = timedelta(days=1)


class GrowingBars:
    """One request's bars from now on.

    Args:
        last: The last bar of the first answer.
    """

    def __init__(self, past: PastMarket, listing: Listing, query: BarQuery, last: BarRow) -> None:
        self._past = past
        self._listing = listing
        self._query = query
        self._last = last
        self._since = self._session_of(last) if not query.size.is_intraday else None
        self._start = self._start_of_last() if query.size.is_intraday else None

    def news(self, now: datetime) -> list[BarRow]:
        """Return the bars to tell, ascending; none where nothing has changed."""
        window = self._window(now)
        if not window.sessions:
            return []
        rows = self._rows(replace(self._query, window=window), now)
        if not rows or rows == [self._last]:
            return []
        if rows[0] == self._last:
            rows = rows[1:]
        self._last = rows[-1]
        if self._start is not None:
            stamps = self._rows(replace(self._query, window=window, date_style=2), now)
            self._start = datetime.fromtimestamp(int(stamps[-1][0]), UTC)
        else:
            self._since = self._session_of(rows[-1])
        return rows

    def _window(self, now: datetime) -> Window:
        venue, calendar = self._past.venue(self._listing), self._past.calendar
        first = self._since or local_date(venue, self._start or now) - _DAY
        sessions = calendar.sessions(venue, first, local_date(venue, now) + _DAY)
        return Window(sessions=sessions, start=self._start, cutoff=now)

    def _rows(self, query: BarQuery, now: datetime) -> list[BarRow]:
        zone = self._listing.time_zone
        stretches = self._past.stretches(self._listing, query.window.sessions)
        return self._past.history.joined(stretches, query, now=now, zone_name=zone)

    def _start_of_last(self) -> datetime:
        window = self._query.window
        latest = replace(self._query, window=replace(window, sessions=window.sessions[-1:]))
        stamps = self._rows(replace(latest, date_style=2), window.cutoff)
        at = int(stamps[-1][0]) if stamps else int(window.cutoff.timestamp())
        return datetime.fromtimestamp(at, UTC)

    def _session_of(self, row: BarRow) -> date:
        """Return the first session of the day, week or month that a row shows."""
        day = date(int(row[0][:4]), int(row[0][4:6]), int(row[0][6:8]))
        if self._query.size is BarSize.WEEK_1:
            return day - timedelta(days=day.weekday())
        return day.replace(day=1) if self._query.size is BarSize.MONTH_1 else day
