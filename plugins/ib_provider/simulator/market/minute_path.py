# SPDX-License-Identifier: Apache-2.0
"""A price path of one session, minute by minute, through the session's real open, high, low, close.

Rules:
    * The first point is the open and the last one the close; the high and the low are touched,
      and nothing lies outside them.
    * The minutes' volumes add up to the session's.
    * The same key gives the same path on every machine: a string seeds ``random.Random`` by hash.

What lies between is generated, not history: a Brownian bridge, with more volume at both ends of
the session as real ones have.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ib_provider.simulator.market.daily_file import DailyBar

__all__ = ["Minute", "MinutePath", "minute_path"]

_CENT: Final = 100  # ticks
_ROUGHNESS: Final = 0.6


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute of a session: prices in ticks, volume in shares."""

    open: int
    high: int
    low: int
    close: int
    volume: int


@dataclass(frozen=True, slots=True)
class MinutePath:
    """The minutes of one session, the first one at the open."""

    minutes: tuple[Minute, ...]

    def until(self, elapsed_s: float) -> tuple[Minute, ...]:
        """Return the minutes begun by then; the running one is cut at that instant."""
        whole = int(elapsed_s // 60)
        if whole >= len(self.minutes):
            return self.minutes
        done = self.minutes[:whole]
        share = elapsed_s / 60 - whole
        if share <= 0:
            return done
        running = self.minutes[whole]
        price = _between(running, share)
        return (
            *done,
            Minute(
                running.open,
                max(running.open, price),
                min(running.open, price),
                price,
                int(running.volume * share),
            ),
        )

    def price_at(self, elapsed_s: float) -> int:
        """Return the last price at an instant of the session, in ticks."""
        whole = int(elapsed_s // 60)
        if whole >= len(self.minutes):
            return self.minutes[-1].close
        return _between(self.minutes[whole], elapsed_s / 60 - whole)


def minute_path(day: DailyBar, minutes: int, key: str) -> MinutePath:
    """Return the path of one session of so many minutes. ``key`` is the seed."""
    rng = random.Random(key)  # noqa: S311  a market to replay, nothing secret
    points = _points(day, minutes, rng)
    volumes = _volumes(day.volume, minutes, rng)
    reach = (day.high - day.low) / minutes**0.5 * _ROUGHNESS
    made = []
    for (start, end), volume in zip(pairwise(points), volumes, strict=True):
        high = min(day.high, max(start, end) + _cents(rng.random() * reach))
        low = max(day.low, min(start, end) - _cents(rng.random() * reach))
        made.append(Minute(start, high, low, end, volume))
    return MinutePath(tuple(made))


def _points(day: DailyBar, minutes: int, rng: random.Random) -> list[int]:
    high_at = _moment(day.high, day, minutes, rng)
    low_at = _moment(day.low, day, minutes, rng)
    if high_at == low_at and day.high != day.low:
        low_at = low_at + 1 if low_at + 1 < minutes else low_at - 1
    stops = {high_at: day.high, low_at: day.low} | {0: day.open, minutes: day.close}
    sigma = (day.high - day.low) / minutes**0.5 * _ROUGHNESS
    points = [day.open]
    for (begin, start), (finish, end) in pairwise(sorted(stops.items())):
        points.extend(_bridge(start, end, finish - begin, sigma, rng, low=day.low, high=day.high))
    return points


def _moment(price: int, day: DailyBar, minutes: int, rng: random.Random) -> int:
    """Return the point at which an extreme is touched: the ends where they already touch it."""
    if price == day.open:
        return 0
    if price == day.close:
        return minutes
    return rng.randrange(1, minutes)


def _bridge(
    start: int, end: int, steps: int, sigma: float, rng: random.Random, *, low: int, high: int
) -> Sequence[int]:
    """Return the points after ``start`` up to and including ``end``."""
    walk = [0.0]
    for _ in range(steps):
        walk.append(walk[-1] + rng.gauss(0.0, sigma))
    drift = (end - start - walk[-1]) / steps
    inner = (start + walk[step] + drift * step for step in range(1, steps))
    return [*(_folded(price, low, high) for price in inner), end]


def _folded(price: float, low: int, high: int) -> int:
    """Return a price reflected at the day's extremes until it lies between them."""
    if low == high:
        return low
    away = (price - low) % (2 * (high - low))
    inside = low + min(away, 2 * (high - low) - away)
    return min(high, max(low, _cents(inside)))


def _volumes(total: int, minutes: int, rng: random.Random) -> list[int]:
    weights = [
        (1 + 2.5 * (2 * minute / minutes - 1) ** 4) * (0.5 + rng.random())
        for minute in range(minutes)
    ]
    scale, seen, taken, volumes = sum(weights), 0.0, 0, []
    for weight in weights[:-1]:
        seen += weight
        upto = int(total * seen / scale)
        volumes.append(upto - taken)
        taken = upto
    return [*volumes, total - taken]


def _between(minute: Minute, share: float) -> int:
    price = _cents(minute.open + (minute.close - minute.open) * share)
    return min(minute.high, max(minute.low, price))


def _cents(ticks: float) -> int:
    return round(ticks / _CENT) * _CENT
