# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_provider.simulator.market.bar_query import Window
from ib_provider.simulator.market.histogram import traded_at, window_of_period
from ib_provider.simulator.market.ticks import TickTape
from ib_provider.simulator.market.venue_calendar import VenueCalendar
from tests.support.simulator import OPEN_MONDAY, at, real_market

FRIDAY = date(2013, 3, 1)
ES = "FUT|ES|USD|CME|20130315|||0.25|"


@settings(max_examples=10, deadline=None)
@given(key=st.sampled_from(["IBM", "FB", ES]), minute=st.integers(0, 385))
def test_histogram_is_what_the_ticks_traded(key: str, minute: int) -> None:
    """Price for price, the sizes of the historical ticks of the same span."""
    start = at("2013-03-01 09:30") + timedelta(minutes=minute)
    end = start + timedelta(minutes=4, seconds=7)
    window = Window(sessions=(FRIDAY,), start=start, cutoff=end)
    found = traded_at(real_market(), key, window, regular=True)
    wanted: Counter[float] = Counter()
    tape = TickTape(real_market(), key, regular=True)
    for tick in tape.trades(int(start.timestamp()), int(end.timestamp())):
        wanted[float(tick.price)] += int(tick.size)
    assert found == dict(wanted)
    assert list(found) == sorted(found)


def test_histogram_of_a_finished_day_has_its_volume() -> None:
    """That of the file, 3,308,300 shares of IBM."""
    window = Window(sessions=(FRIDAY,), start=None, cutoff=OPEN_MONDAY)
    found = traded_at(real_market(), "IBM", window, regular=True)
    assert sum(found.values()) == 3_308_300
    assert (min(found), max(found)) == (199.36, 202.94)


def test_histogram_before_a_split_is_in_todays_shares() -> None:
    """Half the price, twice the shares, as bars are."""
    session = date(2005, 2, 25)
    early = Window(sessions=(session,), start=None, cutoff=at("2005-02-26 12:00"))
    late = Window(sessions=(session,), start=None, cutoff=OPEN_MONDAY)
    before = traded_at(real_market(), "AAPL", early, regular=True)
    after = traded_at(real_market(), "AAPL", late, regular=True)
    assert {Decimal(str(price)) / 2: size * 2 for price, size in before.items()} == {
        Decimal(str(price)): size for price, size in after.items()
    }


@pytest.mark.parametrize(
    ("period", "sessions"), [("3 days", 3), ("1 week", 5), ("2 weeks", 10), ("1 month", 21)]
)
def test_period_counts_sessions(period: str, sessions: int) -> None:
    """The running one among them."""
    window = window_of_period(period, "NYSE", OPEN_MONDAY, VenueCalendar())
    assert window is not None
    assert len(window.sessions) == sessions
    assert window.sessions[-1] == OPEN_MONDAY.date()


@pytest.mark.parametrize("period", ["", "days", "0 days", "-1 day", "3 fortnights", "3 days ago"])
def test_period_that_means_nothing_is_none(period: str) -> None:
    """A number and a unit, no more."""
    assert window_of_period(period, "NYSE", OPEN_MONDAY, VenueCalendar()) is None
