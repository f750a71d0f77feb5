# SPDX-License-Identifier: Apache-2.0
"""Which sessions a request for bars means, and which requests are refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ib_provider.domain.bar import BarSize
from ib_provider.domain.contract import Contract, SecType
from ib_provider.simulator.market.bar_query import BarQuery, parse_query
from ib_provider.simulator.refusal import Refusal
from ib_provider.wire.messages import ReqHistoricalData
from tests.support.simulator import OPEN_MONDAY, at


def _request(**changes: Any) -> ReqHistoricalData:
    fields: dict[str, Any] = {
        "request_id": 1,
        "contract": Contract(symbol="IBM"),
        "end": "",
        "duration": "5 D",
        "bar_size": "1 day",
        "what_to_show": "TRADES",
        "use_rth": True,
    }
    return ReqHistoricalData(**(fields | changes))


def _query(**changes: Any) -> BarQuery:
    query = parse_query(_request(**changes), "NYSE", OPEN_MONDAY)
    assert isinstance(query, BarQuery)
    return query


@pytest.mark.parametrize(
    ("end", "duration", "first", "last", "count"),
    [
        ("20130302 00:00:00 US/Eastern", "5 D", date(2013, 2, 25), date(2013, 3, 1), 5),
        ("20130302-05:00:00", "1 D", date(2013, 3, 1), date(2013, 3, 1), 1),
        ("20130304-00:00:00", "1 D", date(2013, 3, 1), date(2013, 3, 1), 1),
        ("20130301-15:00:00", "2 D", date(2013, 2, 28), date(2013, 3, 1), 2),
        ("20130301-14:30:00", "1 D", date(2013, 2, 28), date(2013, 2, 28), 1),
        ("20130219 00:00:00 US/Eastern", "2 D", date(2013, 2, 14), date(2013, 2, 15), 2),
        ("20130302 00:00:00 US/Eastern", "1 W", date(2013, 2, 25), date(2013, 3, 1), 5),
        ("20130302 00:00:00 US/Eastern", "1 M", date(2013, 2, 4), date(2013, 3, 1), 19),
        ("20130302 00:00:00 US/Eastern", "1 Y", date(2012, 3, 2), date(2013, 3, 1), 250),
        ("20130330-00:00:00", "1 D", date(2013, 3, 4), date(2013, 3, 4), 1),
    ],
)
def test_window_of_a_duration_is_the_sessions_it_means(
    end: str, duration: str, first: date, last: date, count: int
) -> None:
    """Days count sessions; weeks, months and years are calendar spans; the future is now."""
    sessions = _query(end=end, duration=duration).window.sessions
    assert (sessions[0], sessions[-1], len(sessions)) == (first, last, count)


def test_window_of_seconds_counts_back_from_the_last_trade() -> None:
    """On a Saturday half an hour is the last one of Friday."""
    window = _query(end="20130302-17:00:00", duration="1800 S").window
    assert window.sessions == (date(2013, 3, 1),)
    assert window.start == at("2013-03-01 15:30")
    assert window.cutoff == at("2013-03-01 16:00")


def test_end_of_february_is_reached_from_the_end_of_march() -> None:
    """A month before the 30th of March is the last of February."""
    clock = at("2012-03-30 17:00")
    query = parse_query(_request(duration="1 M"), "NYSE", clock)
    assert isinstance(query, BarQuery)
    assert query.window.sessions[0] == date(2012, 3, 1)


def test_end_without_a_zone_is_taken_as_local_with_a_warning() -> None:
    """2174, and the venue's own time."""
    query = _query(end="20130301 16:00:00")
    assert query.window.cutoff == at("2013-03-01 16:00")
    assert query.warning is not None
    assert query.warning.code == 2174


def test_window_of_a_future_holds_the_session_that_began_in_the_evening() -> None:
    """On Sunday at seven Monday's trade date runs already; regular hours are still Friday's."""
    clock = at("2013-03-03 19:00")
    evening = parse_query(_request(duration="1 D", use_rth=False), "CME", clock)
    regular = parse_query(_request(duration="1 D"), "CME", clock)
    assert isinstance(evening, BarQuery)
    assert isinstance(regular, BarQuery)
    assert evening.window.sessions == (date(2013, 3, 4),)
    assert regular.window.sessions == (date(2013, 3, 1),)


@pytest.mark.parametrize("size", list(BarSize))
def test_every_size_of_ib_is_legal(size: BarSize) -> None:
    """All 21 of them."""
    assert _query(bar_size=size.value, duration="1800 S").size is size


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"bar_size": "1 minute"}, 321),
        ({"what_to_show": ""}, 321),
        ({"duration": "0 D"}, 321),
        ({"duration": "366 D"}, 321),
        ({"duration": "69 Y"}, 321),
        ({"duration": "5D"}, 321),
        ({"end": "2013-03-01"}, 10314),
        ({"end": "20130231-00:00:00"}, 10314),
        ({"end": "20130301 25:00:00 US/Eastern"}, 10314),
        ({"end": "20130301 10:00:00 ../etc"}, 10314),
        ({"format_date": 4}, 321),
        ({"keep_up_to_date": True, "end": "20130301-00:00:00"}, 321),
        ({"keep_up_to_date": True, "what_to_show": "BID_ASK"}, 321),
        ({"keep_up_to_date": True, "bar_size": "1 secs", "duration": "60 S"}, 321),
        ({"bar_size": "1 secs", "duration": "1 D"}, 162),
        ({"bar_size": "1 secs", "duration": "2001 S"}, 162),
        ({"bar_size": "15 secs", "duration": "1 M"}, 162),
        ({"what_to_show": "SCHEDULE", "bar_size": "1 hour"}, 10295),
        ({"what_to_show": "ADJUSTED_LAST", "end": "20130301-00:00:00"}, 321),
        (
            {
                "contract": Contract(symbol="ES", sec_type=SecType.CONTFUT),
                "end": "20130301-00:00:00",
            },
            10339,
        ),
    ],
    ids=str,
)
def test_request_that_means_nothing_is_refused(changes: dict[str, Any], code: int) -> None:
    """Each with the code a gateway has for it."""
    refusal = parse_query(_request(**changes), "NYSE", OPEN_MONDAY)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
