# SPDX-License-Identifier: Apache-2.0
"""Where IB's schedule and the calendars of the library disagree, or only one of them speaks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.contract import Instrument
from ib_provider.store.session_store import NamedSession
from ib_provider.usecases.session_calendar import SessionCalendar
from tests.support.instrument_values import AAPL

MONDAY = date(2013, 3, 4)
WEEK = tuple(MONDAY + timedelta(days=n) for n in range(5))
START, END = WEEK[0], date(2013, 3, 9)


def named(day: date, *, until: int | None = 21, market: str = "NASDAQ STK") -> NamedSession:
    """Return what IB said of a day: it trades from half past two until an hour, or not at all."""
    opens = datetime(day.year, day.month, day.day, 14, 30, tzinfo=UTC)
    return NamedSession(
        market=market,
        rth=True,
        session=day,
        opens_at=None if until is None else opens,
        closes_at=None if until is None else opens.replace(hour=until, minute=0),
        seen_at=datetime(2013, 3, 12, tzinfo=UTC),
    )


def listed(venue: str, zone: str = "America/New_York") -> Instrument:
    contract = replace(AAPL.contract, primary_exchange=venue)
    return replace(AAPL, instrument_id=f"AAPL.{venue}", contract=contract, time_zone=zone)


def test_closure_and_half_day_are_as_the_broker_says() -> None:
    """The library has a whole week; IB closed on Tuesday and at one on Wednesday."""
    calendar = SessionCalendar.of([named(WEEK[1], until=None), named(WEEK[2], until=18)])
    assert calendar.sessions(AAPL, START, END) == (WEEK[0], *WEEK[2:])
    hours = calendar.regular_hours(AAPL, WEEK)
    assert hours[WEEK[2]].end == datetime(2013, 3, 6, 18, tzinfo=UTC)
    assert hours[WEEK[3]].end == datetime(2013, 3, 7, 21, tzinfo=UTC)
    assert calendar.disagreements(AAPL, START, END) == (
        "2013-03-05 is closed at IB, a session in the calendar of NASDAQ",
    )


def test_venue_without_a_calendar_is_asked_for_and_not_judged() -> None:
    """Weekdays are tried, nobody vouches for them, and no hours are made up."""
    item, calendar = listed("NOWHERE"), SessionCalendar()
    assert calendar.sessions(item, START, END) == WEEK
    assert calendar.unknown_days(item, START, END) == set(WEEK)
    assert calendar.regular_hours(item, WEEK) == {}
    span = calendar.spans(item, START, END, regular=True)[0]
    assert (span.begin, span.end) == (
        datetime(2013, 3, 4, 5, tzinfo=UTC),
        datetime(2013, 3, 5, 5, tzinfo=UTC),
    )
    assert calendar.unsaid(item, START, END, rth=True) == WEEK
    assert calendar.is_ever_open(item, START, END)


def test_venue_without_a_calendar_has_the_sessions_that_the_broker_named() -> None:
    """A Tuesday off and a Sunday on: nothing is unknown, and there is nothing to disagree with."""
    sunday = date(2013, 3, 10)
    said = [named(day, market="NOWHERE STK") for day in (WEEK[0], *WEEK[2:], sunday)]
    off = [named(day, until=None, market="NOWHERE STK") for day in (WEEK[1], date(2013, 3, 9))]
    item, calendar = listed("NOWHERE"), SessionCalendar.of([*said, *off])
    end = date(2013, 3, 11)
    assert calendar.sessions(item, START, end) == (WEEK[0], *WEEK[2:], sunday)
    assert calendar.unknown_days(item, START, end) == set()
    assert calendar.disagreements(item, START, end) == ()


def test_days_before_a_calendar_begins_are_unknown() -> None:
    """Tel Aviv's begins in 2026; what was before it is asked for, and not called closed."""
    item, calendar = listed("TASE", "Asia/Jerusalem"), SessionCalendar()
    assert calendar.sessions(item, START, END) == WEEK
    assert calendar.unknown_days(item, START, END) == set(WEEK)
    # Sunday to Thursday until then, Monday to Friday since. Source: the exchange's announcement.
    assert calendar.unknown_days(item, date(2026, 1, 5), date(2026, 2, 1)) == set()


def test_weekday_that_a_calendar_has_closed_is_asked_about() -> None:
    """The library may err; once IB has spoken of the day it is not asked again."""
    christmas = date(2012, 12, 25)
    start, end = date(2012, 12, 24), date(2012, 12, 27)
    assert christmas in SessionCalendar().unsaid(AAPL, start, end, rth=True)
    said = SessionCalendar.of([named(christmas, until=None)])
    assert said.unsaid(AAPL, start, end, rth=True) == (start, date(2012, 12, 26))


def test_venue_is_open_when_any_of_its_markets_is() -> None:
    """One future is closed that day, another trades."""
    closed = named(WEEK[1], until=None, market="CME LE")
    only_closed = SessionCalendar.of([closed])
    assert WEEK[1] not in only_closed.venue_sessions("CME", START, END)
    both = SessionCalendar.of([closed, named(WEEK[1], market="CME ES")])
    assert both.venue_sessions("CME", START, END) == WEEK


MONTH = [MONDAY + timedelta(days=n) for n in range(28)]
LIBRARY = {day for day in MONTH if day.weekday() < 5 and day != date(2013, 3, 29)}  # Good Friday


@given(
    st.dictionaries(st.sampled_from(MONTH), st.booleans()),
    st.sampled_from(["NASDAQ", "NOWHERE"]),
    st.tuples(st.integers(0, 28), st.integers(0, 28)).map(sorted),
)
def test_any_word_of_the_broker_counts_and_the_library_elsewhere(
    said: dict[date, bool], venue: str, bounds: list[int]
) -> None:
    """Each session once, in order, within the range, with one span; only weekdays are unknown."""
    start, end = (MONDAY + timedelta(days=n) for n in bounds)
    calendar = SessionCalendar.of(
        named(day, until=21 if is_open else None, market=f"{venue} STK")
        for day, is_open in said.items()
    )
    item = listed(venue)
    found, unknown = calendar.sessions(item, start, end), calendar.unknown_days(item, start, end)
    tried = LIBRARY if venue == "NASDAQ" else {day for day in MONTH if day.weekday() < 5}
    inside = [day for day in MONTH if start <= day < end]
    assert list(found) == [day for day in inside if said.get(day, day in tried)]
    assert unknown == (set() if venue == "NASDAQ" else {d for d in found if d not in said})
    spans = calendar.spans(item, start, end, regular=True)
    assert [span.session for span in spans] == list(found)
    assert set(calendar.regular_hours(item, found)) == set(found) - unknown
