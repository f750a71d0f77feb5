# SPDX-License-Identifier: Apache-2.0
"""The values of the generic ticks, read from the market.

Rules:
    * Volatilities are those of the bars of volatility that the gateway serves.
    * RTVolume tells all trades since the last one as one, with the flag of a single trade down.
    * Fifty-two weeks of highs and lows are in today's shares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

import numpy as np

from ib_provider.domain.bar import BarSize, WhatToShow
from ib_provider.simulator.desks.live_market import LiveMarket, Traded
from ib_provider.simulator.exchange.matching import money
from ib_provider.simulator.market.bar_columns import SHARES_PER_TRADE
from ib_provider.simulator.market.bar_query import BarQuery, Window
from ib_provider.simulator.market.dividends import dividends_of, dividends_paid
from ib_provider.simulator.market.history import BarHistory
from ib_provider.simulator.market.instrument import instrument
from ib_provider.simulator.market.market import Market, MarketQuote
from ib_provider.simulator.market.open_interest import open_interest
from ib_provider.simulator.market.session_path import Minutes
from ib_provider.simulator.market.ticks import TickTape, Trade
from ib_provider.wire.messages import Answer, TickGeneric, TickPrice, TickSize, TickString

__all__ = ["GenericValues", "Moment"]

_WEEKS: Final = ((13, 15, 16), (26, 17, 18), (52, 19, 20))  # weeks, low, high
_AVERAGE_DAYS: Final = 90
_YEAR: Final = timedelta(days=365)
_MINUTE_S: Final = 60
_SHORT_TERMS: Final = ((63, 3), (64, 5), (65, 10))
_EASY_TO_BORROW, _TO_BE_LOCATED = Decimal(3), Decimal(2)
_SHARES_TO_LEND: Final = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A quote, when it is from, and since when trades have not been told (epoch seconds)."""

    quote: MarketQuote
    at: datetime
    since: int

    @property
    def second(self) -> int:
        """Return the epoch second that runs."""
        return int(self.at.timestamp())


