# SPDX-License-Identifier: Apache-2.0
"""The minutes of any instrument's session: a path of its own, or one made from another's.

A future's and an option's minutes are functions of their underlying's, so they rise and fall with
it, in every bar size, to the tick.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

import numpy as np

from ib_provider.simulator.market.alterations import Alterations
from ib_provider.simulator.market.daily_file import DailyBar
from ib_provider.simulator.market.daily_series import DailySeries
from ib_provider.simulator.market.hours import TradingDay, sessions_between, trading_day
from ib_provider.simulator.market.instrument import Instrument, Model, instrument
from ib_provider.simulator.market.noise import Floats, Ints, normals, uniforms
from ib_provider.simulator.market.option_pricing import Terms, prices, skewed_volatility
from ib_provider.simulator.market.real_data import HourBar, RealData, real_data
from ib_provider.simulator.market.second_path import SECONDS, Print, prints_of, second_path
from ib_provider.simulator.market.session_path import LEAST_VOLUME, Minutes, joined, minute_path
from ib_provider.simulator.market.trade_tape import TradeTape, minutes_of

__all__ = ["PricePaths", "SessionPath"]

_SESSIONS_KEPT: Final = 1_200
_YEAR_S: Final = 365 * 86_400
_BEFORE_OPEN, _AFTER_CLOSE = 0.03, 0.02  # of the regular hours' volume
_LISTED_BEFORE: Final = {Model.CARRY: 3 * 365, Model.OPTION: 365}  # days before the expiry
_UNCOUNTED: Final = 100  # ticks a minute of what reports no volume


@dataclass(frozen=True, slots=True)
class SessionPath:
    """One trading day, minute by minute.

    Attributes:
        begin: Epoch seconds of the first minute.
        regular: Rows of the regular hours, the end exclusive.
        seed: Of the seconds inside the minutes.
        tape: Recorded trades, of the session's first minutes.
    """

    what: Instrument
    day: TradingDay
    begin: int
    minutes: Minutes
    regular: tuple[int, int]
    seed: str
    tape: TradeTape | None = None

    def seconds(self, first: int, last: int) -> Minutes:
        """Return the seconds of the minutes from ``first`` up to ``last``, exclusive."""
        told = min(max(first, self.tape.minutes), last) if self.tape else first
        part = self.minutes.between(told, last)
        made = second_path(part, self.seed, told, step=self.what.step)
        if self.tape is None or told == first:
            return made
        kept = self.tape.seconds.between(first * SECONDS, told * SECONDS)
        return joined([kept, made]) if len(made) else kept

    def prints(self, second: int, *bar: int) -> tuple[Print, ...]:
        """Return the trades of one second, counted from the begin.

        Args:
            bar: What they came to: open, high, low, close, volume.
        """
        if self.tape is not None and second < self.tape.minutes * SECONDS:
            return self.tape.prints(second)
        return prints_of(*bar)


class PricePaths:
    """Every instrument's days and minutes, made when asked for and kept a while."""

    def __init__(
        self, *, seed: int, alterations: Alterations | None = None, data: RealData | None = None
    ) -> None:
        self._seed = seed
        self._data = data or real_data()
        self._alterations = alterations or Alterations()
        self._series = lru_cache(maxsize=256)(self._make_series)
        self.path = lru_cache(maxsize=_SESSIONS_KEPT)(self._make_path)

    def series(self, key: str) -> DailySeries:
        """Return the days behind a series: its own, or those it is made from."""
        what = instrument(key)
        return self._series(key) if what.model is Model.OWN else self.series(what.of)

    def first_session(self, key: str) -> date:
        """Return the first session with history."""
        what = instrument(key)
        first = self.series(key).first
        if what.expiry is not None:
            first = max(first, what.expiry - timedelta(days=_LISTED_BEFORE[what.model]))
        found = sessions_between(what.venue, first, first + timedelta(days=14))
        return found[0] if found else first

    def sessions(self, key: str, first: date, last: date) -> tuple[date, ...]:
        """Return the sessions with history from ``first`` to ``last``, both inclusive."""
        what = instrument(key)
        first = max(first, self.first_session(key))
        if what.expiry is not None:
            last = min(last, what.expiry)
        found = self._alterations.calendar.sessions(what.venue, first, last)
        if what.model is not Model.OWN:
            return tuple(day for day in found if self.sessions(what.of, day, day))
        series = self._series(key)
        return tuple(day for day in found if series.day(day) is not None)

    def whole_day(self, key: str, session: date, *, regular: bool) -> DailyBar | None:
        """Return a finished session's bar, in the instrument's units; None where there is none."""
        what = instrument(key)
        if what.model is Model.OWN:
            day = self._series(key).day(session)
            if regular or day is None:
                return day
        path = self.path(key, session)
        if path is None:
            return None
        first, last = path.regular if regular else (0, len(path.minutes))
        part = path.minutes.between(first, last)
        if not len(part):
            return None
        return DailyBar(
            session,
            int(part.open[0]),
            int(part.high.max()),
            int(part.low.min()),
            int(part.close[-1]),
            int(part.volume.sum()),
        )

    def volatility(self, key: str) -> float:
        """Return a year's volatility of a series, that of the process behind it."""
        what = instrument(key)
        return what.volatility if what.model is Model.OWN else self.volatility(what.of)

    def option_terms(self, key: str, session: date) -> tuple[Terms, int] | None:
        """Return an option's terms in a session, and the epoch second of its expiry."""
        what = instrument(key)
        under = self.whole_day(what.of, session, regular=True)
        if what.expiry is None or under is None or what.strike <= 0:
            return None
        last = trading_day(what.venue, what.expiry)
        ends = datetime.fromisoformat(f"{what.expiry}T21:00:00+00:00") if not last else last.close
        begins = trading_day(what.venue, session)
        expiry_s = int(ends.timestamp())
        years = (expiry_s - begins.open.timestamp()) / _YEAR_S if begins else 0.0
        below = instrument(what.of)
        carry = 0.0 if below.model is Model.CARRY else what.rate
        opened = under.open / below.scale
        forward = opened * float(np.exp(carry * max(years, 0.0)))
        base = self.volatility(what.of)
        terms = Terms(
            strike=what.strike,
            call=what.right == "C",
            rate=what.rate,
            carry=carry,
            volatility=skewed_volatility(base, what.strike, forward, years),
        )
        return terms, expiry_s

    def _make_series(self, key: str) -> DailySeries:
        return DailySeries(
            instrument(key), seed=self._seed, alterations=self._alterations, data=self._data
        )

    def _make_path(self, key: str, session: date) -> SessionPath | None:
        what = instrument(key)
        day = self._alterations.calendar.trading_day(what.venue, session)
        if day is None or (what.expiry is not None and session > what.expiry):
            return None
        if what.model is Model.OWN:
            return self._own_path(what, day)
        return self._derived_path(what, day)

    def _own_path(self, what: Instrument, day: TradingDay) -> SessionPath | None:
        bar = self._series(what.key).day(day.session)
        if bar is None:
            return None
        before, during, after = (
            _minutes_between(day.begins, day.open),
            _minutes_between(day.open, day.close),
            _minutes_between(day.close, day.ends),
        )
        if not bar.volume:
            bar = DailyBar(bar.session, bar.open, bar.high, bar.low, bar.close, _UNCOUNTED * during)
        key = f"{self._seed}/{what.key}/{day.session}"
        hours = self._data.hours(what).get(day.session) if what.source else None
        parts = [_replayed(hours, day, bar, key, what.step)] if hours else []
        if not parts:
            parts.append(minute_path(bar, during, f"{key}/regular", step=what.step))
        if before:
            span = self._before_open(what, bar, before)
            parts.insert(0, minute_path(span, before, f"{key}/before", step=what.step))
        if after:
            span = self._after_close(what, bar, after)
            parts.append(minute_path(span, after, f"{key}/after", step=what.step))
        return SessionPath(
            what,
            day,
            int(day.begins.timestamp()),
            joined(parts) if len(parts) > 1 else parts[0],
            (before, before + during),
            f"{key}/seconds",
        )

    def _before_open(self, what: Instrument, bar: DailyBar, minutes: int) -> DailyBar:
        """Return the span before the open: from where the last session ended to the open."""
        last = self._series(what.key).before(bar.session)
        start = bar.open
        if last is not None:
            factor = self._alterations.split_factor(what.symbol, last.session, bar.session)
            start = _on_grid(self._late_price(what, last) / factor, what.step)
        volume = max(LEAST_VOLUME * minutes, int(bar.volume * _BEFORE_OPEN))
        return self._quiet_span(what, bar, (start, bar.open), "before", volume)

    def _after_close(self, what: Instrument, bar: DailyBar, minutes: int) -> DailyBar:
        end = self._late_price(what, bar)
        volume = max(LEAST_VOLUME * minutes, int(bar.volume * _AFTER_CLOSE))
        return self._quiet_span(what, bar, (bar.close, end), "after", volume)

    def _late_price(self, what: Instrument, bar: DailyBar) -> int:
        """Return where a session's last trade after hours stands."""
        drawn = float(normals(uniforms(f"{self._seed}/{what.key}/{bar.session}/late", 4))[0])
        return _on_grid(bar.close * (1 + 0.1 * drawn * what.volatility / 252**0.5), what.step)

    def _quiet_span(
        self, what: Instrument, bar: DailyBar, ends: tuple[int, int], name: str, volume: int
    ) -> DailyBar:
        """Return a span outside regular hours, between two prices: it strays little from them."""
        drawn = uniforms(f"{self._seed}/{what.key}/{bar.session}/{name}", 2)
        reach = bar.close * what.volatility / 252**0.5 * 0.15
        high = max(ends) + _steps(float(drawn[0]) * reach, what.step)
        low = min(ends) - _steps(float(drawn[1]) * reach, what.step)
        return DailyBar(bar.session, ends[0], high, max(1, low), ends[1], volume)

    def _derived_path(self, what: Instrument, day: TradingDay) -> SessionPath | None:
        under = self.path(what.of, day.session)
        if under is None:
            return None
        begin = max(under.begin, int(day.begins.timestamp()))
        end = min(under.begin + 60 * len(under.minutes), int(day.ends.timestamp()))
        if end <= begin:
            return None
        part = under.minutes.between((begin - under.begin) // 60, (end - under.begin) // 60)
        made = self._transformed(what, under.what, part, day, begin)
        if made is None:
            return None
        opened, closed = (
            min(max(0, (int(at.timestamp()) - begin) // 60), len(made))
            for at in (day.open, day.close)
        )
        seed = f"{self._seed}/{what.key}/{day.session}/seconds"
        tape = self._data.tape(what, day) if what.source else None
        if tape is not None:
            made = _told(tape, made)
        return SessionPath(what, day, begin, made, (opened, closed), seed, tape)

    def _transformed(
        self, what: Instrument, under: Instrument, part: Minutes, day: TradingDay, begin: int
    ) -> Minutes | None:
        sides = (part.open, part.high, part.low, part.close)
        if what.model is Model.SAME and (what.scale, what.step) == (under.scale, under.step):
            return Minutes(*sides, _scaled_volume(part.volume, what, under))
        columns = [column / under.scale for column in sides]
        if what.model is Model.CARRY and what.expiry is not None:
            left = max(0, (what.expiry - day.session).days) / 365
            columns = [column * np.exp(what.rate * left) for column in columns]
        if what.model is Model.OPTION:
            found = self.option_terms(what.key, day.session)
            if found is None:
                return None
            terms, expiry_s = found
            times = begin + 60 * np.arange(len(part))
            years = (expiry_s - times) / _YEAR_S
            columns = [prices(terms, column, years) for column in columns]
            if not terms.call:
                columns[1], columns[2] = columns[2], columns[1]
        opened, high, low, close = (_grid(column, what) for column in columns)
        return Minutes(
            opened,
            np.maximum.reduce([opened, high, low, close]),
            np.minimum.reduce([opened, high, low, close]),
            close,
            _scaled_volume(part.volume, what, under),
        )


def _told(tape: TradeTape, made: Minutes) -> Minutes:
    """Return a session that begins as it was recorded, and goes on from there as it was made."""
    count = min(tape.minutes, len(made))
    rest = made.between(count, len(made))
    told = minutes_of(tape.seconds).between(0, count)
    if not len(rest):
        return told
    leap = told.close[-1] - made.close[count - 1]
    opened, high, low, close = (
        np.maximum(1, column + leap) for column in (rest.open, rest.high, rest.low, rest.close)
    )
    return joined([told, Minutes(opened, high, low, close, rest.volume)])


def _scaled_volume(volume: Ints, what: Instrument, under: Instrument) -> Ints:
    """Return the underlying's volumes brought to the instrument's size of day."""
    if what.model is Model.SAME and what.counted == under.counted:
        return volume
    usual = under.volume or _UNCOUNTED * 390
    scaled: Ints = np.maximum(
        LEAST_VOLUME, np.floor(volume * (what.volume / usual)).astype(np.int64)
    )
    return scaled


def _grid(column: Floats, what: Instrument) -> Ints:
    steps = np.rint(column * (what.scale / what.step)).astype(np.int64)
    grid: Ints = np.maximum(1, steps) * what.step
    return grid


def _replayed(
    hours: tuple[HourBar, ...], day: TradingDay, bar: DailyBar, key: str, step: int
) -> Minutes:
    """Return the minutes of a session whose hours are known; a missing hour stands still."""
    parts, at, price = [], day.open, bar.open
    for place, hour in enumerate(hours):
        start = max(at, hour.start)
        end = min(day.close, hour.start + timedelta(hours=1))
        if gap := _minutes_between(at, start):
            still = DailyBar(bar.session, price, price, price, price, _UNCOUNTED * gap)
            parts.append(minute_path(still, gap, f"{key}/gap {place}", step=step))
        if length := _minutes_between(start, end):
            span = DailyBar(
                bar.session, hour.open, hour.high, hour.low, hour.close, _UNCOUNTED * length
            )
            parts.append(minute_path(span, length, f"{key}/hour {place}", step=step))
            at, price = end, hour.close
    if gap := _minutes_between(at, day.close):
        still = DailyBar(bar.session, price, price, price, price, _UNCOUNTED * gap)
        parts.append(minute_path(still, gap, f"{key}/gap", step=step))
    return joined(parts)


def _minutes_between(begin: datetime, end: datetime) -> int:
    return max(0, int((end - begin).total_seconds()) // 60)


def _steps(amount: float, step: int) -> int:
    return round(amount / step) * step


def _on_grid(price: float, step: int) -> int:
    return max(step, _steps(price, step))
