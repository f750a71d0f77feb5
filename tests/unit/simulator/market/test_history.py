# SPDX-License-Identifier: Apache-2.0
"""The rows of an answer: sizes, stamps, sides of the market."""

from __future__ import annotations

import csv
import gzip
import time
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_provider.domain.bar import BarSize, WhatToShow
from ib_provider.simulator.market.bar_query import BarQuery, Window
from ib_provider.simulator.market.daily_file import daily_file_path
from ib_provider.simulator.market.history import BarHistory
from ib_provider.simulator.market.hours import sessions_between
from ib_provider.simulator.market.market import Market
from ib_provider.simulator.market.splits import split_factor
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
    fields: dict[str, Any] = {"what": WhatToShow.TRADES}
    query = BarQuery(size=size, window=window, **(fields | changes))
    return HISTORY.rows(symbol, query, now=OPEN_MONDAY, zone_name="US/Eastern")


FRIDAY = date(2013, 3, 1)
ES = "FUT|ES|USD|CME|20130315|||0.25|"
CALL = "OPT|AAPL|USD|SMART|20130316|450|C|0.01|"
KINDS = {
    "AAPL",
    "STK|ZZZ|USD|NYSE||||0.01|",
    "IND|SPX|USD|CBOE||||0.01|",
    "CASH|EUR|USD|IDEALPRO||||0.00005|",
    "CRYPTO|BTC|USD|PAXOS||||0.01|",
    ES,
    CALL,
    "FOP|ES|USD|CME|20130315|1500|P|0.25|>" + ES,
}
EURUSD = "CASH|EUR|USD|IDEALPRO||||0.00005|"
INTRADAY = [size for size in BarSize if size.is_intraday]


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
    summer = _rows(BarSize.HOUR_8, date(2012, 7, 2), date(2012, 7, 2), date_style=2)
    winter = _rows(BarSize.HOUR_8, FRIDAY, FRIDAY, date_style=2)
    assert (summer[0][0], winter[0][0]) == ("1341235800", "1362148200")
    local = _rows(BarSize.HOUR_8, date(2012, 7, 2), date(2012, 7, 2))
    assert local[0][0] == "20120702 09:30:00 US/Eastern"


def test_days_are_dated_even_as_epoch() -> None:
    """Daily and longer bars are always dates."""
    rows = _rows(BarSize.DAY_1, date(2013, 2, 27), FRIDAY, date_style=2)
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
    """Nothing before the listing, no trades of a currency, no volatility of one."""
    assert _rows(BarSize.DAY_1, date(2012, 5, 1), date(2012, 5, 10), symbol="FB") == []
    assert _rows(BarSize.DAY_1, FRIDAY, FRIDAY, symbol=EURUSD) == []
    volatility = WhatToShow.HISTORICAL_VOLATILITY
    assert _rows(BarSize.DAY_1, FRIDAY, FRIDAY, symbol=EURUSD, what=volatility) == []
    assert len(_rows(BarSize.DAY_1, FRIDAY, FRIDAY, symbol=EURUSD, what=WhatToShow.MIDPOINT)) == 1


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
    )
    eve = HISTORY.rows("AAPL", query, now=at("2005-02-26 10:00"), zone_name="US/Eastern")
    assert [row[4] for row in eve] == [row[4] * 2 for row in first]


@pytest.mark.parametrize("symbol", ["AAPL", "GOOG", "IBM", "MSFT", "FB"])
def test_daily_closes_times_factor_are_exactly_the_files(symbol: str) -> None:
    """All 12,154 of them together, as floating-point numbers, without tolerance."""
    with gzip.open(daily_file_path(), "rt") as lines:
        wanted = {row["Date"]: row for row in csv.DictReader(lines) if row["Ticker"] == symbol}
    rows = _rows(BarSize.DAY_1, date(2000, 3, 1), FRIDAY, symbol=symbol)
    assert len(rows) == len(wanted)
    for stamp, _, high, _, close, volume, *_ in rows:
        session = date.fromisoformat(stamp)
        factor = split_factor(symbol, session, OPEN_MONDAY.date())
        own = wanted[session.isoformat()]
        assert close * factor == float(own["Close"])
        assert high * factor == float(own["High"])
        assert volume == int(own["Volume"]) * factor


def test_year_of_minutes_is_quick_and_quicker_again() -> None:
    """A hundred thousand bars in about a second, and from memory the second time."""
    history = BarHistory(Market(seed=2))
    window = Window(
        sessions=sessions_between("NYSE", date(2012, 3, 1), FRIDAY), start=None, cutoff=OPEN_MONDAY
    )
    query = BarQuery(size=BarSize.MIN_1, what=WhatToShow.TRADES, window=window)
    spent = []
    for _ in range(2):
        began = time.process_time()
        rows = history.rows("IBM", query, now=OPEN_MONDAY, zone_name="US/Eastern")
        spent.append(time.process_time() - began)
    assert len(rows) > 97_000
    assert spent[0] < 3
    assert spent[1] < 0.3


