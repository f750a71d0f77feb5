# SPDX-License-Identifier: Apache-2.0
"""Live data as ib_async 2.1.0 shows it to its users: tickers, bars, books."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import ib_async
import pytest

from ib_provider.simulator import SimulatedGateway
from tests.support.live_data import fast_options

STOCK = ib_async.Stock("AAPL", "SMART", "USD", conId=265598)


@pytest.fixture
async def ib() -> AsyncIterator[Any]:
    async with SimulatedGateway(fast_options(not_subscribed=("TSLA",))) as gateway:
        client = ib_async.IB()
        await client.connectAsync("127.0.0.1", gateway.port, clientId=1, timeout=8)
        yield client
        client.disconnect()


async def _pair(ib: Any) -> Any:
    (pair,) = await ib.qualifyContractsAsync(ib_async.Forex("EURUSD"))
    return pair


async def _until(done: Callable[[], Any], timeout_s: float = 30.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline, "not within the bound"
        await asyncio.sleep(0.02)


async def test_ticker_fills_itself(ib: Any) -> None:
    """Both sides, last, day and time; RTVolume with its average price; dividends."""
    (stock,) = await ib.qualifyContractsAsync(ib_async.Stock("MSFT", "SMART", "USD"))
    ticker = ib.reqMktData(stock, "165,233,236,456")
    await _until(lambda: ticker.rtVolume == ticker.rtVolume and ticker.dividends)
    assert ticker.bid < ticker.last < ticker.ask
    assert ticker.low <= ticker.open <= ticker.high
    assert ticker.close == 27.95
    assert (ticker.low52week, ticker.high52week) == (26.26, 32.95)
    assert 27 < ticker.vwap < 29
    assert ticker.shortableShares > 1_000
    assert (ticker.dividends.past12Months, ticker.dividends.nextAmount) == (0.8, 0.2)
    assert ticker.dividends.nextDate.isoformat() == "2013-05-08"
    assert (ticker.marketDataType, ticker.halted) == (1, 0)
    assert ticker.bidExchange
    assert ticker.lastExchange in "ANPQVZ"
    ib.cancelMktData(ticker.contract)


async def test_tick_by_tick_of_every_kind(ib: Any) -> None:
    """Each kind of tick lands in the ticker with its own class."""
    pair = await _pair(ib)
    trades = ib.reqTickByTickData(STOCK, "AllLast")
    await _until(lambda: trades.tickByTicks)
    assert isinstance(trades.tickByTicks[0], ib_async.TickByTickAllLast)
    assert trades.tickByTicks[0].time > datetime(2013, 3, 4, 15, tzinfo=UTC)
    ib.cancelTickByTickData(STOCK, "AllLast")
    quotes = ib.reqTickByTickData(pair, "BidAsk", ignoreSize=True)
    await _until(lambda: any(isinstance(t, ib_async.TickByTickBidAsk) for t in quotes.tickByTicks))
    ib.cancelTickByTickData(pair, "BidAsk")
    middles = ib.reqTickByTickData(pair, "MidPoint")
    kind = ib_async.TickByTickMidPoint
    await _until(lambda: any(isinstance(tick, kind) for tick in middles.tickByTicks))
    ib.cancelTickByTickData(pair, "MidPoint")


async def test_real_time_bars_grow(ib: Any) -> None:
    """Five seconds apart, none missing."""
    bars = ib.reqRealTimeBars(STOCK, 5, "TRADES", useRTH=True)
    await _until(lambda: len(bars) >= 5)
    ib.cancelRealTimeBars(bars)
    times = [bar.time.timestamp() for bar in bars]
    assert times == [times[0] + 5 * place for place in range(len(times))]
    assert all(bar.low <= bar.open_ <= bar.high and bar.volume >= 0 for bar in bars)


async def test_book_is_a_book(ib: Any) -> None:
    """ib_async applies the steps itself; both sides stay sorted and full."""
    pair = await _pair(ib)
    ticker = ib.reqMktDepth(pair, numRows=5)
    await _until(lambda: len(ticker.domTicks) > 0 and len(ticker.domBids) == 5)
    for _ in range(10):
        await ticker.updateEvent
        bids = [level.price for level in ticker.domBids]
        asks = [level.price for level in ticker.domAsks]
        assert bids == sorted(bids, reverse=True)
        assert asks == sorted(asks)
        assert len(bids) == len(asks) == 5
        assert bids[0] < asks[0]
    ib.cancelMktDepth(pair)
    smart = ib.reqMktDepth(STOCK, numRows=5, isSmartDepth=True)
    await _until(lambda: len(smart.domBids) == 5)
    assert {level.marketMaker for level in smart.domBids} <= {"NASDAQ", "ARCA", "BATS", "NYSE",
                                                             "AMEX", "IEX"}  # fmt: skip
    ib.cancelMktDepth(STOCK, isSmartDepth=True)
    exchanges = await asyncio.wait_for(ib.reqMktDepthExchangesAsync(), 20)
    assert "IDEALPRO" in {entry.exchange for entry in exchanges}


async def test_option_ticker_has_greeks(ib: Any) -> None:
    """Model, bid, ask and last greeks; a calculation at other numbers."""
    option = ib_async.Option("AAPL", "20130316", 430, "C", "SMART")
    (option,) = await ib.qualifyContractsAsync(option)
    ticker = ib.reqMktData(option, "106")
    await _until(lambda: ticker.modelGreeks and ticker.bidGreeks and ticker.lastGreeks)
    assert 0.2 < ticker.modelGreeks.delta < 0.8
    assert ticker.bidGreeks.impliedVol < ticker.askGreeks.impliedVol
    assert ticker.modelGreeks.undPrice == pytest.approx(430, rel=0.1)
    ib.cancelMktData(option)
    found = await ib.calculateImpliedVolatilityAsync(option, 12.5, 431.0)
    again = await ib.calculateOptionPriceAsync(option, found.impliedVol, 431.0)
    assert again.optPrice == pytest.approx(12.5, abs=1e-4)


async def test_delayed_ticker_is_filled_too(ib: Any) -> None:
    """Type 3 after 10167."""
    ib.reqMarketDataType(3)
    (stock,) = await ib.qualifyContractsAsync(ib_async.Stock("TSLA", "SMART", "USD"))
    ticker = ib.reqMktData(stock)
    await _until(lambda: ticker.last == ticker.last)
    assert ticker.marketDataType == 3
    assert ticker.bid < ticker.last < ticker.ask
    ib.cancelMktData(ticker.contract)
    ib.reqMarketDataType(1)


async def test_scanner_finds_the_most_active(ib: Any) -> None:
    """And its parameters come as XML."""
    wanted = ib_async.ScannerSubscription(
        instrument="STK", locationCode="STK.US.MAJOR", scanCode="MOST_ACTIVE", numberOfRows=2
    )
    found = await ib.reqScannerDataAsync(wanted)
    assert [row.rank for row in found] == [0, 1]
    assert found[0].contractDetails.contract.symbol == "SPY"
    assert "MOST_ACTIVE" in await ib.reqScannerParametersAsync()


async def test_nothing_that_is_refused_hangs(ib: Any) -> None:
    """News and components end at once, empty or not."""
    assert await asyncio.wait_for(ib.reqNewsProvidersAsync(), 20) == []
    components = await asyncio.wait_for(ib.reqSmartComponentsAsync("9c0001"), 20)
    assert "NASDAQ" in {entry.exchange for entry in components}
