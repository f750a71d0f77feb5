# SPDX-License-Identifier: Apache-2.0
"""The rows of an answer: sizes, stamps, sides of the market."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_provider.domain.bar import BarSize, WhatToShow
from ib_provider.simulator.market.bar_query import BarQuery, Window
from ib_provider.simulator.market.history import BarHistory
from ib_provider.simulator.market.hours import sessions_between
from ib_provider.wire.messages import BarRow
from tests.support.simulator import OPEN_MONDAY, at, real_market

HISTORY = BarHistory(real_market())


def _rows(
    size: BarSize, first: date, last: date, *, symbol: str = "IBM", **changes: Any
) -> list[BarRow]:
    window = Window(
        sessions=sessions_between("NYSE", first, last),
        start=changes.pop("start", None),
        cutoff=changes.pop("cutoff", OPEN_MONDAY),
    )
    fields: dict[str, Any] = {"what": WhatToShow.TRADES, "epoch": False, "warning": None}
    query = BarQuery(size=size, window=window, **(fields | changes))
    return HISTORY.rows(symbol, query, now=OPEN_MONDAY, zone_name="US/Eastern")


FRIDAY = date(2013, 3, 1)
INTRADAY = [size for size in BarSize if size.is_intraday and not size.value.endswith("secs")]


@pytest.mark.parametrize("size", INTRADAY)
def test_bars_of_any_size_hold_the_same_day(size: BarSize) -> None:
    """Open, high, low, close and volume are those of the file, whatever the size."""
    rows = _rows(size, FRIDAY, FRIDAY)
    assert (rows[0][1], rows[-1][4]) == (200.65, 202.91)
    assert max(row[2] for row in rows) == 202.94
    assert min(row[3] for row in rows) == 199.36
    assert sum(row[5] for row in rows) == 3_308_300


@pytest.mark.parametrize(
    ("size", "starts"),
    [
        (BarSize.HOUR_1, ["09:30", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00"]),
        (BarSize.HOUR_2, ["09:30", "10:00", "12:00", "14:00"]),
        (BarSize.HOUR_3, ["09:30", "12:00", "15:00"]),
        (BarSize.HOUR_4, ["09:30", "12:00"]),
        (BarSize.HOUR_8, ["09:30"]),
    ],
)
def test_long_bars_lie_on_whole_hours(size: BarSize, starts: list[str]) -> None:
    """As recorded at a real gateway: the first hour of the session is half an hour."""
    rows = _rows(size, FRIDAY, FRIDAY)
    assert [row[0] for row in rows] == [f"20130301 {start}:00 US/Eastern" for start in starts]


def test_epoch_stamps_hold_in_summer_and_winter() -> None:
    """09:30 in New York is 13:30 UTC in summer, 14:30 in winter."""
    summer = _rows(BarSize.HOUR_8, date(2012, 7, 2), date(2012, 7, 2), epoch=True)
    winter = _rows(BarSize.HOUR_8, FRIDAY, FRIDAY, epoch=True)
    assert (summer[0][0], winter[0][0]) == ("1341235800", "1362148200")
    local = _rows(BarSize.HOUR_8, date(2012, 7, 2), date(2012, 7, 2))
    assert local[0][0] == "20120702 09:30:00 US/Eastern"


def test_days_are_dated_even_as_epoch() -> None:
    """Daily and longer bars are always dates."""
    rows = _rows(BarSize.DAY_1, date(2013, 2, 27), FRIDAY, epoch=True)
    assert [row[0] for row in rows] == ["20130227", "20130228", "20130301"]


def test_weeks_and_months_gather_their_days() -> None:
    """Volumes add up, and the stamp is the last session."""
    weeks = _rows(BarSize.WEEK_1, date(2013, 2, 18), FRIDAY)
    months = _rows(BarSize.MONTH_1, date(2013, 1, 2), date(2013, 2, 28))
    days = _rows(BarSize.DAY_1, date(2013, 2, 18), FRIDAY)
    assert [row[0] for row in weeks] == ["20130222", "20130301"]
    assert [row[0] for row in months] == ["20130131", "20130228"]
    assert sum(row[5] for row in weeks) == sum(row[5] for row in days)


def test_start_and_cutoff_bound_the_bars() -> None:
    """A bar begins at or after the start; the last one is cut."""
    rows = _rows(
        BarSize.MIN_5, FRIDAY, FRIDAY, start=at("2013-03-01 10:00"), cutoff=at("2013-03-01 10:12")
    )
    assert [row[0][9:14] for row in rows] == ["10:00", "10:05", "10:10"]


def test_sides_of_the_market_surround_the_trades() -> None:
    """Bid below, ask above, and no volume."""
    trades, bid, ask, middle = (
        _rows(BarSize.DAY_1, FRIDAY, FRIDAY, what=what)[0]
        for what in (WhatToShow.TRADES, WhatToShow.BID, WhatToShow.ASK, WhatToShow.MIDPOINT)
    )
    assert bid[4] < trades[4] < ask[4]
    assert middle[4] == trades[4]
    assert bid[5:] == (-1, -1.0, -1)


def test_nothing_is_an_empty_answer() -> None:
    """No seconds, no volatility, nothing before the listing."""
    assert _rows(BarSize.SEC_30, FRIDAY, FRIDAY) == []
    assert _rows(BarSize.DAY_1, FRIDAY, FRIDAY, what=WhatToShow.HISTORICAL_VOLATILITY) == []
    assert _rows(BarSize.DAY_1, date(2012, 5, 1), date(2012, 5, 10), symbol="FB") == []


@settings(max_examples=12, deadline=None)
@given(size=st.sampled_from(INTRADAY), minute=st.integers(1, 389), what=st.sampled_from(WhatToShow))
def test_bars_of_a_running_session_are_consistent(
    size: BarSize, minute: int, what: WhatToShow
) -> None:
    """At any instant every bar has its high above and its low below, in ascending order."""
    cutoff = at("2013-03-01 09:30") + minute * (at("2013-03-01 09:31") - at("2013-03-01 09:30"))
    rows = _rows(size, FRIDAY, FRIDAY, cutoff=cutoff, what=what)
    stamps = [row[0] for row in rows]
    assert stamps == sorted(set(stamps))
    for _, opened, high, low, close, *_ in rows:
        assert low <= min(opened, close) <= max(opened, close) <= high


def test_finished_session_asked_again_is_the_same() -> None:
    """Rows that are kept are those that were made, and a later clock's split does not leak in."""
    session = date(2005, 2, 25)
    first = _rows(BarSize.MIN_30, session, session, symbol="AAPL")
    assert _rows(BarSize.MIN_30, session, session, symbol="AAPL") == first
    query = BarQuery(
        size=BarSize.MIN_30,
        what=WhatToShow.TRADES,
        window=Window(sessions=(session,), start=None, cutoff=at("2005-02-26 10:00")),
        epoch=False,
        warning=None,
    )
    eve = HISTORY.rows("AAPL", query, now=at("2005-02-26 10:00"), zone_name="US/Eastern")
    assert [row[4] for row in eve] == [row[4] * 2 for row in first]
