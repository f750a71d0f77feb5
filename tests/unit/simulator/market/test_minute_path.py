# SPDX-License-Identifier: Apache-2.0
"""Generated minutes obey the day they are generated from."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ib_provider.simulator.market.daily_file import DailyBar
from ib_provider.simulator.market.minute_path import minute_path


@st.composite
def days(draw: st.DrawFn) -> DailyBar:
    low = draw(st.integers(10_000, 9_000_000))
    high = low + draw(st.integers(0, 500_000))
    start, end = draw(st.integers(low, high)), draw(st.integers(low, high))
    return DailyBar(date(2013, 3, 1), start, high, low, end, draw(st.integers(0, 10**9)))


@settings(max_examples=60, deadline=None)
@given(day=days(), length=st.sampled_from([210, 390]), key=st.text(max_size=4))
def test_path_of_any_day_keeps_its_prices_and_volume(day: DailyBar, length: int, key: str) -> None:
    """First is the open, last the close, the extremes are touched and never passed."""
    minutes = minute_path(day, length, key).minutes
    assert len(minutes) == length
    assert minutes[0].open == day.open
    assert minutes[-1].close == day.close
    assert max(minute.high for minute in minutes) == day.high
    assert min(minute.low for minute in minutes) == day.low
    assert sum(minute.volume for minute in minutes) == day.volume
    for minute in minutes:
        assert minute.low <= min(minute.open, minute.close)
        assert minute.high >= max(minute.open, minute.close)
        assert minute.volume >= 0
    assert all(before.close == after.open for before, after in pairwise(minutes))


_DAY = DailyBar(date(2013, 3, 1), 4_380_000, 4_381_799, 4_299_800, 4_304_700, 19_730_300)


def test_path_of_one_key_is_always_the_same() -> None:
    """The path is a function of the day and the key; these prices must not change by a release."""
    path = minute_path(_DAY, 390, "1/AAPL/2013-03-01")
    assert path == minute_path(_DAY, 390, "1/AAPL/2013-03-01")
    assert path != minute_path(_DAY, 390, "2/AAPL/2013-03-01")
    assert [path.minutes[place].close for place in (0, 100, 200, 300)] == [
        4379700,
        4305200,
        4313600,
        4312900,
    ]


def test_path_until_an_instant_cuts_the_running_minute() -> None:
    """A bar that still runs shows what has traded so far."""
    path = minute_path(_DAY, 390, "k")
    assert path.until(0) == ()
    assert path.until(60) == path.minutes[:1]
    assert path.until(10**6) == path.minutes
    running = path.until(90)[1]
    whole = path.minutes[1]
    assert running.close == path.price_at(90)
    assert running.open == whole.open
    assert whole.low <= running.low <= running.high <= whole.high
    assert running.volume == whole.volume // 2
