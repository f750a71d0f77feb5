# SPDX-License-Identifier: Apache-2.0
"""The simulated market: real daily bars, generated minutes, quotes. Time is a parameter.

Strategy:
    * Up to the file's last session every day has its real open, high, low, close and volume.
    * After it there is no history; only a price for quotes and fills, from a path inside a small
      seeded day around the last real close (it never drifts away from it).
    * Prices of the past are adjusted for the splits in force at ``as_of``; a quote never is.
    * Only regular hours exist: nothing trades before the open or after the close.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from ib_provider.simulator.market.daily_file import TICKS, DailyBar
from ib_provider.simulator.market.hours import hours_of, last_opened, local_date, sessions_between
from ib_provider.simulator.market.minute_path import MinutePath, minute_path
from ib_provider.simulator.market.splits import split_factor
from ib_provider.symbology.sessions import SessionHours

__all__ = ["Bar", "Market", "MarketQuote", "Series", "half_spread"]

#: Shares behind one reported trade, about what a real gateway shows for large US stocks.
SHARES_PER_TRADE: Final = 200
_CENT: Final = 100  # ticks
_DISPLAYED: Final = 0.05  # of a minute's volume stands in the book on each side
_AFTER_FILE_RANGE: Final = 0.006


class Bar(NamedTuple):
    """One bar: prices adjusted, in dollars; ``start`` UTC, None for a whole session."""

    start: datetime | None
    session: date
    open: float
    high: float
    low: float
    close: float
    volume: int
    wap: float
    trades: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The daily bars of one symbol on its venue, ascending."""

    symbol: str
    venue: str
    days: tuple[DailyBar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketQuote:
    """The market at an instant, in dollars and shares. None: no such quote now."""

    bid: float | None
    ask: float | None
    bid_size: int
    ask_size: int
    last: float
    last_size: int
    open: float
    high: float
    low: float
    volume: int
    previous_close: float | None
    session: date
    trading: bool


class Market:
    """Prices of every symbol at any instant. Keeps only what it has computed."""

    def __init__(self, series: Mapping[str, Series], *, seed: int) -> None:
        self._series = dict(series)
        self._seed = seed
        self._days = {
            symbol: {day.session: day for day in entry.days} for symbol, entry in series.items()
        }
        self._path = lru_cache(maxsize=512)(self._make_path)

    def series(self, symbol: str) -> Series:
        """Return one symbol's daily bars as they are in the file."""
        return self._series[symbol]

    def sessions(self, symbol: str, first: date, last: date) -> tuple[date, ...]:
        """Return the sessions with history from ``first`` to ``last``, both inclusive."""
        venue, known = self._series[symbol].venue, self._days[symbol]
        return tuple(day for day in sessions_between(venue, first, last) if day in known)

    def daily_bar(self, symbol: str, session: date, *, cutoff: datetime, as_of: date) -> Bar | None:
        """Return the session's bar as far as it had come by ``cutoff``; None before its open."""
        if session >= local_date(self._series[symbol].venue, cutoff):  # hours cost a look-up each
            hours = self._hours(symbol, session)
            if cutoff <= hours.open:
                return None
            if cutoff < hours.close:
                return self._running_day(symbol, session, cutoff=cutoff, as_of=as_of)
        day = self._days[symbol][session]
        factor = split_factor(symbol, session, as_of)
        scale = TICKS * factor
        return Bar(
            None,
            session,
            day.open / scale,
            day.high / scale,
            day.low / scale,
            day.close / scale,
            day.volume * factor,
            round((day.high + day.low + day.close) / 3 / scale, 4),
            max(1, day.volume // SHARES_PER_TRADE),
        )

    def minute_bars(
        self, symbol: str, session: date, *, cutoff: datetime, as_of: date
    ) -> Iterator[Bar]:
        """Yield the session's minutes begun before ``cutoff``; the running one is partial."""
        hours = self._hours(symbol, session)
        factor = split_factor(symbol, session, as_of)
        scale = TICKS * factor
        traded = 0
        elapsed = (cutoff - hours.open).total_seconds()
        for place, minute in enumerate(self._path(symbol, session).until(max(elapsed, 0.0))):
            trades = (traded + minute.volume) // SHARES_PER_TRADE - traded // SHARES_PER_TRADE
            traded += minute.volume
            yield Bar(
                hours.open + timedelta(minutes=place),
                session,
                minute.open / scale,
                minute.high / scale,
                minute.low / scale,
                minute.close / scale,
                minute.volume * factor,
                round((minute.high + minute.low + minute.close) / 3 / scale, 4),
                max(1, trades),
            )

    def closing_price(self, symbol: str, session: date) -> float:
        """Return a session's own close, unadjusted."""
        return self._day(symbol, session).close / TICKS

    def quote(self, symbol: str, at: datetime, *, frozen: bool = False) -> MarketQuote | None:
        """Return the market at an instant; None before the symbol was listed.

        With ``frozen``, outside hours, the book is shown as the session left it, not empty.
        """
        series = self._series[symbol]
        hours = last_opened(series.venue, at)
        if hours is None or hours.session < series.days[0].session:
            return None
        trading = at < hours.close
        moment = at if trading else hours.close
        done = self._path(symbol, hours.session).until((moment - hours.open).total_seconds())
        begun = done or self._path(symbol, hours.session).minutes[:1]
        running = begun[-1]
        last = running.close if done else running.open
        shown = trading or frozen
        half = _half_spread(last)
        bid_size, ask_size = self._displayed(symbol, hours.session, len(begun) - 1)
        return MarketQuote(
            bid=(_cents(last) - half) / TICKS if shown else None,
            ask=(_cents(last) + half) / TICKS if shown else None,
            bid_size=bid_size if shown else 0,
            ask_size=ask_size if shown else 0,
            last=last / TICKS,
            last_size=100,
            open=begun[0].open / TICKS,
            high=max(minute.high for minute in begun) / TICKS,
            low=min(minute.low for minute in begun) / TICKS,
            volume=sum(minute.volume for minute in done),
            previous_close=self._previous_close(symbol, hours.session),
            session=hours.session,
            trading=trading,
        )

    def _running_day(self, symbol: str, session: date, *, cutoff: datetime, as_of: date) -> Bar:
        minutes = list(self.minute_bars(symbol, session, cutoff=cutoff, as_of=as_of))
        volume = sum(bar.volume for bar in minutes)
        high, low = max(bar.high for bar in minutes), min(bar.low for bar in minutes)
        close = minutes[-1].close
        wap = round((high + low + close) / 3, 4)
        count = sum(bar.trades for bar in minutes)
        return Bar(None, session, minutes[0].open, high, low, close, volume, wap, count)

    def _displayed(self, symbol: str, session: date, place: int) -> tuple[int, int]:
        minutes = self._path(symbol, session).minutes
        sides = (minutes[place], minutes[(place + 1) % len(minutes)])
        bid, ask = (max(1, int(side.volume * _DISPLAYED) // 100) * 100 for side in sides)
        return bid, ask

    def _previous_close(self, symbol: str, session: date) -> float | None:
        venue = self._series[symbol].venue
        before = sessions_between(venue, session - timedelta(days=12), session)[:-1]
        if not before or before[-1] < self._series[symbol].days[0].session:
            return None
        close = self._day(symbol, before[-1]).close
        return close / TICKS / split_factor(symbol, before[-1], session)

    def _hours(self, symbol: str, session: date) -> SessionHours:
        hours = hours_of(self._series[symbol].venue, session)
        if hours is None:
            raise ValueError(f"{session} is no session of {self._series[symbol].venue}")
        return hours

    def _make_path(self, symbol: str, session: date) -> MinutePath:
        hours = self._hours(symbol, session)
        length = int((hours.close - hours.open).total_seconds() // 60)
        return minute_path(self._day(symbol, session), length, f"{self._seed}/{symbol}/{session}")

    def _day(self, symbol: str, session: date) -> DailyBar:
        return self._days[symbol].get(session) or self._day_after_file(symbol, session)

    def _day_after_file(self, symbol: str, session: date) -> DailyBar:
        """Return a made-up day around the last real close."""
        known = self._series[symbol].days
        anchor = known[-1].close
        rng = random.Random(f"{self._seed}/{symbol}/{session}/day")  # noqa: S311  not a secret
        start, end = (_cents(anchor * (1 + rng.gauss(0, _AFTER_FILE_RANGE / 2))) for _ in "oc")
        reach = anchor * _AFTER_FILE_RANGE
        return DailyBar(
            session,
            start,
            max(start, end) + _cents(rng.random() * reach),
            min(start, end) - _cents(rng.random() * reach),
            end,
            sum(day.volume for day in known[-20:]) // len(known[-20:]),
        )


def half_spread(price: float) -> float:
    """Return half of the spread around a price, in dollars."""
    return _half_spread(round(price * TICKS)) / TICKS


def _half_spread(price: int) -> int:
    """Return half of a spread of two basis points, in whole cents, at least one; in ticks."""
    return max(1, round(price * 0.0001 / _CENT)) * _CENT


def _cents(ticks: float) -> int:
    return round(ticks / _CENT) * _CENT
