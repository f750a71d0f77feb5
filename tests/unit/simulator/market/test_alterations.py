# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_provider.domain.bar import BarSize, WhatToShow
from ib_provider.simulator.market.alterations import Revision
from ib_provider.simulator.market.bar_query import BarQuery, Window
from ib_provider.simulator.market.history import BarHistory
from ib_provider.simulator.market.market import Market
from ib_provider.simulator.market.splits import Split
from ib_provider.wire.messages import BarRow
from tests.support.simulator import at

FRIDAY, MONDAY, TUESDAY = date(2013, 3, 1), date(2013, 3, 4), date(2013, 3, 5)
LATER = at("2013-03-06 12:00")


def _rows(market: Market, size: BarSize, *sessions: date, **changes: Any) -> list[BarRow]:
    now: datetime = changes.pop("now", LATER)
    window = Window(sessions=sessions, start=None, cutoff=now)
    fields: dict[str, Any] = {"what": WhatToShow.TRADES}
    query = BarQuery(size=size, window=window, **(fields | changes))
    return BarHistory(market).rows("IBM", query, now=now, zone_name="US/Eastern")


@settings(max_examples=8, deadline=None)
@given(
    percent=st.floats(-5, 5),
    volume=st.floats(0.5, 2),
    size=st.sampled_from([BarSize.SEC_30, BarSize.MIN_1, BarSize.HOUR_1]),
)
def test_revised_day_is_still_the_sum_of_its_bars(
    percent: float, volume: float, size: BarSize
) -> None:
    """Whatever a day is corrected to, its bars of every size are corrected with it."""
    market = Market(seed=1)
    revision = Revision(close=1 + percent / 100, volume=volume)
    market.alterations.revise("IBM", FRIDAY, revision)
    market.altered()
    (day,) = _rows(market, BarSize.DAY_1, FRIDAY)
    rows = _rows(market, size, FRIDAY)
    assert day[4] == pytest.approx(202.91 * revision.close, abs=0.006)
    assert rows[-1][4] == day[4]
    assert (rows[0][1], max(row[2] for row in rows), min(row[3] for row in rows)) == day[1:4]
    assert sum(row[5] for row in rows) == day[5]


@settings(max_examples=6, deadline=None)
@given(ratio=st.integers(2, 20))
def test_split_leaves_no_seam_in_quotes_bars_and_closes(ratio: int) -> None:
    """The day of the split trades at a fraction, and the days before it are shown at that, too."""
    plain, market = Market(seed=1), Market(seed=1)
    market.alterations.split(Split(symbol="IBM", session=TUESDAY, ratio=ratio))
    market.altered()
    noon = at("2013-03-05 12:00")
    before, after = plain.quote("IBM", noon), market.quote("IBM", noon)
    assert before is not None
    assert after is not None
    assert after.last == pytest.approx(before.last / ratio, rel=0.01)
    assert after.previous_close == pytest.approx((before.previous_close or 0) / ratio)
    early = _rows(market, BarSize.DAY_1, FRIDAY, MONDAY, now=at("2013-03-04 17:00"))
    late = _rows(market, BarSize.DAY_1, FRIDAY, MONDAY)
    assert [row[4] for row in early] == [row[4] for row in _rows(plain, BarSize.DAY_1, FRIDAY, MONDAY)]  # noqa: E501  # fmt: skip
    assert [row[4] * ratio for row in late] == pytest.approx([row[4] for row in early])
    assert [row[5] for row in late] == [row[5] * ratio for row in early]


def test_settlement_is_in_the_day_and_the_week_only() -> None:
    """Bars of a day and longer close at it, hours do not."""
    market = Market(seed=1)
    hours = _rows(market, BarSize.HOUR_1, FRIDAY)
    market.alterations.settle("IBM", FRIDAY, 0.999)
    market.altered()
    (day,), (week,) = (_rows(market, size, FRIDAY) for size in (BarSize.DAY_1, BarSize.WEEK_1))
    assert day[4] == week[4] == pytest.approx(202.71)
    assert _rows(market, BarSize.HOUR_1, FRIDAY) == hours


def test_market_that_was_not_altered_is_another_ones() -> None:
    """What one gateway is told does not leak into another of the same process and seed."""
    altered, other = Market(seed=1), Market(seed=1)
    altered.alterations.calendar.close("NYSE", MONDAY)
    altered.alterations.noted()
    altered.altered()
    assert [row[0] for row in _rows(altered, BarSize.DAY_1, FRIDAY, MONDAY)] == ["20130301"]
    assert len(_rows(other, BarSize.DAY_1, FRIDAY, MONDAY)) == 2
    # and on the day that is called off the last price is the session's before
    quote = altered.quote("IBM", at("2013-03-04 12:00"))
    assert quote is not None
    assert (quote.session, quote.trading, quote.bid) == (FRIDAY, False, None)
