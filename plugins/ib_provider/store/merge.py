# SPDX-License-Identifier: Apache-2.0
"""The upsert of bars: what is new, what is changed, and nothing is ever lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["Merged", "is_sorted", "merge_bars", "missing_bars"]

#: A row whose these differ says something else of the market; ``fetched_at`` alone does not.
_VALUES: Final = ("con_id", "open", "high", "low", "close", "volume", "wap", "bar_count")

_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Bars after an upsert.

    Attributes:
        table: Sorted by (``session``, ``ts``), unique.
        new: Rows whose (``session``, ``ts``) was not there before.
        changed: Rows that were there with another value.
    """

    table: pa.Table
    new: int
    changed: int


def merge_bars(old: pa.Table, new: pa.Table) -> Merged:
    """Return ``old`` overwritten by ``new`` on (``session``, ``ts``); the last row of a time wins.

    Args:
        old: What is stored: sorted and unique.
        new: What came, in any order, in the same schema.
    """
    if _follows(old, new):
        table = pa.concat_tables([old, new]).combine_chunks()
        return Merged(table=table, new=new.num_rows, changed=0)
    rows = pa.concat_tables([old, new]).combine_chunks()
    session, ts = _keys(rows)
    order = np.lexsort((ts, session))  # stable: within one time, old before new
    same_as_next = _same_as_next(session[order], ts[order])
    is_last = ~same_as_next
    last = order[is_last]
    first = order[np.concatenate(([True], is_last[:-1]))] if len(order) else order
    was_there = (first < old.num_rows) & (last >= old.num_rows)
    changed = _differing(rows, first[was_there], last[was_there])
    return Merged(
        table=rows.take(pa.array(last)),
        new=int(np.count_nonzero(first >= old.num_rows)),
        changed=int(np.count_nonzero(changed)),
    )


def missing_bars(old: pa.Table, new: pa.Table) -> int:
    """Return how many times (``session``, ``ts``) of ``old`` are not in ``new``."""
    there = set(zip(*(column.tolist() for column in _keys(new)), strict=True))
    return sum(key not in there for key in zip(*(c.tolist() for c in _keys(old)), strict=True))


def _follows(old: pa.Table, new: pa.Table) -> bool:
    """Return whether ``new`` is sorted, unique and after ``old``: then nothing needs sorting."""
    return is_sorted(pa.concat_tables([old.slice(max(old.num_rows - 1, 0)), new]))


def is_sorted(rows: pa.Table) -> bool:
    """Return whether bars ascend by (``session``, ``ts``), each time once."""
    session, ts = _keys(rows)
    later = (session[1:] > session[:-1]) | ((session[1:] == session[:-1]) & (ts[1:] > ts[:-1]))
    return bool(np.all(later))


def _keys(rows: pa.Table) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Return the two key columns as integers; a missing time sorts before every other."""
    session = rows["session"].cast(pa.int32()).to_numpy()
    ts = rows["ts"].cast(pa.int64())
    if ts.null_count:
        ts = ts.fill_null(np.iinfo(np.int64).min)
    return session, ts.to_numpy()


def _same_as_next(session: npt.NDArray[np.int32], ts: npt.NDArray[np.int64]) -> _Mask:
    same = np.zeros(len(session), dtype=np.bool_)
    same[:-1] = (session[1:] == session[:-1]) & (ts[1:] == ts[:-1])
    return same


def _differing(rows: pa.Table, left: npt.NDArray[np.intp], right: npt.NDArray[np.intp]) -> _Mask:
    """Return where two selections of rows differ; nulls are equal, and so are NaNs."""
    differing = np.zeros(len(left), dtype=np.bool_)
    for name in _VALUES:
        column = rows[name]
        missing = column.is_null().to_numpy()
        values = column.fill_null(0).to_numpy()
        a, b = values[left], values[right]
        # NaN is the one value that differs from itself.
        unequal = (a != b) & ~((a != a) & (b != b))  # noqa: PLR0124
        differing |= unequal | (missing[left] != missing[right])
    return differing
