# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from ib_provider.errors import UnknownVenue
from ib_provider.symbology.sessions import is_open, session_hours, session_of, sessions
from ib_provider.symbology.venues import VENUES


def test_sessions_of_2012_leave_out_holidays_and_the_storm() -> None:
    """New York closed on 29 and 30 October 2012; the range's end is exclusive."""
    found = sessions("NASDAQ", date(2012, 10, 26), date(2012, 11, 1))
    assert found == (date(2012, 10, 26), date(2012, 10, 31))


def test_sessions_of_an_empty_or_reversed_range_are_none() -> None:
    """Nothing lies between a day and itself."""
    assert sessions("NYSE", date(2012, 10, 26), date(2012, 10, 26)) == ()
    assert sessions("NYSE", date(2012, 10, 26), date(2012, 10, 1)) == ()


def test_sessions_beyond_the_calendar_are_none() -> None:
    """A range outside the calendar's bounds holds no session and raises nothing."""
    assert sessions("NYSE", date(1950, 1, 1), date(1950, 12, 31)) == ()


def test_session_hours_of_a_half_day_close_early() -> None:
    """The day after Thanksgiving closes at 13:00 in New York."""
    hours = session_hours("NYSE", date(2012, 11, 23))
    assert hours is not None
    assert hours.close - hours.open == timedelta(hours=3, minutes=30)


def test_session_hours_of_a_holiday_are_none() -> None:
    """Thanksgiving has no hours."""
    assert session_hours("NYSE", date(2012, 11, 22)) is None


def test_is_open_follows_the_bell_to_the_second() -> None:
    """The opening instant belongs to the session, the closing instant does not."""
    opens = datetime(2013, 3, 4, 14, 30, tzinfo=UTC)
    closes = datetime(2013, 3, 4, 21, 0, tzinfo=UTC)
    assert is_open("NASDAQ", opens)
    assert not is_open("NASDAQ", opens - timedelta(seconds=1))
    assert not is_open("NASDAQ", closes)


def test_session_of_a_late_evening_is_the_local_day() -> None:
    """02:00 UTC is still the evening before in New York."""
    assert session_of("NYSE", datetime(2013, 3, 5, 2, tzinfo=UTC)) == date(2013, 3, 4)


def test_sessions_of_an_unknown_venue_are_refused() -> None:
    """A venue that no table names is an error, not an empty calendar."""
    with pytest.raises(UnknownVenue):
        sessions("NOWHERE", date(2013, 1, 1), date(2013, 2, 1))


@pytest.mark.parametrize("name", sorted(VENUES))
def test_every_venue_has_a_calendar(name: str) -> None:
    """Each row of the venue table leads to sessions."""
    assert sessions(name, date(2026, 6, 1), date(2026, 6, 15))
