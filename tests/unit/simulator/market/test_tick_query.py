# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_provider.domain.contract import Contract, SecType
from ib_provider.simulator.market.tick_query import TickKind, TickQuery, page, parse_tick_query
from ib_provider.simulator.market.ticks import TickTape
from ib_provider.simulator.refusal import Refusal
from ib_provider.wire.messages import ReqHistoricalTicks
from tests.support.simulator import OPEN_MONDAY, at, real_market


def _request(**changes: Any) -> ReqHistoricalTicks:
    fields: dict[str, Any] = {
        "request_id": 1,
        "contract": Contract(symbol="IBM"),
        "start": "20130301-15:00:00",
        "end": "",
        "count": 100,
        "what_to_show": "TRADES",
        "use_rth": True,
    }
    return ReqHistoricalTicks(**(fields | changes))


def _query(**changes: Any) -> TickQuery:
    query = parse_tick_query(_request(**changes), SecType.STK, "NYSE", OPEN_MONDAY)
    assert isinstance(query, TickQuery)
    return query


TAPE = TickTape(real_market(), "IBM", regular=True)


@settings(max_examples=15, deadline=None)
@given(
    kind=st.sampled_from(TickKind),
    second=st.integers(0, 23_000),
    count=st.sampled_from([1, 7, 100, 1000]),
)
def test_pages_forth_and_back_are_the_same_ticks(kind: TickKind, second: int, count: int) -> None:
    """Whole seconds, at least as many as asked, and the end of one page is the other's start."""
    start = at("2013-03-01 09:30") + timedelta(seconds=second)
    text = start.astimezone(UTC).strftime("%Y%m%d-%H:%M:%S")
    forth = page(TAPE, _query(start=text, count=count, what_to_show=kind))
    if not forth:
        return
    assert forth[0].time >= start.timestamp()
    last = forth[-1].time
    end = datetime.fromtimestamp(last + 1, UTC).strftime("%Y%m%d-%H:%M:%S")
    wanted = min(len(forth), 1000)
    back = page(TAPE, _query(start="", end=end, count=wanted, what_to_show=kind))
    assert [str(tick) for tick in back[-wanted:]] == [str(tick) for tick in forth[-wanted:]]
    # a second is whole in every page it is in
    if len(forth) > count:
        assert forth[count - 1].time == last
    assert len(forth) <= count + 5


def test_page_holds_one_session() -> None:
    """From a start on a Saturday come Monday's ticks; before an end on it, Friday's."""
    forth = page(TAPE, _query(start="20130302-12:00:00", count=5))
    back = page(TAPE, _query(start="", end="20130302-12:00:00", count=5))
    assert forth[0].time == int(at("2013-03-04 09:30").timestamp())
    assert back[-1].time == int(at("2013-03-01 15:59").timestamp()) + 59
    near = page(TAPE, _query(start="20130301-20:59:58", count=1000))
    assert near[-1].time < at("2013-03-01 16:00").timestamp()


def test_future_has_no_ticks() -> None:
    """What has not happened is not told."""
    assert page(TAPE, _query(start="20130304-15:00:00")) == []
    late = page(TAPE, _query(start="", end="20130401-15:00:00", count=1))
    assert late[-1].time < OPEN_MONDAY.timestamp()


@pytest.mark.parametrize(
    ("changes", "sec_type", "code"),
    [
        ({"end": "20130301-16:00:00"}, SecType.STK, 321),
        ({"start": ""}, SecType.STK, 321),
        ({"count": 0}, SecType.STK, 321),
        ({"count": 1001}, SecType.STK, 321),
        ({"what_to_show": "ASK"}, SecType.STK, 321),
        ({"start": "yesterday"}, SecType.STK, 10314),
        ({}, SecType.CASH, 10187),
        ({}, SecType.BAG, 10187),
        ({"what_to_show": "MIDPOINT"}, SecType.IND, 10187),
    ],
    ids=str,
)
def test_request_that_means_nothing_is_refused(
    changes: dict[str, Any], sec_type: SecType, code: int
) -> None:
    """Each with the code a gateway has for it."""
    refusal = parse_tick_query(_request(**changes), sec_type, "NYSE", OPEN_MONDAY)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
