# SPDX-License-Identifier: Apache-2.0
"""Shapes in a series of prices that no market makes, or hardly one: which bars have them.

Rules:
    * A spike goes away by a factor and comes back by one in the next bar: a misplaced decimal, a
      price of another contract. Markets fall that far, but they do not return at once.
    * A jump is a move far beyond those of the same series: real more often than not, so it is
      shown and stops nothing.
    * Prices are stale where several bars in a row repeat open, high, low, close and volume.
    * The bars are judged in the order they stand in, which is that of the series.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = [
    "JUMP_Z",
    "LEAST_JUMP",
    "SPIKE_FACTOR",
    "STALE_RUN",
    "is_jump",
    "is_spike",
    "is_stale",
]

#: By what a spike leaves its neighbours, on both sides.
SPIKE_FACTOR: Final = 3.0
#: How many equal bars in a row are one too many.
STALE_RUN: Final = 5
#: From which robust z-score a move is a jump.
JUMP_Z: Final = 25.0
#: A jump is at least this large, so that a market which hardly moves has none.
LEAST_JUMP: Final = 0.05
#: Standard deviations a median absolute deviation, for a normal distribution.
_NORMAL: Final = 1.4826
_FEWEST: Final = 20  # moves from which a scale can be told

_Floats = npt.NDArray[np.float64]
_Mask = npt.NDArray[np.bool_]


def is_spike(close: _Floats, factor: float = SPIKE_FACTOR) -> _Mask:
    """Return which closes leave both neighbours by a factor, in one direction.

    A first or last bar has one neighbour and is never one; neither is a price that is missing or
    not above zero.
    """
    found = np.zeros(len(close), dtype=np.bool_)
    moves = _moves(close)
    there, back = moves[:-1], -moves[1:]
    bound = np.log(factor)
    with np.errstate(invalid="ignore"):
        found[1:-1] = ((there > bound) & (back > bound)) | ((there < -bound) & (back < -bound))
    return found


def is_jump(close: _Floats, z: float = JUMP_Z, least: float = LEAST_JUMP) -> _Mask:
    """Return which closes moved far beyond what the series does, by a robust z-score."""
    found = np.zeros(len(close), dtype=np.bool_)
    moves = _moves(close)
    known = moves[np.isfinite(moves)]
    if len(known) < _FEWEST:
        return found
    middle = float(np.median(known))
    scale = max(_NORMAL * float(np.median(np.abs(known - middle))), least / z)
    with np.errstate(invalid="ignore"):
        found[1:] = np.abs(moves - middle) > z * scale
    return found


def is_stale(bars: _Floats, run: int = STALE_RUN) -> _Mask:
    """Return which rows are in a run of at least so many equal ones.

    Args:
        bars: A row a bar: open, high, low, close, volume. A row without volume is in no run: where
            nothing trades the last price stands, as it should.
    """
    found = np.zeros(len(bars), dtype=np.bool_)
    if len(bars) < run:
        return found
    same = np.zeros(len(bars), dtype=np.bool_)
    same[1:] = np.all(bars[1:] == bars[:-1], axis=1) & (bars[1:, -1] > 0)
    edges = np.flatnonzero(~same)
    for begin, end in zip(edges, [*edges[1:], len(bars)], strict=True):
        if end - begin >= run:
            found[begin:end] = True
    return found


def _moves(close: _Floats) -> _Floats:
    """Return the logarithmic move into each bar from the one before; NaN where there is none."""
    usable = np.where(close > 0, close, np.nan)
    moves: _Floats = np.diff(np.log(usable))
    return moves
