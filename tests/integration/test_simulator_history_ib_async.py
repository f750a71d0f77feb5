# SPDX-License-Identifier: Apache-2.0
"""What a gateway says of the past, read by ib_async: an independent client with its own decoder."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import ib_async
import pytest

from ib_provider.simulator import SimulatedGateway
from ib_provider.simulator.limits.limits import Limits
from tests.support.simulator import quick_options

_CLIENT_IDS = count(1)
STOCK = ib_async.Stock("MSFT", "SMART", "USD")


@pytest.fixture(params=[178, 200, 226], ids="sv{}".format)
async def ib(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    options = quick_options(
        max_server_version=request.param,
        update_every_s=0.05,
        speed=60.0,
        limits=Limits(pacing=False),
    )
    async with SimulatedGateway(options) as gateway:
        client = ib_async.IB()
        await client.connectAsync("127.0.0.1", gateway.port, clientId=next(_CLIENT_IDS), timeout=8)
        yield client
        client.disconnect()


async def _until(done: Any, timeout_s: float = 20.0) -> None:
    """Let the loop run until something is true."""
    deadline = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline, "not within the bound"
        await asyncio.sleep(0.01)


async def test_head_histogram_and_schedule(ib: Any) -> None:
    """Each is what ib_async makes a value of its own from."""
    head = await ib.reqHeadTimeStampAsync(STOCK, "TRADES", useRTH=True, formatDate=2)
    assert head == datetime(2000, 3, 1, 14, 30, tzinfo=UTC)
    rows = await ib.reqHistogramDataAsync(STOCK, useRTH=True, period="2 days")
    assert len(rows) > 10
    assert all(row.count > 0 for row in rows)
    schedule = await ib.reqHistoricalScheduleAsync(STOCK, 5, "20130302-00:00:00", useRTH=True)
    assert schedule.timeZone == "US/Eastern"
    assert [row.refDate for row in schedule.sessions] == [
        "20130225",
        "20130226",
        "20130227",
        "20130228",
        "20130301",
    ]


async def test_past_ticks_of_three_kinds(ib: Any) -> None:
    """Trades lie between the quotes of their second or at the price that moved them."""
    start = datetime(2013, 3, 1, 15, tzinfo=UTC)
    trades, quotes, middles = [
        await ib.reqHistoricalTicksAsync(STOCK, start, "", 1000, what, useRth=True)
        for what in ("TRADES", "BID_ASK", "MIDPOINT")
    ]
    assert [type(ticks[0]) for ticks in (trades, quotes, middles)] == [
        ib_async.HistoricalTickLast,
        ib_async.HistoricalTickBidAsk,
        ib_async.HistoricalTick,
    ]
    lowest = min(quote.priceBid for quote in quotes)
    highest = max(quote.priceAsk for quote in quotes)
    last = quotes[-1].time
    assert trades[0].time >= start
    assert all(lowest <= trade.price <= highest for trade in trades if trade.time <= last)
    shared = {middle.time for middle in middles} & {quote.time for quote in quotes}
    assert shared


async def test_bars_grow_and_new_ones_follow(ib: Any) -> None:
    """Ib_async appends new bars and replaces the last one; the list stays in order."""
    bars = await ib.reqHistoricalDataAsync(
        STOCK, "", "1800 S", "1 min", "TRADES", useRTH=True, formatDate=2, keepUpToDate=True
    )
    length, seen = len(bars), []
    bars.updateEvent += lambda _, new: seen.append(new)
    await _until(lambda: len(bars) >= length + 2 and {True, False} <= set(seen))
    stamps = [bar.date for bar in bars]
    assert stamps == sorted(set(stamps))
    ib.cancelHistoricalData(bars)


async def test_adjusted_and_continuous_bars_go_up_to_now(ib: Any) -> None:
    """Both without an end, as gateways want it."""
    adjusted = await ib.reqHistoricalDataAsync(STOCK, "", "5 D", "1 day", "ADJUSTED_LAST", True)
    assert [bar.date for bar in adjusted][-1] == date(2013, 3, 4)
    (future,) = await ib.qualifyContractsAsync(ib_async.ContFuture("ES", "CME"))
    bars = await ib.reqHistoricalDataAsync(future, "", "5 D", "1 day", "TRADES", True)
    assert len(bars) == 5
