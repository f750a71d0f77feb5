# SPDX-License-Identifier: Apache-2.0
"""The rows that answer a query for bars, as the wire carries them.

Rules:
    * TRADES are adjusted for splits up to now, ADJUSTED_LAST also for dividends.
    * Volatilities and fee rates are a series of their own around the process' volatility; a bond's
      yields are those of its prices.
    * A day's close may be its settlement; the bars inside the day do not know of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from ib_provider.domain.bar import BarSize, WhatToShow
from ib_provider.simulator.market.adjustment import Adjustment
from ib_provider.simulator.market.bar_columns import (
    SHARES_PER_TRADE,
    BarColumns,
    as_yields,
    gathered,
    priced,
    seen_as,
)
from ib_provider.simulator.market.bar_kinds import RATES, YIELDS, is_shown
from ib_provider.simulator.market.bar_query import BarQuery
from ib_provider.simulator.market.bar_rows import flat_row, in_periods, rows_of, stamps_of
from ib_provider.simulator.market.daily_file import DailyBar
from ib_provider.simulator.market.hours import local_date, trading_day, zone_of
from ib_provider.simulator.market.instrument import Instrument, instrument
from ib_provider.simulator.market.market import Market
from ib_provider.simulator.market.noise import uniform
from ib_provider.simulator.market.price_paths import SessionPath
from ib_provider.simulator.market.session_path import Minutes
from ib_provider.wire.messages import BarRow

__all__ = ["BarHistory", "Stretch"]

Stretch = tuple[str, tuple[date, ...]]
"""A series by name, and the sessions that are taken from it."""

_SESSIONS_KEPT: Final = 2_048
_ALWAYS: Final = datetime.max.replace(tzinfo=UTC)
_MINUTE_S: Final = 60


class _Kind(NamedTuple):
    """One series of rows. ``zone_name`` is empty for epoch seconds."""

    key: str
    size: BarSize
    what: WhatToShow
    regular: bool
    zone_name: str
    date_style: int
    as_of: date
    edition: int

    @property
    def price(self) -> WhatToShow:
        """Return the price that the bars are made of: a yield's is that of its side."""
        return YIELDS.get(self.what, self.what)


