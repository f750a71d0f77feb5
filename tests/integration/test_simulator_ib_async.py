# SPDX-License-Identifier: Apache-2.0
"""The simulated gateway, judged by ib_async: an independent client with its own decoder."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from datetime import date, datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import ib_async
import pytest

from ib_provider.simulator import SimulatedGateway
from tests.support.simulator import quick_options

_CLIENT_IDS = count(1)


@pytest.fixture
async def ib() -> AsyncIterator[Any]:
    async with SimulatedGateway(quick_options()) as gateway:
        client = ib_async.IB()
        await client.connectAsync("127.0.0.1", gateway.port, clientId=next(_CLIENT_IDS), timeout=8)
        yield client
        client.disconnect()


async def _until(done: Any, timeout_s: float = 10.0) -> None:
    """Let the loop run until something is true."""
    deadline = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline, "not within the bound"
        await asyncio.sleep(0.01)


async def test_connect_finishes_at_once(caplog: pytest.LogCaptureFixture) -> None:
    """ib_async waits for the end of six answers at connecting; none is missing."""
    async with SimulatedGateway(quick_options()) as gateway:
        client = ib_async.IB()
        began = time.monotonic()
        with caplog.at_level(logging.ERROR, logger="ib_async"):
            await client.connectAsync("127.0.0.1", gateway.port, clientId=99, timeout=8)
        assert time.monotonic() - began < 3
        assert caplog.records == []
        assert client.client.serverVersion() == 178
        assert client.managedAccounts() == ["DU1000001"]
        client.disconnect()


async def test_qualified_contract_has_its_id(ib: Any) -> None:
    """A symbol becomes a contract; an unknown one does not."""
    (contract,) = await ib.qualifyContractsAsync(ib_async.Stock("MSFT", "SMART", "USD"))
    assert (contract.conId, contract.primaryExchange) == (272093, "NASDAQ")
    (nothing,) = await ib.qualifyContractsAsync(ib_async.Stock("NOPE", "SMART", "USD"))
    assert nothing is None


async def test_bars_have_dates_and_times(ib: Any) -> None:
    """Days are dates, minutes are instants in New York."""
    stock = ib_async.Stock("MSFT", "SMART", "USD")
    end = datetime(2013, 3, 1, 16, tzinfo=ZoneInfo("America/New_York"))
    days = await ib.reqHistoricalDataAsync(stock, end, "3 D", "1 day", "TRADES", useRTH=True)
    assert [bar.date for bar in days] == [date(2013, 2, 27), date(2013, 2, 28), date(2013, 3, 1)]
    assert days[-1].close == 27.95
    hours = await ib.reqHistoricalDataAsync(stock, end, "1 D", "1 hour", "TRADES", useRTH=True)
    assert hours[0].date == datetime(2013, 3, 1, 9, 30, tzinfo=ZoneInfo("US/Eastern"))
    assert [bar.date.hour for bar in hours] == [9, 10, 11, 12, 13, 14, 15]


async def test_ticker_snapshot_is_complete(ib: Any) -> None:
    """Bid, ask, last and close, and nothing is NaN."""
    (stock,) = await ib.qualifyContractsAsync(ib_async.Stock("GOOG", "SMART", "USD"))
    (ticker,) = await ib.reqTickersAsync(stock)
    assert 0 < ticker.bid < ticker.last < ticker.ask
    assert ticker.close == 806.19
    assert ticker.halted == 0


async def test_market_order_becomes_a_fill(ib: Any) -> None:
    """Status, fill, commission and position agree."""
    trade = ib.placeOrder(ib_async.Stock("IBM", "SMART", "USD"), ib_async.MarketOrder("BUY", 10))
    await _until(lambda: trade.fills and trade.fills[0].commissionReport.execId)
    await _until(trade.isDone)
    (fill,) = trade.fills
    assert (fill.execution.shares, fill.commissionReport.commission) == (10, 1)
    assert trade.orderStatus.avgFillPrice == fill.execution.price
    await _until(ib.positions)
    (position,) = ib.positions()
    assert (position.contract.symbol, position.position) == ("IBM", 10)
    assert position.avgCost == pytest.approx(fill.execution.price + 0.1)


async def test_limit_order_is_cancelled(ib: Any) -> None:
    """The log holds every step."""
    order = ib_async.LimitOrder("BUY", 10, 20.0)
    trade = ib.placeOrder(ib_async.Stock("IBM", "SMART", "USD"), order)
    await _until(lambda: trade.orderStatus.status == "Submitted")
    ib.cancelOrder(order)
    await _until(trade.isDone)
    told = [entry.status for entry in trade.log]
    assert told[-2:] == ["PendingCancel", "Cancelled"]


async def test_what_if_shows_margin_and_places_nothing(ib: Any) -> None:
    """One open order with margins, and no order after it."""
    stock = ib_async.Stock("IBM", "SMART", "USD")
    state = await ib.whatIfOrderAsync(stock, ib_async.MarketOrder("BUY", 100))
    assert float(state.initMarginChange) == pytest.approx(100 * 202.9 / 4, rel=0.03)
    assert await ib.reqAllOpenOrdersAsync() == []


async def test_completed_orders_keep_their_reference(ib: Any) -> None:
    """A filled order is found by what the client called it."""
    order = ib_async.MarketOrder("BUY", 10, orderRef="mine")
    trade = ib.placeOrder(ib_async.Stock("IBM", "SMART", "USD"), order)
    await _until(trade.isDone)
    (done,) = await ib.reqCompletedOrdersAsync(apiOnly=True)
    assert (done.order.orderRef, done.orderStatus.status) == ("mine", "Filled")
    assert done.order.filledQuantity == 10


async def test_bracket_and_group_of_ib_async(ib: Any) -> None:
    """Its own bracketOrder and oneCancelsAll: the children wait, the loser goes."""
    stock = ib_async.Stock("IBM", "SMART", "USD")
    bracket = ib.bracketOrder("BUY", 10, 300.0, 400.0, 100.0)
    parent, target, stop = (ib.placeOrder(stock, order) for order in bracket)
    await _until(parent.isDone)
    await _until(lambda: target.orderStatus.status == "Submitted")
    assert stop.orderStatus.whyHeld == "trigger" or stop.isActive()
    ib.cancelOrder(target.order)
    await _until(target.isDone)
    orders = [ib_async.LimitOrder("BUY", 10, 20.0), ib_async.MarketOrder("BUY", 10)]
    pair = [ib.placeOrder(stock, order) for order in ib.oneCancelsAll(orders, "g", 1)]
    await _until(lambda: all(trade.isDone() for trade in pair))
    assert [trade.orderStatus.status for trade in pair] == ["Cancelled", "Filled"]
    ib.reqPnL("DU1000001")
    await _until(lambda: ib.pnl() and ib.pnl()[0].dailyPnL == ib.pnl()[0].dailyPnL)
