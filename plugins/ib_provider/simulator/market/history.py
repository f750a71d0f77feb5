# SPDX-License-Identifier: Apache-2.0
"""The rows that answer a query for bars, as the wire carries them.

Rules:
    * Bars of a day and longer are dated ``yyyymmdd``; weeks and months carry their last session
      (from memory of real answers, unverified). Intraday bars carry their start.
    * Intraday bars lie on whole multiples of their size in local time, so the first hour of a
      session that opens at 09:30 is half an hour long, as at a real gateway.
    * BID, ASK, MIDPOINT and BID_ASK lie half a spread around the trades, with -1 for what quotes
      have not: volume, average price, count. ADJUSTED_LAST equals TRADES: no dividends here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import groupby
from typing import Final, NamedTuple

from ib_provider.domain.bar import BarSize, WhatToShow
from ib_provider.simulator.market.bar_query import BarQuery
from ib_provider.simulator.market.hours import hours_of, local_date, minutes_of_day, zone_of
from ib_provider.simulator.market.market import Bar, Market, half_spread
from ib_provider.wire.messages import BarRow

__all__ = ["MAX_ROWS_A_MESSAGE", "BarHistory"]

#: About 3.4 MB at 85 bytes a row; a client drops a connection that sends more than 16 MB at once.
MAX_ROWS_A_MESSAGE: Final = 40_000

_SESSIONS_KEPT: Final = 512
_ALWAYS: Final = datetime.max.replace(tzinfo=UTC)

_NOT_MADE: Final = {
    BarSize.SEC_1,
    BarSize.SEC_5,
    BarSize.SEC_10,
    BarSize.SEC_15,
    BarSize.SEC_30,
}


class _Kind(NamedTuple):
    """One series of rows. ``zone_name`` is empty for epoch seconds."""

    symbol: str
    size: BarSize
    what: WhatToShow
    zone_name: str
    as_of: date


class BarHistory:
    """Answers from one market. Finished sessions are kept as rows: clients ask for them again."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._finished = lru_cache(maxsize=_SESSIONS_KEPT)(self._session_rows)

    def rows(self, symbol: str, query: BarQuery, *, now: datetime, zone_name: str) -> list[BarRow]:
        """Return the rows, ascending; none where there is no history for what is asked."""
        if query.what not in _SHAPES or query.size in _NOT_MADE or not query.window.sessions:
            return []
        as_of = local_date(self._market.series(symbol).venue, now)
        if query.size.is_intraday:
            return self._intraday(symbol, query, as_of, zone_name)
        shape = _SHAPES[query.what]
        bars = self._whole_sessions(symbol, query, as_of)
        return [shape(bar, f"{bar.session:%Y%m%d}") for bar in bars]

    def _whole_sessions(self, symbol: str, query: BarQuery, as_of: date) -> Iterator[Bar]:
        market, window = self._market, query.window
        known = market.sessions(symbol, window.sessions[0], window.sessions[-1])
        found = (
            market.daily_bar(symbol, session, cutoff=window.cutoff, as_of=as_of)
            for session in known
        )
        days = (bar for bar in found if bar is not None)
        if query.size is BarSize.DAY_1:
            yield from days
            return
        period = _week if query.size is BarSize.WEEK_1 else _month
        for _, group in groupby(days, key=period):
            bars = list(group)
            yield _merged(bars, session=bars[-1].session)

    def _intraday(self, symbol: str, query: BarQuery, as_of: date, zone_name: str) -> list[BarRow]:
        window = query.window
        rows: list[BarRow] = []
        kind = _Kind(symbol, query.size, query.what, "" if query.epoch else zone_name, as_of)
        partial_since = local_date(self._market.series(symbol).venue, window.cutoff)
        for session in self._market.sessions(symbol, window.sessions[0], window.sessions[-1]):
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
    ) -> tuple[BarRow, ...]:
        venue = self._market.series(kind.symbol).venue
        size = int(kind.size.length.total_seconds() // 60)
        minutes = self._market.minute_bars(kind.symbol, session, cutoff=cutoff, as_of=kind.as_of)
        bars: Iterator[Bar] = minutes
        if size > 1:
            numbered = enumerate(minutes, start=minutes_of_day(venue, session))
            groups = groupby(numbered, key=lambda pair: pair[0] // size)
            bars = (_merged([bar for _, bar in group], session=session) for _, group in groups)
        stamp = _local_stamp(venue, session, kind.zone_name) if kind.zone_name else _epoch
        shape = _SHAPES[kind.what]
        return tuple(
            shape(bar, stamp(bar))
            for bar in bars
            if start is None or (bar.start is not None and bar.start >= start)
        )


def _merged(bars: list[Bar], *, session: date) -> Bar:
    volume = sum(bar.volume for bar in bars)
    money = sum(bar.wap * bar.volume for bar in bars)
    return Bar(
        bars[0].start,
        session,
        bars[0].open,
        max(bar.high for bar in bars),
        min(bar.low for bar in bars),
        bars[-1].close,
        volume,
        round(money / volume, 4) if volume else bars[-1].wap,
        sum(bar.trades for bar in bars),
    )


def _week(bar: Bar) -> tuple[int, int]:
    return bar.session.isocalendar()[:2]


def _month(bar: Bar) -> tuple[int, int]:
    return bar.session.year, bar.session.month


def _epoch(bar: Bar) -> str:
    return str(int(bar.start.timestamp())) if bar.start else ""


def _local_stamp(venue: str, session: date, zone_name: str) -> Callable[[Bar], str]:
    """Return what writes a bar's start in the venue's zone; no session crosses a clock change."""
    zone, day = zone_of(venue), f"{session:%Y%m%d}"
    hours = hours_of(venue, session)
    shift = hours.open.astimezone(zone).utcoffset() if hours else None

    def stamp(bar: Bar) -> str:
        if bar.start is None or shift is None:
            return day
        local = bar.start + shift
        return f"{day} {local.hour:02d}:{local.minute:02d}:00 {zone_name}"

    return stamp


def _trades(bar: Bar, stamp: str) -> BarRow:
    return stamp, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.wap, bar.trades


def _midpoint(bar: Bar, stamp: str) -> BarRow:
    return stamp, bar.open, bar.high, bar.low, bar.close, -1, -1.0, -1


def _bid(bar: Bar, stamp: str) -> BarRow:
    return _shifted(bar, stamp, -half_spread(bar.close))


def _ask(bar: Bar, stamp: str) -> BarRow:
    return _shifted(bar, stamp, half_spread(bar.close))


def _bid_ask(bar: Bar, stamp: str) -> BarRow:
    """Mean bid, highest ask, lowest bid, mean ask: what BID_ASK bars hold."""
    half = half_spread(bar.close)
    prices = (bar.wap - half, bar.high + half, bar.low - half, bar.wap + half)
    opened, high, low, close = (round(price, 6) for price in prices)
    return stamp, opened, high, low, close, -1, -1.0, -1


def _shifted(bar: Bar, stamp: str, by: float) -> BarRow:
    prices = (bar.open, bar.high, bar.low, bar.close)
    opened, high, low, close = (round(price + by, 6) for price in prices)
    return stamp, opened, high, low, close, -1, -1.0, -1


_SHAPES: Final[dict[WhatToShow, Callable[[Bar, str], BarRow]]] = {
    WhatToShow.TRADES: _trades,
    WhatToShow.ADJUSTED_LAST: _trades,
    WhatToShow.MIDPOINT: _midpoint,
    WhatToShow.BID: _bid,
    WhatToShow.ASK: _ask,
    WhatToShow.BID_ASK: _bid_ask,
}