class BarHistory:
    """Answers from one market. Finished sessions are kept as rows: clients ask for them again."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._adjustment = Adjustment(market)
        self._finished = lru_cache(maxsize=_SESSIONS_KEPT)(self._session_rows)

    def rows(self, key: str, query: BarQuery, *, now: datetime, zone_name: str) -> list[BarRow]:
        """Return the rows, ascending; none where there is no history for what is asked."""
        stretches = ((key, query.window.sessions),)
        return self.joined(stretches, query, now=now, zone_name=zone_name)

    def joined(
        self, stretches: Iterable[Stretch], query: BarQuery, *, now: datetime, zone_name: str
    ) -> list[BarRow]:
        """Return the rows of one series after another, each of its own sessions, unadjusted."""
        parts = [
            (
                self._kind(key, query, now, zone_name),
                replace(query, window=replace(query.window, sessions=sessions)),
            )
            for key, sessions in stretches
            if sessions and is_shown(instrument(key).sec_type, query.what)
        ]
        if query.size.is_intraday:
            return [row for kind, part in parts for row in self._intraday(kind, part)]
        days = (day for kind, part in parts for day in self._days(kind, part))
        return list(in_periods(days, query.size))

    def _kind(self, key: str, query: BarQuery, now: datetime, zone_name: str) -> _Kind:
        return _Kind(
            key,
            query.size,
            query.what,
            query.regular,
            "" if query.date_style == 2 else zone_name,
            query.date_style,
            local_date(instrument(key).venue, now),
            self._market.alterations.edition,
        )

    def _days(self, kind: _Kind, query: BarQuery) -> Iterator[BarRow]:
        window, what = query.window, instrument(kind.key)
        known = self._market.sessions(kind.key, window.sessions[0], window.sessions[-1])
        running_since = local_date(what.venue, window.cutoff)
        for session in known:
            if session >= running_since:
                row = self._running_day(kind, session, window.cutoff)
            else:
                row = self._finished_day(kind, session)
            if row is not None:
                yield row

    def _finished_day(self, kind: _Kind, session: date) -> BarRow | None:
        if kind.what in RATES:
            return flat_row(f"{session:%Y%m%d}", self._rate(kind, session))
        day = self._market.paths.whole_day(kind.key, session, regular=kind.regular)
        return None if day is None else self._day_row(kind, session, self._settled(kind, day))

    def _settled(self, kind: _Kind, day: DailyBar) -> DailyBar:
        what = instrument(kind.key)
        factor = self._market.alterations.settlement(what.symbol, day.session)
        if factor == 1.0:
            return day
        close = max(1, round(day.close * factor / what.step)) * what.step
        return replace(day, close=close, high=max(day.high, close), low=min(day.low, close))

    def _running_day(self, kind: _Kind, session: date, cutoff: datetime) -> BarRow | None:
        hours = self._market.alterations.calendar.trading_day(instrument(kind.key).venue, session)
        if hours is None:
            return None
        begin, end = (hours.open, hours.close) if kind.regular else (hours.begins, hours.ends)
        if cutoff <= begin:
            return None
        if cutoff >= end or kind.what in RATES:
            return self._finished_day(kind, session)
        path = self._market.paths.path(kind.key, session)
        if path is None:
            return None
        first = path.regular[0] if kind.regular else 0
        part = self._market.until(kind.key, path, cutoff).between(first, len(path.minutes))
        if not len(part):
            return None
        day = DailyBar(
            session,
            int(part.open[0]),
            int(part.high.max()),
            int(part.low.min()),
            int(part.close[-1]),
            int(part.volume.sum()),
        )
        return self._day_row(kind, session, day)

    def _day_row(self, kind: _Kind, session: date, day: DailyBar) -> BarRow:
        what = instrument(kind.key)
        stamp = f"{session:%Y%m%d}"
        if kind.what in (WhatToShow.TRADES, WhatToShow.AGGTRADES, WhatToShow.ADJUSTED_LAST):
            scale, factor = self._scale(kind, what, session)
            counted = what.counted
            return (
                stamp,
                day.open / scale,
                day.high / scale,
                day.low / scale,
                day.close / scale,
                day.volume * factor if counted else 0,
                round((day.high + day.low + day.close) / 3 / scale, 4),
                max(1, day.volume // SHARES_PER_TRADE) if counted else 0,
            )
        rows = Minutes(
            *(
                np.array([value], dtype=np.int64)
                for value in (day.open, day.high, day.low, day.close, day.volume)
            )
        )
        bars = self._priced(kind, what, session, rows, begin=0, length=1)
        return rows_of(self._seen(bars, kind), [stamp])[0]

    def _scale(self, kind: _Kind, what: Instrument, session: date) -> tuple[float, int]:
        """Return units a currency unit, and what splits made of a share since."""
        factor = self._adjustment.shares(kind.key, session, kind.as_of)
        scale: float = what.scale * factor
        if kind.what is WhatToShow.ADJUSTED_LAST:
            scale /= self._adjustment.left(kind.key, session, kind.as_of)
        return scale, factor

    def _priced(
        self,
        kind: _Kind,
        what: Instrument,
        session: date,
        rows: Minutes,
        *,
        begin: int,
        length: int,
    ) -> BarColumns:
        scale, factor = self._scale(kind, what, session)
        return priced(
            rows,
            begin=begin,
            length=length,
            scale=scale,
            factor=factor,
            counted=what.counted,
            spread=self._market.half_spread(kind.key, session),
        )

    def _seen(self, bars: BarColumns, kind: _Kind) -> BarColumns:
        seen = seen_as(bars, kind.price)
        return as_yields(seen) if kind.what in YIELDS else seen

    def _intraday(self, kind: _Kind, query: BarQuery) -> list[BarRow]:
        window = query.window
        rows: list[BarRow] = []
        partial_since = local_date(instrument(kind.key).venue, window.cutoff)
        for session in self._market.sessions(kind.key, window.sessions[0], window.sessions[-1]):
            if session >= partial_since or window.start is not None:
                rows.extend(self._session_rows(kind, session, window.cutoff, window.start))
            else:
                rows.extend(self._finished(kind, session))
        return rows

    def _session_rows(
        self,
        kind: _Kind,
        session: date,
        cutoff: datetime = _ALWAYS,
        start: datetime | None = None,
    ) -> list[BarRow]:
        path = self._market.paths.path(kind.key, session)
        if path is None:
            return []
        shift_s = _shift_s(path.what, session)
        bars = self._session_bars(kind, path, cutoff, start)
        size_s = int(kind.size.length.total_seconds())
        if size_s not in (1, _MINUTE_S):
            bars = gathered(bars, size_s, shift_s=shift_s)
        if start is not None:
            bars = bars.since(start.timestamp())
        stamps = stamps_of(
            bars, zone_name=kind.zone_name, date_style=kind.date_style, shift_s=shift_s
        )
        if kind.what in RATES:
            value = self._rate(kind, session)
            return [flat_row(stamp, value) for stamp in stamps]
        return rows_of(self._seen(bars, kind), stamps)

    def _session_bars(
        self, kind: _Kind, path: SessionPath, cutoff: datetime, start: datetime | None
    ) -> BarColumns:
        """Return the session's bars of a minute, or of a second where those are asked for."""
        first, last = path.regular if kind.regular else (0, len(path.minutes))
        fine = kind.size.length.total_seconds() < _MINUTE_S
        if fine:
            if start is not None:
                first = max(first, (int(start.timestamp()) - path.begin) // _MINUTE_S)
            if cutoff is not _ALWAYS:
                last = min(last, -(-(int(cutoff.timestamp()) - path.begin) // _MINUTE_S))
            rows = (
                path.seconds(first, max(first, last))
                if last > first
                else path.minutes.between(0, 0)
            )
            left = min(cutoff.timestamp(), path.begin + last * _MINUTE_S)
            left -= path.begin + first * _MINUTE_S
            rows = rows.between(0, max(0, int(left)))
        else:
            whole = (
                path.minutes if cutoff is _ALWAYS else self._market.until(kind.key, path, cutoff)
            )
            rows = whole.between(first, last)
        return self._priced(
            kind,
            path.what,
            path.day.session,
            rows,
            begin=path.begin + first * _MINUTE_S,
            length=1 if fine else _MINUTE_S,
        )

    def _rate(self, kind: _Kind, session: date) -> float:
        """Return a volatility or a fee of one session: it moves a little from day to day."""
        drawn = uniform(f"{self._market.seed}/{kind.key}/{session}/{kind.what}")
        usual = self._market.paths.volatility(kind.key)
        if kind.what is WhatToShow.FEE_RATE:
            return round(0.25 + 0.1 * drawn, 4)
        premium = 1.05 if kind.what is WhatToShow.OPTION_IMPLIED_VOLATILITY else 1.0
        return round(usual * premium * (0.9 + 0.2 * drawn), 6)


def _shift_s(what: Instrument, session: date) -> int:
    hours = trading_day(what.venue, session)
    shift = hours.open.astimezone(zone_of(what.venue)).utcoffset() if hours else None
    return int(shift.total_seconds()) if shift else 0
