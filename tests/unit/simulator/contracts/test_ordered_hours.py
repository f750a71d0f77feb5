# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date

from ib_provider.simulator.contracts.ordered_hours import ordered_hours
from ib_provider.simulator.market.venue_calendar import VenueCalendar
from tests.support.simulator import at

WEEK = "20130303:1700-20130304:1515;20130304:1530-20130304:1600;20130305:0930-20130305:1600"


def test_hours_that_nobody_changed_stay() -> None:
    """Also where another venue is closed."""
    calendar = VenueCalendar()
    assert ordered_hours(WEEK, "CME", "US/Central", calendar) == WEEK
    calendar.close("NYSE", date(2013, 3, 5))
    assert ordered_hours(WEEK, "CME", "US/Central", calendar) == WEEK


def test_session_called_off_is_closed_and_a_short_one_ends() -> None:
    """A span that lies after the end is gone; times are the contract's own."""
    calendar = VenueCalendar()
    calendar.close("CME", date(2013, 3, 5))
    calendar.close_early("CME", date(2013, 3, 4), at("2013-03-04 13:00"))
    assert ordered_hours(WEEK, "CME", "US/Central", calendar) == (
        "20130303:1700-20130304:1200;20130305:CLOSED"
    )
