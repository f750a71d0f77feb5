# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date

import pytest

from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey
from ib_provider.quality import judge
from ib_provider.quality.session_bars import session_bars
from tests.support.bar_tables import minute_bars, series_key

#: The day after Thanksgiving 2012: New York closed at one. Source: NYSE holiday calendar.
HALF_DAY, WHOLE_DAY, CLOSED = date(2012, 11, 23), date(2012, 11, 26), date(2012, 11, 22)


@pytest.mark.parametrize(
    ("size", "whole", "half"),
    [
        (BarSize.MIN_1, 390, 210),
        (BarSize.MIN_5, 78, 42),
        (BarSize.MIN_30, 13, 7),
        (BarSize.HOUR_1, 7, 4),  # the first is from half past nine to ten
    ],
)
def test_session_has_room_for_so_many_bars(size: BarSize, whole: int, half: int) -> None:
    """Six hours and a half, and three and a half."""
    counts = session_bars(series_key(size=size), [CLOSED, HALF_DAY, WHOLE_DAY])
    assert counts == {HALF_DAY: half, WHOLE_DAY: whole}


@pytest.mark.parametrize(
    "key",
    [
        series_key(),
        series_key(size=BarSize.HOUR_4),
        series_key("AAPL.NOWHERE", BarSize.MIN_1),
        SeriesKey(instrument_id="IBM.NYSE", spec=BarSpec(size=BarSize.MIN_1, rth=False)),
    ],
    ids=str,
)
def test_nothing_is_said_where_nothing_is_known(key: SeriesKey) -> None:
    """Days, long bars, all hours, and venues that no table names."""
    assert session_bars(key, [WHOLE_DAY]) == {}


@pytest.mark.parametrize(("bars", "rows"), [(390, ()), (351, ()), (350, ("350 of 390",))])
def test_session_short_of_bars_is_a_warning(bars: int, rows: tuple[str, ...]) -> None:
    """Nine tenths are enough, one bar less is told."""
    table = minute_bars([WHOLE_DAY], a_session=bars)
    found = judge(table, series_key(size=BarSize.MIN_1), expected=[WHOLE_DAY])
    assert [(item.check, item.severity.value) for item in found] == (
        [("session_bars", "warning")] if rows else []
    )
    assert [item.rows for item in found] == ([("2012-11-26 has 350 of 390 bars",)] if rows else [])
