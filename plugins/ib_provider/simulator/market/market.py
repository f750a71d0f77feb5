# SPDX-License-Identifier: Apache-2.0
"""The simulated market: the price of anything at any instant. Time is a parameter.

Rules:
    * A session is made once, to the second, and everything is cut from that: bars of every size,
      quotes, trades, the book. So they agree with each other.
    * Prices of the past are adjusted for the splits in force at ``as_of``; a quote never is.
    * A quote stands half a spread around the last trade; the spread is a session's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from ib_provider.simulator.market.alterations import Alterations
from ib_provider.simulator.market.daily_file import DailyBar
from ib_provider.simulator.market.instrument import Model, instrument
from ib_provider.simulator.market.noise import uniforms
from ib_provider.simulator.market.price_paths import PricePaths, SessionPath
from ib_provider.simulator.market.real_data import RealData
from ib_provider.simulator.market.second_path import SECONDS, Print
from ib_provider.simulator.market.session_path import Minutes
from ib_provider.simulator.market.spread import half_spread

__all__ = ["Level", "Market", "MarketQuote"]

_DISPLAYED: Final = 0.05  # of a minute's volume stands in the book on each side
_QUOTED_SIZE: Final = 1_000_000  # of a currency
_DAYS_BACK: Final = 12
_MINUTES_KEPT: Final = 4_096
_QUOTES_KEPT: Final = 512


class Level(NamedTuple):
    """One price of the book and what stands there."""

    price: float
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketQuote:
    """The market at an instant, in the contract's currency and units. None: no such quote now.

    Attributes:
        volume, open, high, low: Of the session's regular hours so far.
        trading: Whether the session that is asked for runs.
        last_at: When the last trade was.
    """

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
    last_at: datetime


class Market:
    """Prices of every series at any instant. Keeps only what it has computed.

    A series that nobody knows, or that has not begun or has expired, has no quote.
    """

    def __init__(self, *, seed: int, data: RealData | None = None) -> None:
        self.seed = seed
        self.alterations = Alterations()
        self.paths = PricePaths(seed=seed, alterations=self.alterations, data=data)
        self._seconds = lru_cache(maxsize=_MINUTES_KEPT)(self._make_seconds)
        self._quotes = lru_cache(maxsize=_QUOTES_KEPT)(self._make_quote)

    def altered(self) -> None:
        """Forget what was computed before a change of ``alterations``."""
        self.paths.path.cache_clear()
        self._seconds.cache_clear()
        self._quotes.cache_clear()

    def sessions(self, key: str, first: date, last: date) -> tuple[date, ...]:
        """Return the sessions with history from ``first`` to ``last``, both inclusive."""
        return self.paths.sessions(key, first, last)

    def closing_price(self, key: str, session: date) -> float:
        """Return a session's own close, unadjusted.

        Raises:
            KeyError: There was no such session.
        """
        day = self.paths.whole_day(key, session, regular=True)
        if day is None:
            raise KeyError(f"{key} has no session {session}")
        return day.close / instrument(key).scale

    def quote(
        self, key: str, at: datetime, *, frozen: bool = False, extended: bool = False
    ) -> MarketQuote | None:
        """Return the market at an instant; None where there is no price.

        Args:
            frozen: Outside hours, show the book as the session left it, not empty.
            extended: Count the hours before and after the regular ones as trading.
        """
        # streams of one beat ask for the same instant
        return self._quotes(key, at, frozen=frozen, extended=extended)

    def _make_quote(
        self, key: str, at: datetime, *, frozen: bool, extended: bool
    ) -> MarketQuote | None:
        path = self._path_at(key, at, extended=extended)
        if path is None:
            return None
        what = path.what
        begin, end = self._bounds(path, extended=extended)
        elapsed = min(int(at.timestamp()) - path.begin, end * SECONDS)
        trading = at.timestamp() - path.begin < end * SECONDS
        last, size, at_second = self._last(key, path, max(elapsed, begin * SECONDS))
        shown = trading or frozen
        spread = self.half_spread(key, path.day.session)
        minute = min(max(elapsed // SECONDS, begin), end - 1)
        bid_size, ask_size = self.displayed(path, minute)
        first, final = path.regular if elapsed > path.regular[0] * SECONDS else (begin, end)
        done = self._so_far(key, path, first, min(elapsed, final * SECONDS))
        scale = what.scale
        return MarketQuote(
            bid=max(0, last - spread) / scale if shown else None,
            ask=(last + spread) / scale if shown else None,
            bid_size=bid_size if shown else 0,
            ask_size=ask_size if shown else 0,
            last=last / scale,
            last_size=size,
            open=done.open / scale,
            high=done.high / scale,
            low=done.low / scale,
            volume=done.volume if what.counted else 0,
            previous_close=self.previous_close(key, path.day.session),
            session=path.day.session,
            trading=trading,
            last_at=path.day.begins
            + timedelta(seconds=at_second + path.begin)
            - timedelta(seconds=path.day.begins.timestamp()),
        )

    def book(self, key: str, at: datetime, *, rows: int) -> tuple[list[Level], list[Level]]:
        """Return bids and asks, the best first; the best are those of the quote.

        Empty where nothing trades.
        """
        quote = self.quote(key, at, extended=True)
        if quote is None or quote.bid is None or quote.ask is None:
            return [], []
        what = instrument(key)
        sides = []
        for side, best, size, sign in (
            ("bid", quote.bid, quote.bid_size, -1),
            ("ask", quote.ask, quote.ask_size, 1),
        ):
            top = round(best * what.scale)
            drawn = uniforms(f"{self.seed}/{key}/{int(at.timestamp()) // 5}/{side}", rows).tolist()
            prices = [top + sign * what.step * row for row in range(rows)]
            lot = max(1, size // 2)
            sizes = [size] + [max(1, round(lot * (1 + 3 * share))) for share in drawn[1:]]
            sides.append(
                [
                    Level(price / what.scale, shares)
                    for price, shares in zip(prices, sizes, strict=True)
                    if price > 0
                ]
            )
        return sides[0], sides[1]

    def previous_close(self, key: str, session: date) -> float | None:
        """Return the regular close before a session, in that session's shares."""
        what = instrument(key)
        before = self.alterations.calendar.sessions(
            what.venue, session - timedelta(days=_DAYS_BACK), session - timedelta(days=1)
        )
        known = self.sessions(key, before[-1], before[-1]) if before else ()
        if not known:
            return None
        close = self.closing_price(key, known[0])
        return close / self.split_factor(key, known[0], session)

    def split_factor(self, key: str, session: date, as_of: date) -> int:
        """Return how many of today's shares one of a session's has become; 1 but for stocks."""
        what = instrument(key)
        if what.model is Model.SAME:
            return self.split_factor(what.of, session, as_of)
        if what.model is not Model.OWN:
            return 1
        return self.alterations.split_factor(what.symbol, session, as_of)

    def half_spread(self, key: str, session: date) -> int:
        """Return half of a session's spread in the instrument's units: whole ticks, at least one.

        It depends on the open of the regular hours, so it is the same in every bar of the session.
        """
        what, day = instrument(key), self.paths.whole_day(key, session, regular=True)
        return half_spread(what, day.open if day else 0)

    def prints(self, key: str, path: SessionPath, second: int) -> tuple[Print, ...]:
        """Return the trades of one second of a session, counted from its begin."""
        part = self.seconds(key, path, second // SECONDS)
        row = second % SECONDS
        return path.prints(
            second,
            int(part.open[row]),
            int(part.high[row]),
            int(part.low[row]),
            int(part.close[row]),
            int(part.volume[row]),
        )

    def seconds(self, key: str, path: SessionPath, minute: int) -> Minutes:
        """Return the sixty seconds of one minute of a session."""
        return self._seconds(key, path.day.session, minute)

    def until(self, key: str, path: SessionPath, cutoff: datetime) -> Minutes:
        """Return the minutes begun by an instant; the running one is cut at the whole second."""
        elapsed = int(cutoff.timestamp()) - path.begin
        whole, rest = divmod(max(0, elapsed), SECONDS)
        if whole >= len(path.minutes) or not rest:
            return path.minutes.between(0, whole)
        cut = self.seconds(key, path, whole).between(0, rest)
        done = path.minutes.between(0, whole)
        return Minutes(
            np.append(done.open, cut.open[0]),
            np.append(done.high, cut.high.max()),
            np.append(done.low, cut.low.min()),
            np.append(done.close, cut.close[-1]),
            np.append(done.volume, cut.volume.sum()),
        )

    def _make_seconds(self, key: str, session: date, minute: int) -> Minutes:
        path = self.paths.path(key, session)
        if path is None:
            raise KeyError(f"{key} has no session {session}")
        return path.seconds(minute, minute + 1)

    def _path_at(self, key: str, at: datetime, *, extended: bool) -> SessionPath | None:
        try:
            what = instrument(key)
        except KeyError:
            return None
        calendar = self.alterations.calendar
        if extended:
            day = calendar.trade_date(what.venue, at)
            session = day.session if day else None
        else:
            hours = calendar.last_opened(what.venue, at)
            session = hours.session if hours else None
        if session is None or not self.sessions(key, session, session):
            return None
        return self.paths.path(key, session)

    def _bounds(self, path: SessionPath, *, extended: bool) -> tuple[int, int]:
        return (0, len(path.minutes)) if extended else path.regular

    def _last(self, key: str, path: SessionPath, elapsed: int) -> tuple[int, int, int]:
        """Return the last trade's price and size before an elapsed second, and its second."""
        for second in range(elapsed - 1, max(-1, elapsed - 2 * SECONDS), -1):
            found = self.prints(key, path, second)
            if found:
                return found[-1].price, found[-1].size, second
        minute = min(elapsed // SECONDS, len(path.minutes) - 1)
        price = path.minutes.close[minute - 1] if minute else path.minutes.open[0]
        return int(price), 0, elapsed

    def _so_far(self, key: str, path: SessionPath, first: int, elapsed: int) -> DailyBar:
        """Return what a span of a session has come to; its first price where nothing traded."""
        at = (
            path.day.begins
            + timedelta(seconds=elapsed + path.begin)
            - timedelta(seconds=path.day.begins.timestamp())
        )
        part = self.until(key, path, at).between(first, len(path.minutes))
        if not len(part):
            price = int(path.minutes.open[min(first, len(path.minutes) - 1)])
            return DailyBar(path.day.session, price, price, price, price, 0)
        return DailyBar(
            path.day.session,
            int(part.open[0]),
            int(part.high.max()),
            int(part.low.min()),
            int(part.close[-1]),
            int(part.volume.sum()),
        )

    def displayed(self, path: SessionPath, minute: int) -> tuple[int, int]:
        """Return the units that stand at the best bid and ask in a minute of a session."""
        what = path.what
        if not what.counted:
            return (_QUOTED_SIZE, _QUOTED_SIZE) if what.scale >= 200 else (1_000, 1_000)
        lot = 100 if what.volume >= 500_000 and what.model is Model.OWN else 1
        volumes = path.minutes.volume
        sides = (int(volumes[minute]), int(volumes[(minute + 1) % len(volumes)]))
        bid, ask = (max(1, int(volume * _DISPLAYED) // lot) * lot for volume in sides)
        return bid, ask
