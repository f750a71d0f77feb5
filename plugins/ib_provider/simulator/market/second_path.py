# SPDX-License-Identifier: Apache-2.0
"""The sixty seconds of a minute, and the trades of a second.

Rules, for every minute that has at least four contracts to trade:
    * The seconds open where the minute opens and close where it closes; the extremes are touched
      by seconds that trade, and nothing lies outside them. The volumes add up.
    * A second without a trade stands where the one before it closed.
    * The trades of a second are its open, its extremes and its close, as far as its volume lets
      them be told apart; the last one is its close.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ib_provider.simulator.market.noise import Floats, Ints, normals, seed_of, uniforms_at
from ib_provider.simulator.market.session_path import LEAST_VOLUME, Minutes, folded

__all__ = ["SECONDS", "Print", "prints_of", "second_path"]

SECONDS: Final = 60
_BUSY: Final = 240  # contracts a minute from which the first and the last second always trade
_ROUGHNESS: Final = 0.35
_ODD: Final = 0xD1B54A32D192ED03


class Print(NamedTuple):
    """One trade: a price in the instrument's units, and its size."""

    price: int
    size: int


def second_path(minutes: Minutes, key: str, first: int, *, step: int) -> Minutes:
    """Return the seconds of consecutive minutes, sixty rows each, joined.

    Args:
        key: The seed of the session that the minutes are part of.
        first: Place of the first of these minutes in that session.
    """
    count = len(minutes)
    places = np.arange(first, first + count, dtype=np.uint64) + np.uint64(1)
    seeds = np.uint64(seed_of(key)) ^ (places * np.uint64(_ODD))
    drawn = uniforms_at(seeds, 4 * SECONDS + 3 * SECONDS + 8)
    anchors = _anchors(drawn[:, :8], minutes.volume)
    volume = _volumes(minutes.volume, anchors, drawn[:, 8 : 8 + SECONDS])
    close = _closes(minutes, anchors, volume, drawn, step)
    start = np.concatenate((minutes.open[:, None], close[:, :-1]), axis=1)
    start = np.where(volume == 1, close, start)
    reach = (minutes.high - minutes.low)[:, None] * 0.08
    full = volume >= LEAST_VOLUME
    extra = drawn[:, 8 + 5 * SECONDS : 8 + 7 * SECONDS].reshape(count, 2, SECONDS)
    up = np.where(full, np.rint(extra[:, 0] * reach / step).astype(np.int64) * step, 0)
    down = np.where(full, np.rint(extra[:, 1] * reach / step).astype(np.int64) * step, 0)
    return Minutes(
        start.ravel(),
        np.minimum(minutes.high[:, None], np.maximum(start, close) + up).ravel(),
        np.maximum(minutes.low[:, None], np.minimum(start, close) - down).ravel(),
        close.ravel(),
        volume.ravel(),
    )


def prints_of(opened: int, high: int, low: int, close: int, volume: int) -> tuple[Print, ...]:
    """Return the trades of one second, in order."""
    if volume <= 0:
        return ()
    if volume == 1:
        return (Print(close, 1),)
    path = [opened, close]
    if volume >= LEAST_VOLUME:
        inner = [low, high] if opened <= close else [high, low]
        path = [opened, *(price for price in inner if price not in (opened, close)), close]
    share = volume // len(path)
    sizes = [share] * (len(path) - 1) + [volume - share * (len(path) - 1)]
    return tuple(Print(price, size) for price, size in zip(path, sizes, strict=True))


def _anchors(drawn: Floats, volume: Ints) -> Ints:
    """Return the seconds at which each minute is at its open, two extremes and close, ascending."""
    starts = np.array([0, 15, 30, 45])
    anchors = starts[None, :] + np.floor(drawn[:, :4] * 15).astype(np.int64)
    busy = volume >= _BUSY
    anchors[:, 0] = np.where(busy, 0, anchors[:, 0])
    anchors[:, 3] = np.where(busy, SECONDS - 1, anchors[:, 3])
    return anchors


def _volumes(total: Ints, anchors: Ints, drawn: Floats) -> Ints:
    """Return each second's volume: at least one at every anchor, none before or after them."""
    count, seconds = len(total), np.arange(SECONDS)
    alive = (seconds >= anchors[:, :1]) & (seconds <= anchors[:, 3:])
    weights = np.cumsum(np.where(alive, 0.2 + drawn, 0.0), axis=1)
    free = np.maximum(0, total - LEAST_VOLUME)
    upto = np.floor(free[:, None] * (weights / weights[:, -1:])).astype(np.int64)
    upto[:, -1] = free
    spread = np.diff(upto, axis=1, prepend=0)
    # rounding may leave the rest at the very last second, which need not trade
    last = spread[:, -1] * (anchors[:, 3] < SECONDS - 1)
    spread[:, -1] -= last
    rows = np.arange(count)
    spread[rows, anchors[:, 3]] += last
    enough = total >= LEAST_VOLUME
    for column in range(LEAST_VOLUME):
        spread[rows, anchors[:, column]] += enough
    spread[rows, anchors[:, 3]] += np.where(enough, 0, total)
    volumes: Ints = spread
    return volumes


def _closes(minutes: Minutes, anchors: Ints, volume: Ints, drawn: Floats, step: int) -> Ints:
    """Return where each second closes. Shape: (minutes, seconds)."""
    high_first = drawn[:, 4] < 0.5
    second = np.where(high_first, minutes.high, minutes.low)
    third = np.where(high_first, minutes.low, minutes.high)
    levels = np.stack((minutes.open, second, third, minutes.close), axis=1).astype(np.float64)
    seconds = np.arange(SECONDS)[None, :]
    piece = (seconds >= anchors[:, 1:2]).astype(np.int64) + (seconds >= anchors[:, 2:3])
    left = np.take_along_axis(anchors, piece, axis=1)
    right = np.take_along_axis(anchors, piece + 1, axis=1)
    share = np.clip((seconds - left) / (right - left), 0.0, 1.0)
    sigma = (minutes.high - minutes.low)[:, None] * (_ROUGHNESS / SECONDS**0.5)
    walk = np.cumsum(normals(drawn[:, 8 + SECONDS : 8 + 5 * SECONDS]) * sigma, axis=1)
    at_left, at_right = (np.take_along_axis(walk, place, axis=1) for place in (left, right))
    level_left = np.take_along_axis(levels, piece, axis=1)
    level_right = np.take_along_axis(levels, piece + 1, axis=1)
    line = level_left + (level_right - level_left) * share
    free = line + walk - (at_left + (at_right - at_left) * share)
    path = folded(free, minutes.low[:, None], minutes.high[:, None], step)
    for place, level in enumerate((minutes.open, second, third, minutes.close)):
        np.put_along_axis(path, anchors[:, place : place + 1], level[:, None], axis=1)
    # silence stands where the last trade was
    traded = np.where(volume > 0, seconds, -1)
    latest = np.maximum.accumulate(traded, axis=1)
    held = np.take_along_axis(path, np.maximum(latest, 0), axis=1)
    closes: Ints = np.where(latest < 0, minutes.open[:, None], held)
    return closes
