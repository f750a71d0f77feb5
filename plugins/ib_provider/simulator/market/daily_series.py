# SPDX-License-Identifier: Apache-2.0
"""Every session of an instrument that has a series of its own: real days, then generated ones.

Rules:
    * A real day is shown as it was. Where a real series begins, the instrument begins.
    * After the last real day the series goes on from its close, and is pulled back towards it: it
      moves like its volatility says and does not drift away in years.
    * A series with no real day moves like that around its base price, in both directions of time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import numpy as np

from ib_provider.simulator.market.alterations import Alterations
from ib_provider.simulator.market.daily_file import DailyBar
from ib_provider.simulator.market.hours import sessions_between
from ib_provider.simulator.market.instrument import Instrument
from ib_provider.simulator.market.noise import Floats, normals, uniforms
from ib_provider.simulator.market.real_data import RealData, real_data

__all__ = ["ANCHOR", "DailySeries"]

#: The base prices of instruments are those of this day, the last of the real stock data.
ANCHOR: Final = date(2013, 3, 1)
_FIRST, _LAST = date(2000, 3, 1), date(2100, 1, 1)
_SESSIONS_A_YEAR: Final = 252
_KEPT: Final = 0.97  # of the distance to the anchor survives a day
_USUAL_DAYS: Final = 20


class DailySeries:
    """Days by session. ``sessions`` are all there are, ascending."""

    def __init__(
        self,
        what: Instrument,
        *,
        seed: int,
        alterations: Alterations | None = None,
        data: RealData | None = None,
    ) -> None:
        self._what = what
        self._alterations = alterations or Alterations()
        self._seed = seed
        self._days = dict(_real(what, data or real_data()))
        known = sorted(self._days)
        self.last_real = known[-1] if known else None
        self._generate(known)
        self.sessions = tuple(sorted(self._days))

    @property
    def first(self) -> date:
        """Return the first session."""
        return self.sessions[0]

    def day(self, session: date) -> DailyBar | None:
        """Return a session's bar as it is now; None where there is none."""
        bar = self._days.get(session)
        if bar is None or not self._alterations.edition:
            return bar
        return self._alterations.altered(self._what.symbol, bar, self._what.step)

    def before(self, session: date) -> DailyBar | None:
        """Return the bar of the session before; None for the first."""
        place = bisect_right(self.sessions, session) - 1
        if place >= 0 and self.sessions[place] == session:
            place -= 1
        return self.day(self.sessions[place]) if place >= 0 else None

    def _generate(self, known: Sequence[date]) -> None:
        venue = self._what.venue
        if known:
            last = self._days[known[-1]]
            usual = [self._days[session].volume for session in known[-_USUAL_DAYS:]]
            volume = sum(usual) // len(usual)
            following = sessions_between(venue, known[-1], _LAST)[1:]
            self._add(following, last.close, volume, backwards=False)
            return
        base = max(self._what.step, round(self._what.base * self._what.scale))
        self._add(sessions_between(venue, _FIRST, ANCHOR), base, self._what.volume, backwards=True)
        following = sessions_between(venue, ANCHOR, _LAST)
        following = following[1:] if following[0] == ANCHOR else following
        self._add(following, base, self._what.volume, backwards=False)

    def _add(self, sessions: Sequence[date], anchor: int, volume: int, *, backwards: bool) -> None:
        """Add generated days beside an anchor price: after it, or up to and including it."""
        count = len(sessions)
        key = f"{self._seed}/{self._what.key}/days/{'before' if backwards else 'after'}"
        drawn = normals(uniforms(key, 20 * count)).reshape(5, count)
        sigma = self._what.volatility / _SESSIONS_A_YEAR**0.5
        closes = anchor * np.exp(_pulled_back(drawn[0] * sigma))
        if backwards:
            closes = np.concatenate(([float(anchor)], closes[:-1]))[::-1]
            before = np.concatenate((closes[:1], closes[:-1]))
        else:
            before = np.concatenate(([float(anchor)], closes[:-1]))
        opens = before * np.exp(drawn[1] * sigma * 0.4)
        highs = np.maximum(opens, closes) * np.exp(np.abs(drawn[2]) * sigma * 0.5)
        lows = np.minimum(opens, closes) * np.exp(-np.abs(drawn[3]) * sigma * 0.5)
        volumes = np.rint(volume * np.exp(drawn[4] * 0.25))
        columns = [self._on_grid(prices) for prices in (opens, highs, lows, closes)]
        rows = zip(sessions, *columns, volumes.astype(np.int64).tolist(), strict=True)
        for session, opened, high, low, close, shares in rows:
            self._days[session] = DailyBar(session, opened, high, low, close, shares)

    def _on_grid(self, prices: Floats) -> list[int]:
        step = self._what.step
        grid: list[int] = (np.maximum(1, np.rint(prices / step)).astype(np.int64) * step).tolist()
        return grid


def _pulled_back(moves: Floats) -> Floats:
    """Return the distance to the anchor after each move, in logarithms."""
    place, path = 0.0, np.empty(len(moves))
    for index, move in enumerate(moves.tolist()):
        place = place * _KEPT + move
        path[index] = place
    return path


def _real(what: Instrument, data: RealData) -> Mapping[date, DailyBar]:
    found = data.days(what) if what.source else {}
    if not found:
        return {}
    calendar = set(sessions_between(what.venue, min(found), max(found)))
    return {session: day for session, day in found.items() if session in calendar}
