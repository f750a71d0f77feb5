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
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final

from ib_provider.domain.bar import BarSize, WhatToShow
from ib_provider.simulator.bar_query import BarQuery
from ib_provider.simulator.hours import local_date, minutes_of_day, zone_of
from ib_provider.simulator.market import Bar, Market, half_spread
from ib_provider.wire.messages import BarRow

__all__ = ["MAX_ROWS_A_MESSAGE", "bar_rows"]

#: About 3.4 MB at 85 bytes a row; a client drops a connection that sends more than 16 MB at once.
MAX_ROWS_A_MESSAGE: Final = 40_000

_NOT_MADE: Final = {
    BarSize.SEC_1,
    BarSize.SEC_5,
    BarSize.SEC_10,
    BarSize.SEC_15,
    BarSize.SEC_30,
}


def bar_rows(
    market: Market, symbol: str, query: BarQuery, *, now: datetime, zone_name: str
) -> list[BarRow]:
    """Return the rows, ascending; none where there is no history for what is asked."""
    if query.what not in _SHAPES or query.size in _NOT_MADE or not query.window.sessions:
        return []
    venue = market.series(symbol).venue
    as_of = local_date(venue, now)
    if query.size.is_intraday:
        bars = _intraday(market, symbol, query, as_of)
        stamp = _epoch if query.epoch else _LocalText(venue, zone_name)
    else:
        bars, stamp = _whole_sessions(market, symbol, query, as_of), _date_text
    shape = _SHAPES[query.what]
    return [shape(bar, stamp(bar)) for bar in bars]


def _whole_sessions(market: Market, symbol: str, query: BarQuery, as_of: date) -> Iterator[Bar]:
    window = query.window
    if not window.sessions:
        return
    known = market.sessions(symbol, window.sessions[0], window.sessions[-1])
    found = (
        market.daily_bar(symbol, session, cutoff=window.cutoff, as_of=as_of) for session in known
    )
    days = (bar for bar in found if bar is not None)
    if query.size is BarSize.DAY_1:
        yield from days
        return
    period = _week if query.size is BarSize.WEEK_1 else _month
    for _, group in groupby(days, key=period):
        bars = list(group)
        yield _merged(bars, session=bars[-1].session)


def _intraday(market: Market, symbol: str, query: BarQuery, as_of: date) -> Iterator[Bar]:
    window, venue = query.window, market.series(symbol).venue
    size = int(query.size.length.total_seconds() // 60)
    for session in market.sessions(symbol, window.sessions[0], window.sessions[-1]):
        opened = minutes_of_day(venue, session)
        minutes = market.minute_bars(symbol, session, cutoff=window.cutoff, as_of=as_of)
        if size == 1:
            bars: Iterator[Bar] = minutes
        else:
            numbered = enumerate(minutes, start=opened)
            groups = groupby(numbered, key=lambda pair: pair[0] // size)
            bars = (_merged([bar for _, bar in group], session=session) for _, group in groups)
        for bar in bars:
            if window.start is None or (bar.start is not None and bar.start >= window.start):
                yield bar


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


def _date_text(bar: Bar) -> str:
    return f"{bar.session:%Y%m%d}"


def _epoch(bar: Bar) -> str:
    return str(int(bar.start.timestamp())) if bar.start else ""


class _LocalText:
    """Writes a bar's start in the venue's zone; one conversion a session, not one a bar."""

    def __init__(self, venue: str, zone_name: str) -> None:
        self._venue = venue
        self._zone_name = zone_name
        self._session: date | None = None
        self._offset = timedelta(0)

    def __call__(self, bar: Bar) -> str:
        if bar.start is None:
            return ""
        if bar.session != self._session:
            self._session = bar.session
            self._offset = bar.start.astimezone(zone_of(self._venue)).utcoffset() or timedelta(0)
        local = bar.start + self._offset
        return f"{local:%Y%m%d %H:%M:%S} {self._zone_name}"


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
