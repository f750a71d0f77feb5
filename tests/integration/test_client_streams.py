# SPDX-License-Identifier: Apache-2.0
"""Subscriptions of the client at the simulated gateway, over TCP, in text and in protobuf."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TypeVar

import pytest

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.client.stream import Overflow, Stream
from ib_provider.domain.bar import BarSize, WhatToShow
from ib_provider.domain.contract import Contract, SecType
from ib_provider.domain.live import GreeksSource
from ib_provider.domain.quote import MarketDataType
from ib_provider.errors import LocalProtocolError, NoSecurityDefinition
from ib_provider.simulator.limits.limits import Limits
from ib_provider.simulator.options import SimulatorOptions
from ib_provider.simulator.server import SimulatedGateway

CLOCK = "2013-03-04T10:00:00-05:00"
AAPL = Contract(
    con_id=265598, symbol="AAPL", exchange="SMART", primary_exchange="NASDAQ", currency="USD"
)
IBM = Contract(con_id=8314, symbol="IBM", exchange="SMART", primary_exchange="NYSE", currency="USD")
AT_NASDAQ = replace(AAPL, exchange="NASDAQ")
LIMIT_S = 60.0
Value = TypeVar("Value")


@pytest.fixture(params=(178, 200, 225))
async def gateway(request: pytest.FixtureRequest) -> AsyncIterator[SimulatedGateway]:
    options = SimulatorOptions(
        port=0,
        clock=CLOCK,
        speed=20,
        max_server_version=request.param,
        limits=Limits(pacing=False, max_messages=0),
    )
    async with SimulatedGateway(options) as running:
        yield running


@pytest.fixture
async def client(gateway: SimulatedGateway) -> AsyncIterator[IbClient]:
    async with IbClient(Endpoint(port=gateway.port, client_id=3)) as connected:
        yield connected


async def some(stream: Stream[Value], count: int) -> list[Value]:
    """Return the first values of a stream that was entered."""
    async with asyncio.timeout(LIMIT_S):
        return [await anext(stream) for _ in range(count)]


async def test_trades_come_in_order_and_each_with_a_name_of_its_own(client: IbClient) -> None:
    """Many trades share a second, some a price and a size, too; no two share a name."""
    async with client.trades(AAPL) as stream:
        trades = await some(stream, 200)
    assert {trade.con_id for trade in trades} == {AAPL.con_id}
    assert [t.ts for t in trades] == sorted(t.ts for t in trades)
    assert len({trade.trade_id for trade in trades}) == len(trades)
    assert len({trade.ts for trade in trades}) < len(trades)
    assert all(trade.price > 0 and trade.size > 0 and trade.exchange for trade in trades)
    assert abs(trades[0].ts - datetime.fromisoformat(CLOCK)) < timedelta(minutes=10)


async def test_two_readers_give_a_trade_of_a_whole_second_the_same_name(client: IbClient) -> None:
    """The name says what the trade is, not who read it."""
    async with client.trades(AAPL) as one, client.trades(AAPL, unreported=True) as other:
        first, second = await asyncio.gather(some(one, 150), some(other, 400))
    reported = {t.trade_id: t.ts for t in second if not t.unreported}
    whole = {t.trade_id for t in first if first[0].ts < t.ts < first[-1].ts}
    assert len(whole) > 20
    assert len(whole & set(reported)) > 0.9 * len(whole)


async def test_bid_asks_are_uncrossed(client: IbClient) -> None:
    """Each change of the touch has both sides and their sizes."""
    async with client.bid_asks(AAPL) as stream:
        for tick in await some(stream, 50):
            assert tick.bid is not None
            assert tick.ask is not None
            assert 0 < tick.bid <= tick.ask
            assert tick.bid_size > 0
            assert tick.ask_size > 0


async def test_midpoints_lie_between_bid_and_ask(client: IbClient) -> None:
    """A third kind on the same contract at the same time."""
    async with client.midpoints(AAPL) as middles, client.bid_asks(AAPL) as touches:
        middle, touch = await asyncio.gather(some(middles, 20), some(touches, 20))
    low, high = min(t.bid or 0 for t in touch), max(t.ask or 0 for t in touch)
    assert all(0.98 * low < tick.price < 1.02 * high for tick in middle)


async def test_quotes_are_whole(client: IbClient) -> None:
    """What the gateway sends field by field arrives as one quote, with nothing missing."""
    async with client.quotes(AAPL) as stream:
        quotes = await some(stream, 5)
    last = quotes[-1]
    assert last.bid is not None
    assert last.ask is not None
    assert 0 < last.bid <= last.ask
    assert last.bid_size is not None
    assert last.close == Decimal("430.47")  # of Friday, 2013-03-01
    assert last.data_type is MarketDataType.LIVE
    assert last.volume is not None
    assert len({(q.bid, q.ask, q.last, q.bid_size, q.volume) for q in quotes}) > 1


async def test_ending_one_kind_leaves_the_other_running(client: IbClient) -> None:
    """Each stream cancels the request it was begun as, and only that."""
    async with client.quotes(AAPL) as quotes:
        async with client.bid_asks(AAPL) as touches:
            await some(touches, 3)
        await some(quotes, 3)
    async with client.bid_asks(AAPL) as touches:
        async with client.quotes(AAPL) as quotes:
            await some(quotes, 1)
        await some(touches, 3)


async def test_gateway_forgets_a_stream_whose_reader_left(
    gateway: SimulatedGateway, client: IbClient
) -> None:
    """Lines are few: fifty streams one after the other fit into the limit of a hundred lines."""
    for _ in range(120):
        async with client.quotes(IBM) as stream:
            await some(stream, 1)
    assert await client.current_time()


async def test_real_time_bars_follow_one_another(client: IbClient) -> None:
    """Five seconds each, without a hole."""
    async with client.real_time_bars(AAPL) as stream:
        bars = await some(stream, 6)
    starts = [bar.start for bar in bars if bar.start is not None]
    steps = {after - before for before, after in pairwise(starts)}
    assert steps == {timedelta(seconds=5)}
    for bar in bars:
        assert bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high
        assert bar.session.isoformat() == "2013-03-04"
        assert bar.spec.size is BarSize.SEC_5


async def test_real_time_bars_of_midpoints_have_no_volume(client: IbClient) -> None:
    """IB writes -1 where bars are not made of trades; that is no number of shares."""
    async with client.real_time_bars(AAPL, what=WhatToShow.MIDPOINT) as stream:
        (bar,) = await some(stream, 1)
    assert (bar.volume, bar.bar_count) == (None, None)


async def test_depth_is_a_book(client: IbClient) -> None:
    """Both sides sorted, the best row first, never crossed, whatever was inserted and deleted."""
    async with client.depth(AT_NASDAQ, rows=5) as stream:
        books = await some(stream, 30)
    for book in books[1:]:
        bids, asks = [r.price for r in book.bids], [r.price for r in book.asks]
        assert bids == sorted(bids, reverse=True)
        assert asks == sorted(asks)
        assert len(bids) <= 5
        if bids and asks:
            assert bids[0] < asks[0]
    assert {len(book.bids) for book in books[5:]} == {5}


async def test_two_books_of_one_contract_are_two(client: IbClient) -> None:
    """A book is the subscription's, not the client's: three rows here, eight there."""
    async with client.depth(AT_NASDAQ, rows=3) as small, client.depth(AT_NASDAQ, rows=8) as large:
        few, many = await asyncio.gather(some(small, 10), some(large, 10))
    assert {len(book.asks) for book in few[3:]} == {3}
    assert {len(book.asks) for book in many[3:]} == {8}


async def test_smart_depth_names_the_venue_of_each_row(client: IbClient) -> None:
    """A book over all venues says where each row stands."""
    async with client.depth(AAPL, rows=5, smart=True) as stream:
        book = (await some(stream, 5))[-1]
    assert book.bids
    assert all(row.market_maker for row in (*book.bids, *book.asks))


async def test_unknown_contract_ends_the_stream_at_once(client: IbClient) -> None:
    """The gateway's error is the stream's, typed, and nobody waits for a time limit."""
    wrong = Contract(symbol="XQZ", exchange="SMART", currency="USD")
    with pytest.raises(NoSecurityDefinition):
        async with client.trades(wrong) as stream:
            await some(stream, 1)


async def test_trades_of_a_currency_pair_are_refused_before_they_are_asked(
    client: IbClient,
) -> None:
    """A pair has quotes, and no trades."""
    pair = Contract(symbol="EUR", sec_type=SecType.CASH, exchange="IDEALPRO", currency="USD")
    with pytest.raises(LocalProtocolError, match="has none"):
        client.trades(pair)


async def test_latest_only_keeps_one_value_and_counts_the_rest(client: IbClient) -> None:
    """Whoever wants the newest quote only says so, and sees what that cost."""
    async with client.bid_asks(AAPL, overflow=Overflow.LATEST) as stream:
        await some(stream, 1)
        await asyncio.sleep(1.0)
        waiting = await stream.read()
    assert len(waiting) == 1
    assert stream.dropped > 0


async def test_greeks_of_an_option_are_computed_or_none(client: IbClient) -> None:
    """All four prices have their own; the model's delta of a call is between 0 and 1."""
    option = Contract(
        symbol="AAPL",
        sec_type=SecType.OPT,
        last_trade_date="20130315",
        strike=Decimal(430),
        right="C",
        exchange="SMART",
        currency="USD",
    )
    async with client.greeks(option) as stream:
        found = await some(stream, 8)
    model = next(item for item in found if item.source is GreeksSource.MODEL)
    assert model.delta is not None
    assert 0 < model.delta < 1
    assert model.implied_volatility is not None
    assert model.underlying_price is not None
    assert {item.source for item in found} >= {GreeksSource.BID, GreeksSource.ASK}


async def test_index_prices_need_no_bid(client: IbClient) -> None:
    """An index has a value and nothing else."""
    index = Contract(
        con_id=416904, symbol="SPX", sec_type=SecType.IND, exchange="CBOE", currency="USD"
    )
    async with client.index_prices(index) as stream:
        (price,) = await some(stream, 1)
    assert price.price > 0
    assert price.con_id == index.con_id


async def test_now_is_utc(client: IbClient) -> None:
    """Instants carry their zone."""
    async with client.quotes(AAPL) as stream:
        (quote,) = await some(stream, 1)
    assert quote.ts.tzinfo is UTC


async def test_quotes_of_a_cfd_are_followed_to_its_stock(client: IbClient) -> None:
    """IB serves a share CFD's data under the share; the reader asked for the CFD and gets it."""
    cfd = Contract(symbol="AAPL", sec_type=SecType.CFD, exchange="SMART", currency="USD")
    async with client.quotes(cfd) as stream:
        quotes = await some(stream, 2)
    assert quotes[-1].close == Decimal("430.47")
