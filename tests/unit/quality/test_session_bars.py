# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from ib_provider.domain.bar import BarSize, BarSpec
from ib_provider.domain.expected_sessions import ExpectedSessions
from ib_provider.domain.session_span import SessionSpan
from ib_provider.quality import judge
from ib_provider.quality.session_bars import session_bars
from tests.support.bar_tables import minute_bars, series_key

#: The day after Thanksgiving 2012: New York closed at one. Source: NYSE holiday calendar.
HALF_DAY, WHOLE_DAY, CLOSED = date(2012, 11, 23), date(2012, 11, 26), date(2012, 11, 22)
HOURS = {
    day: SessionSpan(
        session=day,
        begin=datetime(day.year, day.month, day.day, 14, 30, tzinfo=UTC),
        end=datetime(day.year, day.month, day.day, until, 0, tzinfo=UTC),
    )
    for day, until in ((HALF_DAY, 18), (WHOLE_DAY, 21))
}


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
    counts = session_bars(BarSpec(size=size), [CLOSED, HALF_DAY, WHOLE_DAY], HOURS)
    assert counts == {HALF_DAY: half, WHOLE_DAY: whole}


@pytest.mark.parametrize(
    "spec",
    [BarSpec(), BarSpec(size=BarSize.HOUR_4), BarSpec(size=BarSize.MIN_1, rth=False)],
    ids=str,
)
def test_nothing_is_said_where_nothing_is_known(spec: BarSpec) -> None:
    """Days, long bars, all hours."""
    assert session_bars(spec, [WHOLE_DAY], HOURS) == {}


@pytest.mark.parametrize(("bars", "rows"), [(390, ()), (351, ()), (350, ("350 of 390",))])
def test_session_short_of_bars_is_a_warning(bars: int, rows: tuple[str, ...]) -> None:
    """Nine tenths are enough, one bar less is told."""
    table = minute_bars([WHOLE_DAY], a_session=bars)
    expected = ExpectedSessions((WHOLE_DAY,), HOURS)
    found = judge(table, series_key(size=BarSize.MIN_1), expected=expected)
    assert [(item.check, item.severity.value) for item in found] == (
        [("session_bars", "warning")] if rows else []
    )
    assert [item.rows for item in found] == ([("2012-11-26 has 350 of 390 bars",)] if rows else [])


def test_bars_of_a_session_without_hours_are_not_counted() -> None:
    """Nobody said when it trades: three bars may be all there are."""
    table = minute_bars([WHOLE_DAY])
    assert judge(table, series_key(size=BarSize.MIN_1), expected=[WHOLE_DAY]) == ()
