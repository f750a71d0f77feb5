# SPDX-License-Identifier: Apache-2.0
"""The rows that answer a query for bars, as the wire carries them.

Rules:
    * Bars of a day and longer are dated ``yyyymmdd``; weeks and months carry their last session
      (from memory of real answers, unverified). Intraday bars carry their start.
    * TRADES are adjusted for splits up to now, ADJUSTED_LAST also for dividends: each price before
      one is multiplied by what it left of the close before it.
    * Volatilities and fee rates are a series of their own around the process' volatility.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import groupby
from typing import Final, NamedTuple

import numpy as np

from ib_provider.domain.bar import BarSize, WhatToShow
from ib_provider.domain.contract import SecType
from ib_provider.simulator.market.bar_columns import (
    SHARES_PER_TRADE,
    BarColumns,
    gathered,
    priced,
    seen_as,
)
from ib_provider.simulator.market.bar_query import BarQuery
from ib_provider.simulator.market.daily_file import DailyBar
from ib_provider.simulator.market.dividends import dividends_paid
from ib_provider.simulator.market.hours import local_date, trading_day, zone_of
from ib_provider.simulator.market.instrument import Instrument, instrument
from ib_provider.simulator.market.market import Market
from ib_provider.simulator.market.noise import uniform
from ib_provider.simulator.market.price_paths import SessionPath
from ib_provider.simulator.market.session_path import Minutes
from ib_provider.wire.messages import BarRow

__all__ = ["MAX_ROWS_A_MESSAGE", "BarHistory"]

#: About 3.4 MB at 85 bytes a row; a client drops a connection that sends more than 16 MB at once.
MAX_ROWS_A_MESSAGE: Final = 40_000

_SESSIONS_KEPT: Final = 2_048
_ALWAYS: Final = datetime.max.replace(tzinfo=UTC)
_MINUTE_S: Final = 60
_RATES: Final = (
    WhatToShow.HISTORICAL_VOLATILITY,
    WhatToShow.OPTION_IMPLIED_VOLATILITY,
    WhatToShow.FEE_RATE,
)


class _Kind(NamedTuple):
    """One series of rows. ``zone_name`` is empty for epoch seconds."""

    key: str
    size: BarSize
    what: WhatToShow
    regular: bool
    zone_name: str
    date_style: int
    as_of: date


class BarHistory:
    """Answers from one market. Finished sessions are kept as rows: clients ask for them again."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._finished = lru_cache(maxsize=_SESSIONS_KEPT)(self._session_rows)
        self._left = lru_cache(maxsize=65_536)(self._left_by_dividends)

    def rows(self, key: str, query: BarQuery, *, now: datetime, zone_name: str) -> list[BarRow]:
        """Return the rows, ascending; none where there is no history for what is asked."""
        if not query.window.sessions or not _is_shown(instrument(key), query.what):
            return []
        venue = instrument(key).venue
        kind = _Kind(
            key,
            query.size,
            query.what,
            query.regular,
            "" if query.date_style == 2 else zone_name,
            query.date_style,
            local_date(venue, now),
        )
        if query.size.is_intraday:
            return self._intraday(kind, query)
        days = self._days(kind, query)
        if query.size is not BarSize.DAY_1:
            period = _week if query.size is BarSize.WEEK_1 else _month
            groups = (list(group) for _, group in groupby(days, key=period))
            days = (_merged(rows) for rows in groups)
        return list(days)

    def growing(self, key: str, query: BarQuery, *, now: datetime, zone_name: str) -> BarRow | None:
        """Return the last bar of a query as it is now; None where it has not begun."""
        found = self.rows(key, query, now=now, zone_name=zone_name)
        return found[-1] if found else None

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
        if kind.what in _RATES:
            value = self._rate(kind, session)
            return f"{session:%Y%m%d}", value, value, value, value, -1, -1.0, -1
        day = self._market.paths.whole_day(kind.key, session, regular=kind.regular)
        return None if day is None else self._day_row(kind, session, day)

    def _running_day(self, kind: _Kind, session: date, cutoff: datetime) -> BarRow | None:
        what = instrument(kind.key)
        hours = trading_day(what.venue, session)
        if hours is None:
            return None
        begin, end = (hours.open, hours.close) if kind.regular else (hours.begins, hours.ends)
        if cutoff <= begin:
            return None
        if cutoff >= end or kind.what in _RATES:
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
        factor = self._market.split_factor(kind.key, session, kind.as_of)
        scale: float = what.scale * factor
        if kind.what is WhatToShow.ADJUSTED_LAST:
            scale /= self._left(kind.key, session, kind.as_of)
        stamp = f"{session:%Y%m%d}"
        if kind.what in (WhatToShow.TRADES, WhatToShow.ADJUSTED_LAST):
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
        bars = priced(
            rows,
            begin=0,
            length=1,
            scale=scale,
            factor=factor,
            counted=what.counted,
            spread=self._market.half_spread(kind.key, session),
        )
        return _rows(seen_as(bars, kind.what), [stamp])[0]

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
        if kind.what in _RATES:
            value = self._rate(kind, session)
            stamps = _stamps(bars, kind, shift_s)
            return [(stamp, value, value, value, value, -1, -1.0, -1) for stamp in stamps]
        return _rows(seen_as(bars, kind.what), _stamps(bars, kind, shift_s))

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
            begin, length = path.begin + first * _MINUTE_S, 1
            left = min(cutoff.timestamp(), path.begin + last * _MINUTE_S) - begin
            rows = rows.between(0, max(0, int(left)))
        else:
            whole = (
                path.minutes if cutoff is _ALWAYS else self._market.until(kind.key, path, cutoff)
            )
            rows = whole.between(first, last)
            begin, length = path.begin + first * _MINUTE_S, _MINUTE_S
        factor = self._market.split_factor(kind.key, path.day.session, kind.as_of)
        scale: float = path.what.scale * factor
        if kind.what is WhatToShow.ADJUSTED_LAST:
            scale /= self._left(kind.key, path.day.session, kind.as_of)
        return priced(
            rows,
            begin=begin,
            length=length,
            scale=scale,
            factor=factor,
            counted=path.what.counted,
            spread=self._market.half_spread(kind.key, path.day.session),
        )

    def _left_by_dividends(self, key: str, session: date, as_of: date) -> float:
        """Return what is left of a session's price once later dividends are taken from it."""
        what, left = instrument(key), 1.0
        if what.source != "bokeh":
            return left
        for paid in dividends_paid(what.symbol, session, as_of):
            before = self._market.previous_close(key, paid.session)
            if before:
                left *= 1 - paid.amount / before
        return left

    def _rate(self, kind: _Kind, session: date) -> float:
        """Return a volatility or a fee of one session: it moves a little from day to day."""
        drawn = uniform(f"{self._market.seed}/{kind.key}/{session}/{kind.what}")
        usual = self._market.paths.volatility(kind.key)
        if kind.what is WhatToShow.FEE_RATE:
            return round(0.25 + 0.1 * drawn, 4)
        premium = 1.05 if kind.what is WhatToShow.OPTION_IMPLIED_VOLATILITY else 1.0
        return round(usual * premium * (0.9 + 0.2 * drawn), 6)


