# SPDX-License-Identifier: Apache-2.0
"""The market: real days adjusted as of the clock, minutes that add up, quotes at any instant."""

from __future__ import annotations

import csv
import gzip
from datetime import date

import pytest

from ib_provider.simulator.market.daily_file import daily_file_path
from ib_provider.simulator.market.splits import split_factor
from tests.support.simulator import OPEN_MONDAY, at, real_market

AS_OF = OPEN_MONDAY.date()


def test_daily_closes_times_factor_are_exactly_the_files() -> None:
    """All 12,154 of them, as floating-point numbers, without tolerance."""
    with gzip.open(daily_file_path(), "rt") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        session = date.fromisoformat(row["Date"])
        bar = real_market().daily_bar(row["Ticker"], session, cutoff=OPEN_MONDAY, as_of=AS_OF)
        factor = split_factor(row["Ticker"], session, AS_OF)
        assert bar is not None
        assert bar.close * factor == float(row["Close"])
        assert bar.high * factor == float(row["High"])
        assert bar.volume == int(row["Volume"]) * factor
    assert len(rows) == 12_154


def test_daily_bar_before_a_split_is_unadjusted_to_that_clock() -> None:
    """In 2004 nobody knew of the split of 2005."""
    session, clock = date(2004, 12, 31), at("2004-12-31 17:00")
    bar = real_market().daily_bar("AAPL", session, cutoff=clock, as_of=clock.date())
    assert bar is not None
    assert bar.close == 64.40


def test_minutes_of_a_session_add_up_to_its_day() -> None:
    """Open, high, low, close and volume of 390 minutes are the day's, adjusted alike."""
    session = date(2005, 2, 25)
    minutes = list(real_market().minute_bars("AAPL", session, cutoff=OPEN_MONDAY, as_of=AS_OF))
    day = real_market().daily_bar("AAPL", session, cutoff=OPEN_MONDAY, as_of=AS_OF)
    assert day is not None
    assert len(minutes) == 390
    assert (minutes[0].open, minutes[-1].close) == (day.open, day.close)
    assert max(bar.high for bar in minutes) == day.high
    assert min(bar.low for bar in minutes) == day.low
    assert sum(bar.volume for bar in minutes) == day.volume


def test_minutes_of_a_half_day_end_at_one() -> None:
    """The day after Thanksgiving closes at 13:00."""
    session = date(2012, 11, 23)
    minutes = list(real_market().minute_bars("IBM", session, cutoff=OPEN_MONDAY, as_of=AS_OF))
    assert len(minutes) == 210
    assert minutes[0].start == at("2012-11-23 09:30")


def test_running_session_shows_a_partial_day_that_only_grows() -> None:
    """The bar of a session still open holds what has traded by the clock."""
    session, seen = date(2013, 3, 1), []
    for hour in ("09:31", "12:00", "15:59"):
        clock = at(f"2013-03-01 {hour}")
        bar = real_market().daily_bar("MSFT", session, cutoff=clock, as_of=session)
        assert bar is not None
        seen.append(bar)
    assert [bar.open for bar in seen] == [27.72] * 3
    assert seen[0].volume < seen[1].volume < seen[2].volume < 34_849_700
    assert seen[0].high <= seen[1].high <= seen[2].high <= 27.98
    early = real_market().daily_bar("MSFT", session, cutoff=at("2013-03-01 09:30"), as_of=session)
    assert early is None


def test_quote_in_a_session_stands_around_the_last_price() -> None:
    """A bid below, an ask above, both with a size, and yesterday's close."""
    quote = real_market().quote("AAPL", at("2013-03-01 11:00"))
    assert quote is not None
    assert quote.bid is not None
    assert quote.ask is not None
    assert quote.bid < quote.last < quote.ask
    assert quote.bid_size >= 100
    assert quote.ask_size >= 100
    assert quote.previous_close == 441.40
    assert 429.98 <= quote.last <= 438.1799


def test_quote_on_a_split_day_halves_the_previous_close() -> None:
    """The previous close is shown in today's shares."""
    quote = real_market().quote("AAPL", at("2005-02-28 10:00"))
    assert quote is not None
    assert quote.previous_close == 88.99 / 2


def test_quote_outside_hours_has_no_book_unless_frozen() -> None:
    """After the close there is a last price and nothing to trade against."""
    clock = at("2013-03-01 18:00")
    quote = real_market().quote("IBM", clock)
    assert quote is not None
    assert (quote.bid, quote.ask, quote.bid_size, quote.last) == (None, None, 0, 202.91)
    frozen = real_market().quote("IBM", clock, frozen=True)
    assert frozen is not None
    assert frozen.bid is not None


@pytest.mark.parametrize("clock", ["2013-03-04 10:00", "2013-12-31 15:00", "2020-06-01 12:00"])
def test_quote_after_the_file_stays_around_the_last_close(clock: str) -> None:
    """There is a price for ever after, and it does not drift away."""
    quote = real_market().quote("GOOG", at(clock))
    assert quote is not None
    assert quote.last == pytest.approx(806.19, rel=0.03)


def test_quote_before_the_listing_is_none() -> None:
    """Facebook had no price in 2011."""
    assert real_market().quote("FB", at("2011-03-01 10:00")) is None


def test_sessions_after_the_file_have_no_history() -> None:
    """Made-up days are for quotes only."""
    found = real_market().sessions("IBM", date(2013, 2, 27), date(2013, 3, 8))
    assert found[-1] == date(2013, 3, 1)
    assert len(found) == 3
