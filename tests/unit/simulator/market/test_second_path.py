# SPDX-License-Identifier: Apache-2.0
"""Seconds obey their minute, and trades their second."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_provider.simulator.market.second_path import prints_of, second_path
from ib_provider.simulator.market.session_path import Minutes


@st.composite
def minutes(draw: st.DrawFn) -> Minutes:
    rows = []
    for _ in range(draw(st.integers(1, 5))):
        low = draw(st.integers(100, 10_000))
        high = low + draw(st.integers(0, 500))
        opened, close = draw(st.integers(low, high)), draw(st.integers(low, high))
        rows.append((opened, high, low, close, draw(st.integers(4, 100_000))))
    return Minutes(*(np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)))


@settings(max_examples=80, deadline=None)
@given(rows=minutes(), key=st.text(max_size=3), first=st.integers(0, 1000))
def test_seconds_of_any_minute_are_that_minute(rows: Minutes, key: str, first: int) -> None:
    """Open, high, low, close and volume; silence stands where the last trade was."""
    fine = second_path(rows, key, first, step=1)
    count = len(rows)
    assert (fine.open.reshape(count, 60)[:, 0] == rows.open).all()
    assert (fine.close.reshape(count, 60)[:, -1] == rows.close).all()
    assert (fine.high.reshape(count, 60).max(axis=1) == rows.high).all()
    assert (fine.low.reshape(count, 60).min(axis=1) == rows.low).all()
    assert (fine.volume.reshape(count, 60).sum(axis=1) == rows.volume).all()
    silent = fine.volume == 0
    assert (fine.open[silent] == fine.close[silent]).all()


@settings(max_examples=80, deadline=None)
@given(rows=minutes())
def test_trades_of_any_minute_are_that_minute(rows: Minutes) -> None:
    """The first trade is the open, the last the close; the extremes trade; sizes add up."""
    fine = second_path(rows, "k", 0, step=1)
    for minute in range(len(rows)):
        prints = [
            one
            for row in range(minute * 60, minute * 60 + 60)
            for one in prints_of(
                int(fine.open[row]),
                int(fine.high[row]),
                int(fine.low[row]),
                int(fine.close[row]),
                int(fine.volume[row]),
            )
        ]
        assert prints[0].price == rows.open[minute]
        assert prints[-1].price == rows.close[minute]
        assert max(one.price for one in prints) == rows.high[minute]
        assert min(one.price for one in prints) == rows.low[minute]
        assert sum(one.size for one in prints) == rows.volume[minute]
        assert all(one.size > 0 for one in prints)


def test_seconds_do_not_depend_on_what_else_is_asked_for() -> None:
    """A minute alone is the minute among others."""
    rows = Minutes(
        *(np.array(column) for column in ([10, 12], [15, 14], [9, 11], [12, 13], [50, 60]))
    )
    together = second_path(rows, "k", 7, step=1)
    alone = second_path(rows.between(1, 2), "k", 8, step=1)
    assert (together.close[60:] == alone.close).all()
    assert (together.volume[60:] == alone.volume).all()
