# SPDX-License-Identifier: Apache-2.0
"""Where a new answer meets what is stored: the same market, a split, or a revision.

Rules:
    * IB's bars are adjusted for splits as of the request. After a split the stored tail and the
      new answer differ by one ratio in every bar they share, and an append would make a seam.
    * Bars that differ without a common ratio were revised: those bars are overwritten and logged.
    * A ratio is told from rounding: prices come rounded to their tick, so a cheap share's ratio
      scatters more than a dear one's.
    * Two shared bars at least are needed to call a difference a split.

Source: TWS API, "Historical Bars": TRADES are adjusted for splits, not for dividends.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Seam", "SeamKind", "judge_seam"]

_KEY: Final = ["session", "ts"]
_PRICES: Final = ("open", "high", "low", "close")
_COMPARED: Final = (*_PRICES, "volume")
#: Half a cent on each side of a ratio: what rounding to a tick can do.
_ROUNDING: Final = 0.005
#: Relative noise that is no difference: doubles that went through text.
_EQUAL: Final = 1e-9
#: Below this a common ratio is no corporate action: the smallest stock dividends are one per cent.
_LEAST_RATIO: Final = 0.004
_LEAST_SHARED: Final = 2

_Floats = npt.NDArray[np.float64]


class SeamKind(StrEnum):
    """What the shared bars say."""

    UNPROVEN = "unproven"
    SAME = "same"
    SPLIT = "split"
    REVISED = "revised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seam:
    """The comparison of stored bars with a new answer.

    Attributes:
        shared: Bars that both have.
        differing: Of those, bars with another open, high, low, close or volume.
        ratio: New price over stored price; 1.0 unless it is a split.
    """

    kind: SeamKind
    shared: int
    differing: int
    ratio: float = 1.0


def judge_seam(stored: pa.Table, answer: pa.Table) -> Seam:
    """Return what bars in both tables say of the new answer; both in ``BAR_SCHEMA``'s columns."""
    both = _keyed(stored).join(_keyed(answer), keys=_KEY, join_type="inner", right_suffix="_new")
    if not both.num_rows:
        return Seam(kind=SeamKind.UNPROVEN, shared=0, differing=0)
    differing = int(np.count_nonzero(_differing(both)))
    if not differing:
        return Seam(kind=SeamKind.SAME, shared=both.num_rows, differing=0)
    ratio = _common_ratio(both)
    if ratio is None:
        return Seam(kind=SeamKind.REVISED, shared=both.num_rows, differing=differing)
    return Seam(kind=SeamKind.SPLIT, shared=both.num_rows, differing=differing, ratio=ratio)


def _keyed(table: pa.Table) -> pa.Table:
    """Return the columns compared; no time is a time here, for a join matches no nulls."""
    at = pc.fill_null(table["ts"].cast(pa.int64()), np.iinfo(np.int64).min)
    columns = [table["session"], at, *(table[name] for name in _COMPARED)]
    return pa.table(columns, names=[*_KEY, *_COMPARED])


def _differing(both: pa.Table) -> npt.NDArray[np.bool_]:
    found = np.zeros(both.num_rows, dtype=np.bool_)
    for name in _COMPARED:
        old, new = _column(both, name), _column(both, f"{name}_new")
        same = np.isclose(old, new, rtol=_EQUAL, atol=0.0, equal_nan=True)
        found |= ~same
    return found


def _common_ratio(both: pa.Table) -> float | None:
    """Return the ratio that every price shares, or None where there is none but one."""
    old = np.concatenate([_column(both, name) for name in _PRICES])
    new = np.concatenate([_column(both, f"{name}_new") for name in _PRICES])
    usable = np.isfinite(old) & np.isfinite(new) & (old > 0) & (new > 0)
    if both.num_rows < _LEAST_SHARED or np.count_nonzero(usable) < _LEAST_SHARED * len(_PRICES):
        return None
    old, new = old[usable], new[usable]
    ratios = new / old
    ratio = float(np.median(ratios))
    scatter = ratios * (_ROUNDING / old + _ROUNDING / new)
    if abs(ratio - 1.0) < _LEAST_RATIO or np.any(np.abs(ratios - ratio) > scatter + _EQUAL):
        return None
    return ratio


def _column(table: pa.Table, name: str) -> _Floats:
    values: _Floats = table[name].fill_null(np.nan).to_numpy()
    return values
