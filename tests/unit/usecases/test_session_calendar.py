# SPDX-License-Identifier: Apache-2.0
"""Where IB's schedule and the calendars of the library disagree, or only one of them speaks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

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
