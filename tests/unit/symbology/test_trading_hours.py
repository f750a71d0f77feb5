# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.symbology.trading_hours import parse_hours

NEW_YORK = "America/New_York"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_parse_hours_of_today_name_each_ends_day() -> None:
    """Regular hours in New York's winter, and a Saturday that is closed."""
    hours = parse_hours("20130304:0930-20130304:1600;20130309:CLOSED", NEW_YORK)
    (span,) = hours.spans
    assert (span.open, span.close) == (utc("2013-03-04T14:30"), utc("2013-03-04T21:00"))
    assert span.session == date(2013, 3, 4)
    assert hours.closed == (date(2013, 3, 9),)


def test_parse_hours_that_begin_the_evening_before_belong_to_the_day_they_end() -> None:
    """A future's session of Tuesday opens on Monday in Chicago."""
    hours = parse_hours("20130304:1700-20130305:1600", "America/Chicago")
    (span,) = hours.spans
    assert span.session == date(2013, 3, 5)
    assert span.open == utc("2013-03-04T23:00")
    assert hours.close_of(date(2013, 3, 5)) == utc("2013-03-05T22:00")
    assert hours.close_of(date(2013, 3, 4)) is None


def test_parse_hours_across_a_clock_change_are_an_hour_shorter() -> None:
    """New York sprang forward on 10 March 2013: six hours on the wall, five on the clock."""
    (span,) = parse_hours("20130310:0000-20130310:0600", NEW_YORK).spans
    assert (span.close - span.open).total_seconds() == 5 * 3600


def test_parse_hours_of_old_gateways_have_several_spans_a_day() -> None:
    """Dashes and commas; a span that ends before it begins began the evening before."""
    hours = parse_hours("20090507:0700-1830,1830-2330;20090508:CLOSED", NEW_YORK)
    assert [(span.open, span.close) for span in hours.spans] == [
        (utc("2009-05-07T11:00"), utc("2009-05-07T22:30")),
        (utc("2009-05-07T22:30"), utc("2009-05-08T03:30")),
    ]
    (evening,) = parse_hours("20090507:1700-1600", NEW_YORK).spans
    assert evening.open == utc("2009-05-06T21:00")
    assert evening.session == date(2009, 5, 7)


def test_parse_hours_open_is_inclusive_and_close_is_not() -> None:
    """At the close nobody trades any more."""
    hours = parse_hours("20130304:0930-20130304:1600", NEW_YORK)
    assert hours.is_open(utc("2013-03-04T14:30"))
    assert not hours.is_open(utc("2013-03-04T21:00"))


def test_parse_hours_of_nothing_say_nothing() -> None:
    """A bond without hours: no span, no closed day, and no zone is needed."""
    hours = parse_hours("", "")
    assert (hours.spans, hours.closed) == ((), ())


@pytest.mark.parametrize(
    "text",
    [
        "20130304", "20130304:0930", "20130304:0930-20130304:0900", "20130304:2530-20130304:2600",
        "20130304:0960-20130304:1000", "2013:CLOSED", "20130304:0930-20130304:16:00", "noon:CLOSED",
    ],
)  # fmt: skip
def test_parse_hours_in_no_known_form_are_an_error(text: str) -> None:
    """Hours that cannot be read are never "always closed"."""
    with pytest.raises(ValueError, match=r"20130304|2013|noon"):
        parse_hours(text, NEW_YORK)


def test_parse_hours_in_an_unknown_zone_are_an_error() -> None:
    """A wrong zone would move every session."""
    with pytest.raises(ValueError, match="Mars"):
        parse_hours("20130304:0930-20130304:1600", "Mars/Olympus")


@given(st.text(alphabet="0123456789:;,-CLOSED ", max_size=60))
def test_parse_hours_of_any_text_answers_or_says_why_not(text: str) -> None:
    """No other exception than ValueError, and spans that go forward."""
    try:
        hours = parse_hours(text, NEW_YORK)
    except ValueError:
        return
    assert all(span.open < span.close for span in hours.spans)