class GenericValues:
    """Reads the generic ticks of one request."""

    def __init__(
        self, live: LiveMarket, traded: Traded, request_id: int, wanted: frozenset[int]
    ) -> None:
        self._live = live
        self._market = live.market
        self._traded = traded
        self._key = traded.key
        self._id = request_id
        self._tape = TickTape(live.market, traded.key)
        self._history = BarHistory(live.market)
        known: dict[int, Callable[[Moment], Iterator[Answer]]] = {
            104: lambda moment: self._volatility(23, WhatToShow.HISTORICAL_VOLATILITY, moment),
            106: lambda moment: self._volatility(24, WhatToShow.OPTION_IMPLIED_VOLATILITY, moment),
            165: self._statistics,
            221: self._mark_price,
            232: self._mark_price,
            233: lambda moment: self._trades(48, moment),
            236: self._shortable,
            293: self._trade_count,
            294: self._trade_rate,
            295: self._volume_rate,
            318: self._last_regular,
            375: lambda moment: self._trades(77, moment),
            411: lambda moment: self._volatility(58, WhatToShow.HISTORICAL_VOLATILITY, moment),
            456: self._dividends,
            460: lambda _: iter([self._number(60, Decimal(1))]),
            588: self._open_interest,
            595: self._short_term,
        }
        self._readers = [known[number] for number in sorted(wanted) if number in known]

    def ticks(self, moment: Moment) -> Iterator[Answer]:
        """Yield what the request asked for, as far as the market has it."""
        for read in self._readers:
            yield from read(moment)

    def _volatility(self, number: int, what: WhatToShow, moment: Moment) -> Iterator[Answer]:
        session = moment.quote.session
        known = self._market.sessions(self._key, session - timedelta(days=12), session)
        query = BarQuery(
            size=BarSize.DAY_1,
            what=what,
            window=Window(sessions=known[-2:], start=None, cutoff=moment.at),
        )
        rows = self._history.rows(self._key, query, now=moment.at, zone_name="UTC")
        if rows:
            yield self._number(number, money(rows[-1][4]))

    def _statistics(self, moment: Moment) -> Iterator[Answer]:
        for number, value in _yearly(self._market, self._key, moment.quote.session):
            if number == _AVERAGE_VOLUME:
                yield TickSize(request_id=self._id, tick_type=number, size=money(value))
            else:
                yield self._price(number, value)

    def _mark_price(self, moment: Moment) -> Iterator[Answer]:
        quote, mark = moment.quote, moment.quote.last
        if quote.bid is not None and quote.ask is not None:
            mark = min(max(mark, quote.bid), quote.ask)
        yield self._price(37, mark)

    def _trades(self, number: int, moment: Moment) -> Iterator[Answer]:
        found = self._since(moment.since, moment)
        if not found:
            return
        size = sum(int(trade.size) for trade in found)
        average = _average_price(self._so_far(moment), self._traded.what.scale)
        parts = (
            format(found[-1].price, "f"),
            str(size),
            str(found[-1].time * 1000),
            str(moment.quote.volume),
            f"{average:.8f}",
            "true" if len(found) == 1 else "false",
        )
        yield TickString(request_id=self._id, tick_type=number, value=";".join(parts))

    def _shortable(self, _: Moment) -> Iterator[Answer]:
        held = self._live.hard_to_borrow(self._traded.listing.contract.symbol)
        yield self._number(46, _TO_BE_LOCATED if held else _EASY_TO_BORROW)
        shares = Decimal(0 if held else _SHARES_TO_LEND)
        yield TickSize(request_id=self._id, tick_type=89, size=shares)

    def _trade_count(self, moment: Moment) -> Iterator[Answer]:
        volume = self._so_far(moment).volume
        count = int(np.maximum(volume > 0, volume // SHARES_PER_TRADE).sum())
        yield self._number(54, Decimal(count))

    def _trade_rate(self, moment: Moment) -> Iterator[Answer]:
        found = self._since(moment.second - _MINUTE_S, moment)
        yield self._number(55, Decimal(len(found)))

    def _volume_rate(self, moment: Moment) -> Iterator[Answer]:
        found = self._since(moment.second - _MINUTE_S, moment)
        yield self._number(56, sum((trade.size for trade in found), Decimal(0)))

    def _last_regular(self, moment: Moment) -> Iterator[Answer]:
        quote = self._market.quote(self._key, moment.at)
        if quote is not None:
            yield self._price(57, quote.last)

    def _dividends(self, moment: Moment) -> Iterator[Answer]:
        """Yield the past and the next year's sum, and the next date and amount."""
        today, symbol = moment.quote.session, self._traded.what.symbol
        past = sum(paid.amount for paid in dividends_paid(symbol, today - _YEAR, today))
        coming = [due for due in dividends_of(symbol) if today < due.session <= today + _YEAR]
        if not past and not coming:
            return
        ahead = sum(due.amount for due in coming)
        due = f"{coming[0].session:%Y%m%d},{coming[0].amount:.2f}" if coming else ","
        yield TickString(request_id=self._id, tick_type=59, value=f"{past:.2f},{ahead:.2f},{due}")

    def _open_interest(self, moment: Moment) -> Iterator[Answer]:
        count = open_interest(self._traded.what, moment.quote.session)
        if count is not None:
            yield TickSize(request_id=self._id, tick_type=86, size=Decimal(count))

    def _short_term(self, moment: Moment) -> Iterator[Answer]:
        for number, minutes in _SHORT_TERMS:
            found = self._since(moment.second - _MINUTE_S * minutes, moment)
            size = sum((trade.size for trade in found), Decimal(0))
            yield TickSize(request_id=self._id, tick_type=number, size=size)

    def _since(self, first: int, moment: Moment) -> list[Trade]:
        return list(self._tape.trades(first, moment.second))

    def _so_far(self, moment: Moment) -> Minutes:
        """Return the minutes of the regular hours so far; before those, of the whole day."""
        path = self._market.paths.path(self._key, moment.quote.session)
        if path is None:
            raise KeyError(self._key)
        begun = moment.second - path.begin > path.regular[0] * _MINUTE_S
        first, last = path.regular if begun else (0, len(path.minutes))
        return self._market.until(self._key, path, moment.at).between(first, last)

    def _price(self, number: int, price: float) -> TickPrice:
        return TickPrice(request_id=self._id, tick_type=number, price=money(price), size=Decimal(0))

    def _number(self, number: int, value: Decimal) -> TickGeneric:
        return TickGeneric(request_id=self._id, tick_type=number, value=value)


_AVERAGE_VOLUME: Final = 21


@lru_cache(maxsize=1_024)
def _yearly(market: Market, key: str, session: date) -> tuple[tuple[int, float], ...]:
    """Return tick numbers with lows, highs and the average volume before a session."""
    days = []
    for known in market.sessions(key, session - timedelta(weeks=52), session - timedelta(days=1)):
        day = market.paths.whole_day(key, known, regular=True)
        if day is not None:
            days.append((known, day, market.split_factor(key, known, session)))
    scale = instrument(key).scale
    found: list[tuple[int, float]] = []
    for weeks, low, high in _WEEKS:
        part = [row for row in days if row[0] >= session - timedelta(weeks=weeks)]
        if part:
            found.append((low, min(day.low / scale / factor for _, day, factor in part)))
            found.append((high, max(day.high / scale / factor for _, day, factor in part)))
    volumes = [day.volume * factor for _, day, factor in days[-_AVERAGE_DAYS:]]
    if any(volumes):
        found.append((_AVERAGE_VOLUME, round(sum(volumes) / len(volumes))))
    return tuple(found)


def _average_price(rows: Minutes, scale: int) -> float:
    """Return the average price of minutes, weighted with their volumes."""
    total = int(rows.volume.sum())
    if not total:
        return 0.0
    middle = (rows.high + rows.low + rows.close) / 3
    return float((middle * rows.volume).sum() / total / scale)
