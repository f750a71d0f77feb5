# SPDX-License-Identifier: Apache-2.0
"""Trading days of the venues that are no stock exchange of our calendars."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ib_provider.simulator.market.hours import sessions_between, trade_date, trading_day
from tests.support.simulator import at


@pytest.mark.parametrize(
    ("venue", "begins", "opened", "close", "ends"),
    [
        ("NYSE", "03-04 04:00", "03-04 09:30", "03-04 16:00", "03-04 20:00"),
        ("CME", "03-03 18:00", "03-04 09:30", "03-04 16:15", "03-04 17:00"),
        ("NYMEX", "03-03 18:00", "03-04 09:00", "03-04 14:30", "03-04 17:00"),
        ("IDEALPRO", "03-03 17:15", "03-03 17:15", "03-04 17:00", "03-04 17:00"),
        ("PAXOS", "03-03 19:00", "03-03 19:00", "03-04 19:00", "03-04 19:00"),
        ("CBOE", "03-04 09:30", "03-04 09:30", "03-04 16:00", "03-04 16:00"),
    ],
)
def test_trading_day_of_a_venue(
    venue: str, begins: str, opened: str, close: str, ends: str
) -> None:
    """In New York's time, on Monday the 4th of March 2013."""
    day = trading_day(venue, date(2013, 3, 4))
    assert day is not None
    found = (day.begins, day.open, day.close, day.ends)
    assert found == tuple(at(f"2013-{text}") for text in (begins, opened, close, ends))


def test_half_day_ends_early_everywhere_in_new_york() -> None:
    """The day after Thanksgiving: one o'clock, and five for the late trade."""
    day = trading_day("NASDAQ", date(2012, 11, 23))
    assert day is not None
    assert (day.close, day.ends) == (at("2012-11-23 13:00"), at("2012-11-23 17:00"))


def test_currencies_rest_at_the_weekend_and_coins_do_not() -> None:
    """Five sessions a week and seven."""
    week = (date(2013, 3, 4), date(2013, 3, 10))
    assert len(sessions_between("IDEALPRO", *week)) == 5
    assert len(sessions_between("PAXOS", *week)) == 7
    assert trading_day("IDEALPRO", date(2013, 3, 9)) is None


def test_trade_date_of_an_evening_is_the_next_day() -> None:
    """At six in the evening the next session of a futures exchange begins."""
    day = trade_date("CME", at("2013-03-04 18:00"))
    before = trade_date("CME", at("2013-03-04 18:00") - timedelta(microseconds=1))
    assert day is not None
    assert before is not None
    assert (before.session, day.session) == (date(2013, 3, 4), date(2013, 3, 5))
