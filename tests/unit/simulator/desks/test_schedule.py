# SPDX-License-Identifier: Apache-2.0
"""A contract's hours are told twice, in its details and as a schedule: they are the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from ib_provider.domain.bar import BarSize, WhatToShow
from ib_provider.simulator.brokerage import Brokerage
from ib_provider.simulator.contracts import Listing
from ib_provider.simulator.desks.past_market import PastMarket
from ib_provider.simulator.desks.schedule import schedule_of
from ib_provider.simulator.market.bar_query import BarQuery, Window
from tests.support.simulator import quick_options

Span = tuple[datetime, datetime]

_WEEK = timedelta(days=7)


@cache
def _brokerage() -> Brokerage:
    return Brokerage(quick_options(), lambda _: None)


@cache
def _past() -> PastMarket:
    return PastMarket(_brokerage())


@cache
def _kinds() -> tuple[tuple[str, int], ...]:
    """Return every single contract by conId, and every root of futures by its number."""
    contracts = _brokerage().contracts
    singles = [
        (f"{row.contract.sec_type} {row.contract.symbol} {row.venue}", row.contract.con_id)
        for row in contracts
        if row.last_trade is None
    ]
    roots = [
        (f"root {root.pattern.contract.symbol}", root.number) for root in contracts.tables.roots
    ]
    return (*singles, *roots)


def _listing(kind: tuple[str, int], on: date) -> Listing:
    name, number = kind
    contracts = _brokerage().contracts
    if name.startswith("root "):
        (root,) = (root for root in contracts.tables.roots if root.number == number)
        return next(root.listings(on + 2 * _WEEK))
    return contracts.by_id(number)


def _at(text: str) -> datetime:
    """Read ``20130304:1600``; the last minute of a day is its end."""
    at = datetime.strptime(text, "%Y%m%d:%H%M").replace(tzinfo=UTC)
    return at + timedelta(minutes=1) if text.endswith("2359") else at


def _told(text: str) -> dict[date, Span]:
    """Return what a week's text says of each session: from its first begin to its last end."""
    found: dict[date, Span] = {}
    for part in text.split(";"):
        begin, dash, end = part.partition("-")
        if dash:
            session = date(int(end[:4]), int(end[4:6]), int(end[6:8]))
            first, last = found.get(session, (_at(begin), _at(end)))
            found[session] = (min(first, _at(begin)), max(last, _at(end)))
    return found


def _scheduled(listing: Listing, first: date, *, regular: bool) -> dict[date, Span]:
    past = _past()
    venue = past.venue(listing)
    sessions = past.calendar.sessions(venue, first - _WEEK, first + 2 * _WEEK)
    window = Window(sessions=sessions, start=None, cutoff=datetime(2100, 1, 1, tzinfo=UTC))
    query = BarQuery(size=BarSize.DAY_1, what=WhatToShow.TRADES, window=window, regular=regular)
    schedule = schedule_of(past, listing, query, 1)
    if schedule is None:
        return {}
    return {
        datetime.strptime(row.ref_date, "%Y%m%d").replace(tzinfo=UTC).date(): (
            datetime.strptime(row.start, "%Y%m%d-%H:%M:%S").replace(tzinfo=UTC),
            datetime.strptime(row.end, "%Y%m%d-%H:%M:%S").replace(tzinfo=UTC),
        )
        for row in schedule.sessions
    }


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(_kinds()),
    first=st.dates(date(2013, 4, 1), date(2019, 12, 20)),
    liquid=st.booleans(),
)
def test_schedule_is_what_the_details_say(kind: tuple[str, int], first: date, liquid: bool) -> None:
    """Of every contract, in any week, holidays and half days and changed clocks among them."""
    listing = _listing(kind, first)
    told = _told(listing.hours.text(first, liquid=liquid))
    scheduled = _scheduled(listing, first, regular=liquid)
    # sessions that begin before the week or end after it are told in part
    inside = {first + timedelta(days=count) for count in range(1, 6)}
    assert {day: span for day, span in scheduled.items() if day in inside} == {
        day: span for day, span in told.items() if day in inside
    }


def test_there_is_a_kind_of_every_sort() -> None:
    """The law is asked of more than stocks."""
    sorts = {name.split()[0] for name, _ in _kinds()}
    assert {"STK", "IND", "CASH", "CFD", "CMDTY", "CRYPTO", "BOND", "FUND", "root"} <= sorts
