# SPDX-License-Identifier: Apache-2.0
"""The market: real days adjusted as of the clock, minutes that add up, quotes at any instant."""

from __future__ import annotations

from datetime import date, timedelta
from math import exp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_provider.simulator.market.market import Market
from tests.support.simulator import at, real_market

ES = "FUT|ES|USD|CME|20130315|||0.25|"
CALL = "OPT|AAPL|USD|SMART|20130316|450|C|0.01|"


def test_running_session_shows_a_partial_day_that_only_grows() -> None:
    """What has traded by an instant is a part of the session, and grows into all of it."""
    seen = []
    for hour in ("09:31", "12:00", "15:59", "16:00"):
        quote = real_market().quote("MSFT", at(f"2013-03-01 {hour}"))
        assert quote is not None
        seen.append(quote)
    assert [quote.open for quote in seen] == [27.72] * 4
    assert seen[0].volume < seen[1].volume < seen[2].volume < seen[3].volume == 34_849_700
    assert seen[0].high <= seen[1].high <= seen[2].high <= seen[3].high == 27.98


def test_quote_in_a_session_stands_around_the_last_price() -> None:
    """A bid below, an ask above, both with a size, and yesterday's close."""
    quote = real_market().quote("AAPL", at("2013-03-01 11:00"))
    assert quote is not None
    assert quote.bid is not None
    assert quote.ask is not None
    assert quote.bid < quote.last < quote.ask
    assert quote.bid_size >= 100
    assert quote.ask_size >= 100
    assert quote.previous_close == 441.40
    assert 429.98 <= quote.last <= 438.1799


def test_quote_on_a_split_day_halves_the_previous_close() -> None:
    """The previous close is shown in today's shares."""
    quote = real_market().quote("AAPL", at("2005-02-28 10:00"))
    assert quote is not None
    assert quote.previous_close == 88.99 / 2


def test_quote_outside_hours_has_no_book_unless_frozen() -> None:
    """After the close there is a last price and nothing to trade against."""
    clock = at("2013-03-01 18:00")
    quote = real_market().quote("IBM", clock)
    assert quote is not None
    assert (quote.bid, quote.ask, quote.bid_size, quote.last) == (None, None, 0, 202.91)
    frozen = real_market().quote("IBM", clock, frozen=True)
    assert frozen is not None
    assert frozen.bid is not None


@pytest.mark.parametrize("clock", ["2013-03-04 10:00", "2013-12-31 15:00", "2020-06-01 12:00"])
def test_quote_after_the_file_stays_around_the_last_close(clock: str) -> None:
    """There is a price for ever after, and it does not drift away in years."""
    quote = real_market().quote("GOOG", at(clock))
    assert quote is not None
    assert quote.last == pytest.approx(806.19, rel=0.2)


def test_quote_before_the_listing_is_none() -> None:
    """Facebook had no price in 2011."""
    assert real_market().quote("FB", at("2011-03-01 10:00")) is None


@settings(max_examples=30, deadline=None)
@given(
    key=st.sampled_from(["AAPL", "CRYPTO|BTC|USD|PAXOS||||0.01|", ES, CALL]),
    second=st.integers(0, 6 * 3600),
)
def test_quote_straddles_the_last_trade(key: str, second: int) -> None:
    """At any instant: bid below, ask above, and the last trade is that of the ticks."""
    now = at("2013-03-04 09:31") + timedelta(seconds=second)
    quote = real_market().quote(key, now, extended=True)
    assert quote is not None
    assert quote.bid is not None
    assert quote.ask is not None
    assert quote.bid <= quote.last <= quote.ask
    assert quote.bid < quote.ask
    assert quote.low <= quote.last <= quote.high
    assert quote.last_at < now
    bids, asks = real_market().book(key, now, rows=10)
    assert (bids[0].price, asks[0].price) == (quote.bid, quote.ask)
    assert [level.price for level in bids] == sorted({b.price for b in bids}, reverse=True)
    assert [level.price for level in asks] == sorted({a.price for a in asks})


@settings(max_examples=20, deadline=None)
@given(key=st.sampled_from(["AAPL", ES, CALL]), minute=st.integers(0, 300))
def test_trades_of_a_minute_add_up_to_it(key: str, minute: int) -> None:
    """The first is its open, the last its close, their sizes its volume."""
    market = real_market()
    path = market.paths.path(key, date(2013, 3, 4))
    assert path is not None
    prints = [
        one
        for second in range(minute * 60, minute * 60 + 60)
        for one in market.prints(key, path, second)
    ]
    rows = path.minutes
    assert prints[0].price == rows.open[minute]
    assert prints[-1].price == rows.close[minute]
    assert max(one.price for one in prints) == rows.high[minute]
    assert min(one.price for one in prints) == rows.low[minute]
    assert sum(one.size for one in prints) == rows.volume[minute]


def test_stock_trades_before_the_open_where_that_is_asked_for() -> None:
    """At eight in the morning the regular market stands still, the extended one does not."""
    clock = at("2013-03-01 08:00")
    regular = real_market().quote("IBM", clock)
    extended = real_market().quote("IBM", clock, extended=True)
    assert regular is not None
    assert extended is not None
    assert (regular.session, regular.trading) == (date(2013, 2, 28), False)
    assert (extended.session, extended.trading) == (date(2013, 3, 1), True)


def test_future_costs_its_index_and_the_carry() -> None:
    """Within a tick of the index times the cost of carry to the expiry."""
    now = at("2013-03-04 11:00")
    index = real_market().quote("IND|SPX|USD|CBOE||||0.01|", now)
    future = real_market().quote(ES, now)
    assert index is not None
    assert future is not None
    assert future.last == pytest.approx(index.last * exp(-0.018 * 11 / 365), abs=1.0)


def test_series_that_has_expired_or_not_begun_has_no_quote() -> None:
    """Nor has one whose name means nothing."""
    assert real_market().quote(ES, at("2013-03-18 12:00")) is None
    assert real_market().quote(CALL, at("2011-03-01 12:00")) is None
    assert real_market().quote("no such thing", at("2013-03-01 12:00")) is None


def test_same_seed_gives_the_same_market_and_another_seed_another() -> None:
    """A market is a function of its seed."""
    now = at("2013-03-04 11:00")
    first, again, other = (Market(seed=seed).quote("AAPL", now) for seed in (1, 1, 2))
    assert first == again
    assert first != other
