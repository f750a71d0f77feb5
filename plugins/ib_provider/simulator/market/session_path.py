# SPDX-License-Identifier: Apache-2.0
"""A price path, minute by minute, through a span's known open, high, low and close.

Rules:
    * The first point is the open and the last one the close; the high and the low are touched,
      and nothing lies outside them.
    * The minutes' volumes add up to the span's, and no minute is without a trade.
    * The same key gives the same path on every machine.

What lies between is generated, not history: a Brownian bridge, with more volume at both ends of
the span as real sessions have.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from ib_provider.simulator.market.daily_file import DailyBar
from ib_provider.simulator.market.noise import Floats, Ints, normals, uniforms

__all__ = ["LEAST_VOLUME", "Minutes", "folded", "joined", "minute_path"]

#: Trades a minute must have to show an open, a high, a low and a close of its own.
LEAST_VOLUME: Final = 4
_ROUGHNESS: Final = 0.6


@dataclass(frozen=True, slots=True)
class Minutes:
    """Consecutive minutes: prices in an instrument's units, volumes in contracts.

    Shape: five columns of the same length, one row a minute.
    """

    open: Ints
    high: Ints
    low: Ints
    close: Ints
    volume: Ints

    def __len__(self) -> int:
        return len(self.open)

    def between(self, first: int, last: int) -> Minutes:
        """Return the rows from ``first`` up to ``last``, exclusive."""
        return Minutes(
            self.open[first:last],
            self.high[first:last],
            self.low[first:last],
            self.close[first:last],
            self.volume[first:last],
        )


def joined(parts: list[Minutes]) -> Minutes:
    """Return several spans as one."""
    return Minutes(
        np.concatenate([part.open for part in parts]),
        np.concatenate([part.high for part in parts]),
        np.concatenate([part.low for part in parts]),
        np.concatenate([part.close for part in parts]),
        np.concatenate([part.volume for part in parts]),
    )


def minute_path(span: DailyBar, minutes: int, key: str, *, step: int) -> Minutes:
    """Return the path of a span of so many minutes. ``key`` is the seed, ``step`` the tick."""
    if minutes < 3:
        return _too_short(span, minutes)
    drawn = uniforms(key, 4 * minutes + 3 * minutes + 4)
    bell, flat = normals(drawn[: 4 * minutes]), drawn[4 * minutes :].tolist()
    extra = drawn[4 * minutes + 4 :].reshape(3, minutes)
    points = _points(span, minutes, bell, flat[:4], step)
    start, end = points[:-1], points[1:]
    reach = (span.high - span.low) / minutes**0.5 * _ROUGHNESS
    up = np.rint(extra[0] * reach / step).astype(np.int64) * step
    down = np.rint(extra[1] * reach / step).astype(np.int64) * step
    return Minutes(
        start,
        np.minimum(span.high, np.maximum(start, end) + up),
        np.maximum(span.low, np.minimum(start, end) - down),
        end,
        _volumes(span.volume, minutes, extra[2]),
    )


def folded(prices: Floats, low: Ints | int, high: Ints | int, step: int) -> Ints:
    """Return prices reflected at two bounds until they lie between, on the grid of ``step``."""
    room = np.maximum(1, np.asarray(high) - low)
    away = np.mod(prices - low, 2 * room)
    inside = low + np.minimum(away, 2 * room - away)
    grid = np.rint(inside / step).astype(np.int64) * step
    held: Ints = np.minimum(high, np.maximum(low, grid))
    return held


def _points(span: DailyBar, minutes: int, bell: Floats, flat: list[float], step: int) -> Ints:
    high_at = _moment(span.high, span, minutes, flat[0])
    low_at = _moment(span.low, span, minutes, flat[1])
    if high_at == low_at and span.high != span.low:
        low_at = low_at + 1 if low_at + 1 < minutes else low_at - 1
    stops = {high_at: span.high, low_at: span.low} | {0: span.open, minutes: span.close}
    sigma = (span.high - span.low) / minutes**0.5 * _ROUGHNESS
    walk = np.concatenate(([0.0], np.cumsum(bell * sigma)))
    points = np.empty(minutes + 1, dtype=np.int64)
    for (begin, start), (finish, end) in pairwise(sorted(stops.items())):
        piece = walk[begin : finish + 1] - walk[begin]
        share = np.arange(finish - begin + 1) / (finish - begin)
        free = start + piece - piece[-1] * share + (end - start) * share
        points[begin : finish + 1] = folded(free, span.low, span.high, step)
        points[begin], points[finish] = start, end
    return points


def _too_short(span: DailyBar, minutes: int) -> Minutes:
    """Return a span of one or two minutes: all of it happens in the first."""
    rest, volumes = [span.close] * (minutes - 1), [0] * (minutes - 1)
    return Minutes(
        open=np.array([span.open, *rest], dtype=np.int64),
        high=np.array([span.high, *rest], dtype=np.int64),
        low=np.array([span.low, *rest], dtype=np.int64),
        close=np.array([span.close, *rest], dtype=np.int64),
        volume=np.array([span.volume, *volumes], dtype=np.int64),
    )


def _moment(price: int, span: DailyBar, minutes: int, drawn: float) -> int:
    """Return the point at which an extreme is touched: the ends where they already touch it."""
    if price == span.open:
        return 0
    if price == span.close:
        return minutes
    return 1 + int(drawn * (minutes - 1))


def _volumes(total: int, minutes: int, drawn: Floats) -> Ints:
    """Return volumes that add up, at least a trade for each price of a bar where that is enough."""
    least = LEAST_VOLUME if total >= LEAST_VOLUME * minutes else 0
    free = total - least * minutes
    place = 2 * np.arange(minutes) / minutes - 1
    weights = np.cumsum((1 + 2.5 * place**4) * (0.5 + drawn))
    upto = np.floor(free * (weights / weights[-1])).astype(np.int64)
    upto[-1] = free
    volumes: Ints = np.diff(upto, prepend=0) + least
    return volumes