@settings(max_examples=25, deadline=None)
@given(
    key=st.sampled_from(sorted(KINDS)),
    size=st.sampled_from(INTRADAY),
    day=st.sampled_from([date(2012, 11, 23), FRIDAY, date(2013, 3, 4)]),
    regular=st.booleans(),
)
def test_bars_of_every_size_add_up_to_the_day(
    key: str, size: BarSize, day: date, *, regular: bool
) -> None:
    """Of stocks, indices, currencies, futures and options: prices nest and volumes sum."""
    later = at("2013-03-06 12:00")
    what = WhatToShow.MIDPOINT if key.startswith("CASH") else WhatToShow.TRADES
    (whole,) = _rows(BarSize.DAY_1, day, day, symbol=key, cutoff=later, regular=regular, what=what)
    rows = _rows(size, day, day, symbol=key, cutoff=later, regular=regular, what=what)
    assert rows[0][1] == whole[1]
    assert max(row[2] for row in rows) == whole[2]
    assert min(row[3] for row in rows) == whole[3]
    assert rows[-1][4] == whole[4]
    if what is WhatToShow.TRADES:
        assert sum(row[5] for row in rows) == whole[5]
    for _, opened, high, low, close, _, average, _ in rows:
        assert low <= min(opened, close) <= max(opened, close) <= high
        assert average == -1 or low - 1e-4 <= average <= high + 1e-4


@settings(max_examples=20, deadline=None)
@given(
    key=st.sampled_from(["IBM", "AAPL", ES, CALL, "IND|SPX|USD|CBOE||||0.01|"]),
    second=st.integers(130, 23_300),
)
def test_quote_stands_where_the_last_second_closed(key: str, second: int) -> None:
    """At any instant: the last price, the bid and the ask are those of the bars before it."""
    now = at("2013-03-01 09:30") + timedelta(seconds=second)
    quote = real_market().quote(key, now)
    assert quote is not None
    shown = (WhatToShow.TRADES, WhatToShow.BID, WhatToShow.ASK)
    index = key.startswith("IND")
    for what, price in zip(shown, (quote.last, quote.bid, quote.ask), strict=True):
        if index and what is not WhatToShow.TRADES:
            continue
        rows = _rows(
            BarSize.SEC_1,
            FRIDAY,
            FRIDAY,
            symbol=key,
            what=what,
            start=now - timedelta(seconds=120),
            cutoff=now,
        )
        # an option below its spread has no bid under zero
        assert rows[-1][4] == pytest.approx(price, abs=1e-6)


def test_extended_hours_surround_the_regular_ones() -> None:
    """A US stock trades from four to eight, and its regular bars are the same in both."""
    all_day = _rows(BarSize.MIN_1, FRIDAY, FRIDAY, regular=False)
    regular = _rows(BarSize.MIN_1, FRIDAY, FRIDAY)
    assert len(all_day) == 960
    assert all_day[0][0].startswith("20130301 04:00:00")
    assert all_day[330:720] == regular
    assert all_day[330][1] == all_day[329][4]


def test_futures_session_is_dated_the_day_it_ends_on() -> None:
    """Monday's begins on Sunday at five in Chicago."""
    rows = _rows(
        BarSize.HOUR_1,
        date(2013, 3, 4),
        date(2013, 3, 4),
        symbol=ES,
        regular=False,
        cutoff=at("2013-03-05 12:00"),
    )
    assert rows[0][0] == "20130303 17:00:00 US/Eastern"
    assert len(rows) == 23


def test_today_has_a_partial_bar_after_the_files_end() -> None:
    """The series goes on, and the running day is a day so far."""
    rows = _rows(BarSize.DAY_1, FRIDAY, date(2013, 3, 4))
    assert [row[0] for row in rows] == ["20130301", "20130304"]
    minutes = _rows(BarSize.MIN_1, date(2013, 3, 4), date(2013, 3, 4))
    assert len(minutes) == 30
    assert rows[1][5] == sum(row[5] for row in minutes)
    assert rows[1][4] == minutes[-1][4]


def test_adjusted_last_takes_dividends_from_what_was_before() -> None:
    """Microsoft's three dollars of November 2004 leave a tenth less of every price before."""
    before, after = date(2004, 11, 12), date(2004, 11, 15)
    trades, adjusted = (
        _rows(BarSize.DAY_1, before, after, symbol="MSFT", what=what)
        for what in (WhatToShow.TRADES, WhatToShow.ADJUSTED_LAST)
    )
    left = [row[4] / plain[4] for row, plain in zip(adjusted, trades, strict=True)]
    assert left[0] / left[1] == pytest.approx(1 - 3.08 / 29.97, abs=1e-3)
    assert left[1] < 1


def test_short_dates_name_month_and_day() -> None:
    """The third date format."""
    rows = _rows(BarSize.HOUR_1, FRIDAY, FRIDAY, date_style=3)
    assert rows[0][0] == "0301 09:30:00 US/Eastern"
