# SPDX-License-Identifier: Apache-2.0
"""Splits against the file: the price halves on the day of the table, and nowhere else."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from ib_provider.simulator.market.daily_file import daily_file_path, read_daily_file
from ib_provider.simulator.market.splits import SPLITS, Split, split_factor


@pytest.mark.parametrize("split", SPLITS, ids=str)
def test_split_session_in_file_opens_at_half_the_price(split: Split) -> None:
    """The file's unadjusted price is cut by the ratio between that session and the one before."""
    days = read_daily_file(daily_file_path())[split.symbol]
    place = next(index for index, day in enumerate(days) if day.session == split.session)
    assert days[place - 1].close / days[place].open == pytest.approx(split.ratio, rel=0.02)


def test_file_halvings_are_the_splits_and_one_fall() -> None:
    """Every overnight halving of the open is in the table; Apple's of 2000-09-29 is real."""
    found = {
        (symbol, after.session)
        for symbol in ("AAPL", "GOOG", "IBM", "MSFT", "FB")
        for before, after in pairwise(read_daily_file(daily_file_path())[symbol])
        if after.open < before.close * 0.6
    }
    table = {(split.symbol, split.session) for split in SPLITS}
    assert found - table == {("AAPL", date(2000, 9, 29))}
    assert table <= found


def test_factor_counts_splits_after_the_bar_up_to_the_clock() -> None:
    """A split counts from its own session on, for sessions before it."""
    eve, day = date(2005, 2, 25), date(2005, 2, 28)
    assert split_factor("AAPL", eve, eve) == 1
    assert split_factor("AAPL", eve, day) == 2
    assert split_factor("AAPL", day, day) == 1
    assert split_factor("AAPL", date(2000, 3, 1), date(2013, 3, 4)) == 4
    assert split_factor("IBM", date(2000, 3, 1), date(2013, 3, 4)) == 1
