# SPDX-License-Identifier: Apache-2.0
"""The ticks of a series, second by second: its trades, its quotes, its middle prices.

Rules:
    * A tick belongs to a whole second, and has happened once that second is over: a quote at an
      instant and the ticks before it say the same.
    * A quote stands half the session's spread around the last trade. A trade that moves it is a
      tick, and so is a minute that shows other sizes. The first trade of a session begins it.
    * So trades add up to the bars of five seconds, those to the minute's, those to the day's.
    * What is asked for in parts is what is asked for at once: nothing is remembered between calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple, TypeVar

import numpy as np

from ib_provider.simulator.market.hours import local_date
from ib_provider.simulator.market.instrument import instrument
from ib_provider.simulator.market.market import Market
from ib_provider.simulator.market.price_paths import SessionPath
from ib_provider.simulator.market.second_path import SECONDS, Print

__all__ = ["Middle", "Quote", "TickTape", "Trade", "venue_at"]

_DAY: Final = timedelta(days=1)
_DAYS_BACK: Final = 12
_PRICES_KEPT: Final = 1 << 16
_SIZES_KEPT: Final = 1 << 14
_SPREAD_OUT: Final = 2_654_435_761  # Knuth's multiplier: neighbours land far apart


class Trade(NamedTuple):
    """One trade. ``time`` in all ticks: epoch seconds."""

    time: int
    price: Decimal
    size: Decimal


class Quote(NamedTuple):
    """The best prices from a moment on, and what stands there."""

    time: int
    bid: Decimal
    ask: Decimal
    bid_size: Decimal
    ask_size: Decimal


class Middle(NamedTuple):
    """The middle price from a moment on."""

    time: int
    price: Decimal


Tick = TypeVar("Tick", Trade, Quote, Middle)


class TickTape:
    """The ticks of one series. Spans are epoch seconds, the end exclusive.

    Args:
        regular: Only those of regular hours; else of the whole trading day.
    """

    def __init__(self, market: Market, key: str, *, regular: bool = False) -> None:
        self._market = market
        self._key = key
        self._what = instrument(key)
        self._regular = regular

    def trades(self, first: int, last: int) -> Iterator[Trade]:
        """Yield the trades of a span, oldest first."""
        scale, counted = self._what.scale, self._what.counted
        for path, begin, end in self.stretches(first, last):
            for second, prints in self._prints(path, begin, end):
                at = path.begin + second
                for price, size in prints:
                    yield Trade(at, _price(price, scale), _size(size if counted else 0))

    def quotes(self, first: int, last: int, *, ignore_size: bool = False) -> Iterator[Quote]:
        """Yield the quotes of a span; with ``ignore_size`` only those with another price."""
        scale = self._what.scale
        for path, begin, end in self.stretches(first, last):
            half = self._market.half_spread(self._key, path.day.session)
            for second, price, sizes, moved in self._changes(path, begin, end):
                if moved or not ignore_size:
                    yield Quote(
                        path.begin + second,
                        _price(max(0, price - half), scale),
                        _price(price + half, scale),
                        _size(sizes[0]),
                        _size(sizes[1]),
                    )

    def middles(self, first: int, last: int) -> Iterator[Middle]:
        """Yield the middle prices of a span, each different from the one before it."""
        for path, begin, end in self.stretches(first, last):
            for second, price, _, moved in self._changes(path, begin, end):
                if moved:
                    yield Middle(path.begin + second, _price(price, self._what.scale))

    def latest(
        self, ticks: Callable[[int, int], Iterable[Tick]], before: int, count: int
    ) -> list[Tick]:
        """Return the last ticks before an epoch second, oldest first; fewer where there are.

        Args:
            ticks: One of the methods that yield the ticks of a span.
        """
        found: list[Tick] = []
        for path, begin, end in reversed(list(self.stretches(before - _DAYS_BACK_S, before))):
            for minute in range((end - 1) // SECONDS, begin // SECONDS - 1, -1):
                first = max(begin, minute * SECONDS)
                upto = min(end, (minute + 1) * SECONDS)
                found[:0] = ticks(path.begin + first, path.begin + upto)
                if len(found) >= count:
                    return found[-count:] if count else []
        return found

    def stretches(self, first: int, last: int) -> Iterator[tuple[SessionPath, int, int]]:
        """Yield each session and its part of a span, in seconds from the session's begin."""
        if last <= first:
            return
        venue = self._what.venue
        begin = local_date(venue, datetime.fromtimestamp(first, UTC)) - _DAY
        end = local_date(venue, datetime.fromtimestamp(last, UTC)) + _DAY
        for session in self._market.sessions(self._key, begin, end):
            path = self._market.paths.path(self._key, session)
            if path is None:
                continue
            rows = path.regular if self._regular else (0, len(path.minutes))
            start = max(rows[0] * SECONDS, first - path.begin)
            stop = min(rows[1] * SECONDS, last - path.begin)
            if start < stop:
                yield path, start, stop

    def _prints(
        self, path: SessionPath, begin: int, end: int
    ) -> Iterator[tuple[int, tuple[Print, ...]]]:
        """Yield each second that trades, with its trades."""
        for minute in range(begin // SECONDS, (end - 1) // SECONDS + 1):
            offset = minute * SECONDS
            part = self._market.seconds(self._key, path, minute)
            part = part.between(max(0, begin - offset), min(SECONDS, end - offset))
            rows = zip(
                part.open.tolist(),
                part.high.tolist(),
                part.low.tolist(),
                part.close.tolist(),
                part.volume.tolist(),
                strict=True,
            )
            for second, row in enumerate(rows, max(begin, offset)):
                if row[4] > 0:
                    yield second, path.prints(second, *row)

    def _changes(
        self, path: SessionPath, begin: int, end: int
    ) -> Iterator[tuple[int, int, tuple[int, int], bool]]:
        """Yield second, last price, sizes, and whether the price is another one."""
        price = self._price_before(path, begin)
        first = begin // SECONDS
        sizes = self._market.displayed(path, first)
        if begin % SECONDS == 0 and first and price is not None:
            before = self._market.displayed(path, first - 1)
            if sizes != before:
                yield begin, price, sizes, False
        for minute in range(first, (end - 1) // SECONDS + 1):
            start = max(begin, minute * SECONDS)
            shown = self._market.displayed(path, minute)
            if shown != sizes:
                sizes = shown
                if price is not None:
                    yield start, price, sizes, False
            for second, prints in self._prints(path, start, min(end, (minute + 1) * SECONDS)):
                for one in prints:
                    if one.price != price:
                        price = one.price
                        yield second, price, sizes, True

    def _price_before(self, path: SessionPath, second: int) -> int | None:
        """Return the price of the session's last trade before a second; None before the first."""
        minute, rest = divmod(second, SECONDS)
        if rest:
            part = self._market.seconds(self._key, path, minute).between(0, rest)
            traded = np.flatnonzero(part.volume)
            if len(traded):
                return int(part.close[traded[-1]])
        busy = np.flatnonzero(path.minutes.volume[:minute])
        # a minute closes where its last trade was
        return int(path.minutes.close[busy[-1]]) if len(busy) else None


_DAYS_BACK_S: Final = _DAYS_BACK * 86_400


def venue_at(venues: tuple[str, ...], trade: Trade) -> str:
    """Return which of a contract's venues a trade took place on; always the same for the same."""
    if len(venues) < 2:
        return venues[0] if venues else ""
    drawn = (trade.time * 31 + int(trade.size) * 7 + int(trade.price * 100)) * _SPREAD_OUT
    return venues[(drawn >> 16) % len(venues)]


@lru_cache(maxsize=_PRICES_KEPT)
def _price(units: int, scale: int) -> Decimal:
    """Return a price in units as exact money, without trailing zeros and exponents."""
    exact = Decimal(units) / Decimal(scale)
    normal = exact.normalize()
    return normal if normal.as_tuple().exponent <= 0 else normal.quantize(Decimal(1))  # type: ignore[operator]


@lru_cache(maxsize=_SIZES_KEPT)
def _size(units: int) -> Decimal:
    return Decimal(units)
