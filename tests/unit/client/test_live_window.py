# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import timedelta

import pytest

from ib_provider.client.live_window import window_duration
from ib_provider.domain.bar import BarSize

#: Largest and smallest bar of each unit. Source: TWS API, "Historical bar data", duration units.
ALLOWED = {
    "S": (timedelta(seconds=1), timedelta(minutes=1)),
    "D": (timedelta(seconds=5), timedelta(hours=1)),
    "W": (timedelta(seconds=10), timedelta(hours=4)),
    "M": (timedelta(seconds=30), timedelta(hours=8)),
    "Y": (timedelta(minutes=1), timedelta(days=40)),
}
REACH = {"S": 1, "D": 86_400, "W": 604_800, "M": 28 * 86_400, "Y": 360 * 86_400}


@pytest.mark.parametrize("size", list(BarSize))
@pytest.mark.parametrize("past_s", [0, 59, 3_600, 90_000, 864_000])
def test_duration_fits_the_bar_size_and_reaches_back(size: BarSize, past_s: int) -> None:
    """Only units that IB takes for the size, and never less than was asked for."""
    count, unit = window_duration(size, timedelta(seconds=past_s)).split()
    length = size.length if size.is_intraday else timedelta(days=1)
    low, high = ALLOWED[unit]
    assert low <= length <= high
    if size is not BarSize.SEC_1:
        assert int(count) * REACH[unit] >= past_s
        assert unit != "S" or int(count) <= 86_400


def test_one_second_bars_have_a_limit() -> None:
    """2,000 seconds are all that one request may span."""
    assert window_duration(BarSize.SEC_1, timedelta(days=1)) == "2000 S"
