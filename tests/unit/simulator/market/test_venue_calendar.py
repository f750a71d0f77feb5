# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date

from ib_provider.simulator.market import hours
from ib_provider.simulator.market.venue_calendar import VenueCalendar
from tests.support.simulator import at

TUESDAY = date(2013, 3, 5)


def test_calendar_as_it_is_agrees_with_the_hours_of_the_venues() -> None:
    """Stocks, futures, currencies: sessions, latest opening and trade date."""
    calendar = VenueCalendar()
    first, last = date(2012, 11, 1), date(2013, 3, 8)
    for venue in ("NYSE", "CME", "IDEALPRO", "LSE", "PAXOS"):
        assert calendar.sessions(venue, first, last) == hours.sessions_between(venue, first, last)
        for text in ("2012-11-23 14:00", "2013-03-03 19:00", "2013-03-04 09:29"):
            assert calendar.last_opened(venue, at(text)) == hours.last_opened(venue, at(text))
            assert calendar.trade_date(venue, at(text)) == hours.trade_date(venue, at(text))


def test_session_that_is_called_off_is_none() -> None:
    """Of that venue alone; the one before it is the latest."""
    calendar = VenueCalendar()
    calendar.close("NYSE", TUESDAY)
    assert calendar.trading_day("NYSE", TUESDAY) is None
    assert calendar.trading_day("LSE", TUESDAY) is not None
    assert calendar.is_closed("NYSE", TUESDAY)
    latest = calendar.last_opened("NYSE", at("2013-03-05 12:00"))
    assert latest is not None
    assert latest.session == date(2013, 3, 4)


def test_session_that_ends_early_ends_for_late_trading_too() -> None:
    """Regular hours and the whole day."""
    calendar = VenueCalendar()
    calendar.close_early("NYSE", TUESDAY, at("2013-03-05 13:00"))
    day = calendar.trading_day("NYSE", TUESDAY)
    assert day is not None
    assert (day.open, day.close, day.ends) == (
        at("2013-03-05 09:30"),
        at("2013-03-05 13:00"),
        at("2013-03-05 13:00"),
    )
