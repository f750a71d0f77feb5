# SPDX-License-Identifier: Apache-2.0
"""Ticks agree with the bars that the market makes elsewhere, and with each other."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_provider.simulator.market.ticks import Quote, TickTape, Trade, venue_at
from tests.support.simulator import at, real_market

ES = "FUT|ES|USD|CME|20130315|||0.25|"
CALL = "OPT|AAPL|USD|SMART|20130316|450|C|0.01|"
EURUSD = "CASH|EUR|USD|IDEALPRO||||0.00005|"
TEN = int(at("2013-03-04 10:00").timestamp())


def _tape(key: str = "AAPL", *, regular: bool = False) -> TickTape:
    return TickTape(real_market(), key, regular=regular)


@settings(max_examples=20, deadline=None)
@given(key=st.sampled_from(["AAPL", "IBM", ES, CALL]), minute=st.integers(0, 300))
def test_trades_add_up_to_the_bar_of_their_minute(key: str, minute: int) -> None:
    """Open, high, low, close and volume of the minute's own row."""
    path = real_market().paths.path(key, date(2013, 3, 4))
    assert path is not None
    begin = path.begin + 60 * minute
    trades = list(_tape(key).trades(begin, begin + 60))
    rows, scale = path.minutes, path.what.scale
    assert trades[0].price * scale == int(rows.open[minute])
    assert trades[-1].price * scale == int(rows.close[minute])
    assert max(trade.price for trade in trades) * scale == int(rows.high[minute])
    assert min(trade.price for trade in trades) * scale == int(rows.low[minute])
    assert sum(trade.size for trade in trades) == int(rows.volume[minute])
    assert all(begin <= trade.time < begin + 60 for trade in trades)


@settings(max_examples=30, deadline=None)
@given(
    key=st.sampled_from(["AAPL", ES, CALL, EURUSD]),
    start=st.integers(-3_000, 3_000),
    cuts=st.lists(st.integers(1, 200), min_size=1, max_size=6),
)
def test_parts_are_the_whole(key: str, start: int, cuts: list[int]) -> None:
    """A span read second by second, or in any pieces, holds the same ticks."""
    tape, first = _tape(key), TEN + start
    last = first + sum(cuts)
    for ticks in (tape.trades, tape.quotes, tape.middles):
        pieces: list[Any] = []
        begin = first
        for cut in cuts:
            pieces += ticks(begin, begin + cut)
            begin += cut
        assert pieces == list(ticks(first, last))


@pytest.mark.parametrize("key", ["AAPL", ES, CALL, EURUSD])
def test_last_quote_before_an_instant_is_the_quote_at_it(key: str) -> None:
    """Level 1 and the ticks are one market."""
    for second in (0, 61, 600, 1_234):
        now = TEN + second
        (tick,) = _tape(key).latest(_tape(key).quotes, now, 1)
        quote = real_market().quote(key, datetime.fromtimestamp(now, UTC), extended=True)
        assert quote is not None
        assert float(tick.bid) == pytest.approx(quote.bid)
        assert float(tick.ask) == pytest.approx(quote.ask)


def test_latest_trades_are_the_end_of_the_tape() -> None:
    """So many, oldest first, also across a night; none when none are wanted."""
    tape = _tape(regular=True)
    opened = int(at("2013-03-04 09:30").timestamp())
    found = tape.latest(tape.trades, opened + 2, 1_000)
    assert len(found) == 1_000
    assert [trade.time for trade in found] == sorted(trade.time for trade in found)
    assert found[0].time < int(at("2013-03-01 16:00").timestamp()) <= opened <= found[-1].time
    assert tape.latest(tape.trades, opened, 0) == []


def test_regular_tape_is_silent_outside_regular_hours() -> None:
    """The whole day's tape is not."""
    early = int(at("2013-03-04 08:00").timestamp())
    assert list(_tape(regular=True).trades(early, early + 600)) == []
    assert list(_tape().trades(early, early + 600)) != []


def test_quotes_without_sizes_are_those_that_move() -> None:
    """Every one has another price than the one before it; the others only other sizes."""
    every = list(_tape("IBM").quotes(TEN, TEN + 1_800))
    moved = list(_tape("IBM").quotes(TEN, TEN + 1_800, ignore_size=True))
    assert len(moved) < len(every)
    assert set(moved) < set(every)
    pairs = pairwise(every)
    assert all((a.bid, a.bid_size, a.ask_size) != (b.bid, b.bid_size, b.ask_size) for a, b in pairs)
    assert all(a.bid != b.bid for a, b in pairwise(moved))
    assert all(isinstance(quote, Quote) and quote.bid < quote.ask for quote in every)


def test_venue_of_a_trade_is_one_of_the_contracts_own() -> None:
    """The same for the same trade, and not always the same one."""
    venues = ("NASDAQ", "ARCA", "BATS")
    trades = list(_tape().trades(TEN, TEN + 60))
    seen = [venue_at(venues, trade) for trade in trades]
    assert seen == [venue_at(venues, trade) for trade in trades]
    assert set(seen) == set(venues)
    assert venue_at((), Trade(0, Decimal(1), Decimal(1))) == ""