def _is_shown(what: Instrument, shown: WhatToShow) -> bool:
    """Return whether there are bars of that kind for that kind of thing."""
    if shown is WhatToShow.TRADES:
        return what.traded
    if shown in (WhatToShow.ADJUSTED_LAST, WhatToShow.FEE_RATE):
        return what.sec_type is SecType.STK
    if shown in _RATES:
        return what.sec_type in (SecType.STK, SecType.IND)
    return what.sec_type is not SecType.IND


def _rows(bars: BarColumns, stamps: list[str]) -> list[BarRow]:
    return list(
        zip(
            stamps,
            bars.open.tolist(),
            bars.high.tolist(),
            bars.low.tolist(),
            bars.close.tolist(),
            bars.volume.tolist(),
            bars.wap.tolist(),
            bars.trades.tolist(),
            strict=True,
        )
    )


def _stamps(bars: BarColumns, kind: _Kind, shift_s: int) -> list[str]:
    """Return the bars' starts: epoch seconds, or local time; no session crosses a clock change."""
    if not kind.zone_name:
        return [str(start) for start in bars.start.tolist()]
    local = (bars.start + shift_s).astype("datetime64[s]").astype(str).tolist()
    zone = kind.zone_name
    if kind.date_style == 3:
        return [f"{at[5:7]}{at[8:10]} {at[11:]} {zone}" for at in local]
    return [f"{at[:4]}{at[5:7]}{at[8:10]} {at[11:]} {zone}" for at in local]


def _shift_s(what: Instrument, session: date) -> int:
    hours = trading_day(what.venue, session)
    shift = hours.open.astimezone(zone_of(what.venue)).utcoffset() if hours else None
    return int(shift.total_seconds()) if shift else 0


def _merged(rows: list[BarRow]) -> BarRow:
    """Return several days as one bar, dated as the last."""
    volume = sum(row[5] for row in rows)
    money = sum(float(row[6]) * float(row[5]) for row in rows)
    return (
        rows[-1][0],
        rows[0][1],
        max(row[2] for row in rows),
        min(row[3] for row in rows),
        rows[-1][4],
        volume if volume >= 0 else -1,
        round(money / float(volume), 4) if volume > 0 else rows[-1][6],
        max(-1, sum(row[7] for row in rows)),
    )


def _day(row: BarRow) -> date:
    return date(int(row[0][:4]), int(row[0][4:6]), int(row[0][6:8]))


def _week(row: BarRow) -> tuple[int, int]:
    return _day(row).isocalendar()[:2]


def _month(row: BarRow) -> tuple[int, int]:
    day = _day(row)
    return day.year, day.month
