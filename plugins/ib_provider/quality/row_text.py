# SPDX-License-Identifier: Apache-2.0
"""Offending bars in words: when, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from ib_provider.quality.checks import Check, Row

__all__ = ["SHOWN", "row_texts"]

#: Rows named in a finding; its count is of all of them.
SHOWN = 10


def row_texts(check: Check, bars: pa.Table, indices: Sequence[int]) -> tuple[str, ...]:
    """Return the words on the first ``SHOWN`` of the offending rows.

    Args:
        indices: Positions of the rows in ``bars``, ascending.
    """
    rows = bars.take(pa.array(indices[:SHOWN], pa.int64())).to_pylist()
    return tuple(f"{_when(row)} {check.describe(row)}" for row in rows)


def _when(row: Row) -> str:
    ts = row["ts"]
    return str(row["session"]) if ts is None else f"{row['session']} {ts:%Y-%m-%dT%H:%M:%SZ}"
