# SPDX-License-Identifier: Apache-2.0
"""Generated minutes obey the day they are generated from."""

from __future__ import annotations

from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_provider.simulator.market.daily_file import DailyBar
from ib_provider.simulator.market.session_path import minute_path


@st.composite
def days(draw: st.DrawFn) -> DailyBar:
    low = draw(st.integers(10_000, 9_000_000))
    high = low + draw(st.integers(0, 500_000))
    start, end = draw(st.integers(low, high)), draw(st.integers(low, high))
    return DailyBar(date(2013, 3, 1), start, high, low, end, draw(st.integers(0, 10**9)))


@settings(max_examples=60, deadline=None)
@given(day=days(), length=st.sampled_from([1, 2, 3, 15, 210, 390]), key=st.text(max_size=4))
def test_path_of_any_span_keeps_its_prices_and_volume(day: DailyBar, length: int, key: str) -> None:
    """First is the open, last the close, the extremes are touched and never passed."""
    minutes = minute_path(day, length, key, step=100)
    assert len(minutes) == length
    assert minutes.open[0] == day.open
    assert minutes.close[-1] == day.close
    assert minutes.high.max() == day.high
    assert minutes.low.min() == day.low
    assert minutes.volume.sum() == day.volume
    assert (minutes.low <= np.minimum(minutes.open, minutes.close)).all()
    assert (minutes.high >= np.maximum(minutes.open, minutes.close)).all()
    assert (minutes.volume >= 0).all()
    assert (minutes.close[:-1] == minutes.open[1:]).all()


_DAY = DailyBar(date(2013, 3, 1), 4_380_000, 4_381_799, 4_299_800, 4_304_700, 19_730_300)


def test_path_of_one_key_is_always_the_same() -> None:
    """The path is a function of the day and the key; these prices must not change by a release."""
    path = minute_path(_DAY, 390, "1/AAPL/2013-03-01", step=100)
    again = minute_path(_DAY, 390, "1/AAPL/2013-03-01", step=100)
    other = minute_path(_DAY, 390, "2/AAPL/2013-03-01", step=100)
    assert (path.close == again.close).all()
    assert (path.close != other.close).any()
    assert [int(path.close[place]) for place in (0, 100, 200, 300)] == [
        4379300,
        4373800,
        4352800,
        4310500,
    ]


def test_minutes_of_a_busy_span_all_trade() -> None:
    """Each has enough to show an open, a high, a low and a close."""
    path = minute_path(_DAY, 390, "k", step=100)
    assert path.volume.min() >= 4
    assert path.volume[:30].sum() > path.volume[180:210].sum()
