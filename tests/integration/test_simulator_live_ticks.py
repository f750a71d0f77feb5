# SPDX-License-Identifier: Apache-2.0
"""Every tick and every five seconds, received by ibapi's own client at three kinds of wire."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import count as counted
from typing import Any

import pytest

from ib_provider.simulator import SimulatedGateway
from ib_provider.simulator.limits.limits import Limits
from tests.support.control import Control
from tests.support.live_data import VERSIONS, fast_options, ibapi_contract
from tests.support.simulator import gateway_in_thread, quick_options
from tests.support.stock_client import StockClient, ibapi_stock, stock_client

NUMBERS = counted(1_000)
EURUSD = ibapi_contract("CASH", "EUR", "IDEALPRO")
SPX = ibapi_contract("IND", "SPX", "CBOE")
ES = ibapi_contract("FUT", "ES", "CME", lastTradeDateOrContractMonth="201303")
CALL = ibapi_contract(
    "OPT", "AAPL", "SMART", lastTradeDateOrContractMonth="20130316", strike=430.0, right="C"
)


@pytest.fixture(scope="module", params=VERSIONS, ids="sv{}".format)
def gateway(request: pytest.FixtureRequest) -> Iterator[SimulatedGateway]:
    with gateway_in_thread(fast_options(request.param, not_subscribed=("TSLA",))) as running:
        yield running


@pytest.fixture(scope="module")
def client(gateway: SimulatedGateway) -> Iterator[StockClient]:
    with stock_client(gateway.port) as connected:
        yield connected


def _until(done: Callable[[], Any], timeout_s: float = 30.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline, "not within the bound"
        time.sleep(0.02)


def _of(client: StockClient, name: str, number: int) -> list[tuple[Any, ...]]:
    return [call for call in client.all(name) if call[0] == number]


def _code(client: StockClient, number: int) -> int:
    return int(client.wait("error", lambda *call: call[0] == number)[2])


def test_ticks_make_the_five_seconds_and_those_the_minute(client: StockClient) -> None:
    """Trades, real-time bars and a historical minute are one market, in each direction."""
    stock = ibapi_stock("IBM")
    client.ask.reqTickByTickData(1, stock, "AllLast", 0, False)
    client.ask.reqRealTimeBars(2, stock, 5, "TRADES", False, [])
    _until(lambda: len(_of(client, "realtimeBar", 2)) >= 26)
    bars = [call[1:] for call in _of(client, "realtimeBar", 2)]
    starts = [bar[0] for bar in bars]
    assert starts == list(range(starts[0], starts[0] + 5 * len(bars), 5))
    trades = [call[2:5] for call in _of(client, "tickByTickAllLast", 1)]
    first = starts[0] if starts[0] > trades[0][0] else starts[1]
    for start, opened, high, low, close, volume, *_ in bars[:-1]:
        inside = [(price, size) for at, price, size in trades if start <= at < start + 5]
        if start < first:
            continue
        assert sum(size for _, size in inside) == volume
        if inside:
            assert (inside[0][0], inside[-1][0]) == (opened, close)
            assert (max(p for p, _ in inside), min(p for p, _ in inside)) == (high, low)
    minute = -(-starts[0] // 60) * 60
    wanted = [bar for bar in bars if minute <= bar[0] < minute + 60]
    assert len(wanted) == 12
    client.ask.reqHistoricalData(3, stock, "", "1800 S", "1 min", "TRADES", 0, 2, False, [])
    client.wait("historicalDataEnd", lambda number, *_: number == 3)
    (past,) = [bar for _, bar in _of(client, "historicalData", 3) if bar.date == str(minute)]
    assert (past.open, past.close) == (wanted[0][1], wanted[-1][4])
    assert past.high == max(bar[2] for bar in wanted)
    assert past.low == min(bar[3] for bar in wanted)
    assert past.volume == sum(bar[5] for bar in wanted)


@pytest.mark.parametrize(("kind", "number"), [("Last", 1), ("AllLast", 2)])
def test_trades_begin_with_the_past_ones(client: StockClient, kind: str, number: int) -> None:
    """So many as historical ticks; then live ones that follow them, on exchanges of the stock."""
    asked = next(NUMBERS)
    client.ask.reqTickByTickData(asked, ibapi_stock("AAPL"), kind, 7, False)
    _, past, done = client.wait("historicalTicksLast", lambda of, *_: of == asked)
    assert (len(past), done) == (7, True)
    live = client.wait("tickByTickAllLast", lambda of, *_: of == asked)
    _, told, at, price, size, attributes, exchange, conditions = live
    assert told == number
    assert at >= past[-1].time >= past[0].time
    assert price == pytest.approx(430, rel=0.1)
    assert size > 0
    assert exchange in ("NASDAQ", "ARCA", "BATS", "NYSE", "AMEX", "IEX")
    assert (attributes.pastLimit, attributes.unreported, conditions) == (False, False, "")
    client.ask.cancelTickByTickData(asked)


def test_quotes_and_middles_follow_each_other(client: StockClient) -> None:
    """Bid below ask; each middle lies between a bid and an ask of its second."""
    client.ask.reqTickByTickData(20, EURUSD, "BidAsk", 3, False)
    client.ask.reqTickByTickData(21, EURUSD, "MidPoint", 3, False)
    _, quotes, _ = client.wait("historicalTicksBidAsk", lambda number, *_: number == 20)
    _, middles, _ = client.wait("historicalTicks", lambda number, *_: number == 21)
    assert len(quotes) == len(middles) == 3
    _until(lambda: len(_of(client, "tickByTickMidPoint", 21)) >= 20)
    client.ask.cancelTickByTickData(20)
    live = [call[1:6] for call in _of(client, "tickByTickBidAsk", 20)]
    assert all(bid < ask and min(sizes) > 0 for _, bid, ask, *sizes in live)
    seen = {(at, round((bid + ask) / 2, 8)) for at, bid, ask, *_ in live}
    told = [call[1:3] for call in _of(client, "tickByTickMidPoint", 21)]
    shared = [entry for entry in told if live[0][0] < entry[0] < live[-1][0]]
    assert shared
    assert all((at, round(price, 8)) in seen for at, price in shared)


def test_cancelled_ticks_stop(client: StockClient) -> None:
    """And what was never asked for cannot be cancelled: 300."""
    client.ask.reqTickByTickData(30, ibapi_stock("MSFT"), "Last", 0, False)
    client.wait("tickByTickAllLast", lambda number, *_: number == 30)
    client.ask.cancelTickByTickData(30)
    client.ask.cancelTickByTickData(31)
    assert _code(client, 31) == 300
    mark = client.mark()
    client.ask.reqTickByTickData(32, ibapi_stock("MSFT"), "Last", 0, False)
    client.wait("tickByTickAllLast", lambda number, *_: number == 32, since=mark)
    assert [call for call in client.all("tickByTickAllLast", since=mark) if call[0] == 30] == []


@pytest.mark.parametrize(
    ("contract", "kind", "count", "code"),
    [
        (EURUSD, "Last", 0, 10189),
        (CALL, "BidAsk", 0, 10189),
        (SPX, "Last", 0, 10189),
        (ibapi_stock("TSLA"), "Last", 0, 10189),
        (ibapi_stock("IBM"), "Gossip", 0, 321),
        (ibapi_stock("IBM"), "Last", 1_001, 321),
        (ibapi_stock("NOPE"), "Last", 0, 200),
    ],
    ids=["currency", "option", "index", "permission", "kind", "count", "contract"],
)
def test_ticks_that_there_are_none_of_are_refused(
    client: StockClient, contract: Any, kind: str, count: int, code: int
) -> None:
    """With the code that a gateway has for it, under the request's id, and nothing follows."""
    number = next(NUMBERS)
    client.ask.reqTickByTickData(number, contract, kind, count, False)
    assert _code(client, number) == code
    assert _of(client, "tickByTickAllLast", number) == []


def test_second_use_of_an_id_leaves_the_first_alone(client: StockClient) -> None:
    """102, and the stream goes on."""
    client.ask.reqTickByTickData(50, ES, "Last", 0, False)
    client.ask.reqTickByTickData(50, ES, "BidAsk", 0, False)
    assert _code(client, 50) == 102
    mark = client.mark()
    client.wait("tickByTickAllLast", lambda number, *_: number == 50, since=mark)


@pytest.mark.parametrize("shown", ["MIDPOINT", "BID", "ASK"])
def test_real_time_bars_of_quotes_have_no_volume(client: StockClient, shown: str) -> None:
    """Volume, average and count are -1, as in historical bars."""
    number = next(NUMBERS)
    client.ask.reqRealTimeBars(number, EURUSD, 5, shown, False, [])
    call = client.wait("realtimeBar", lambda asked, *_: asked == number)
    _, start, opened, high, low, close, volume, average, count = call
    assert start % 5 == 0
    assert low <= min(opened, close) <= max(opened, close) <= high
    assert (volume, average, count) == (-1, -1, -1)


@pytest.mark.parametrize(
    ("contract", "size", "shown", "code"),
    [
        (ibapi_stock("IBM"), 10, "TRADES", 420),
        (ibapi_stock("IBM"), 5, "BID_ASK", 420),
        (ibapi_stock("IBM"), 5, "GOSSIP", 420),
        (EURUSD, 5, "TRADES", 420),
        (SPX, 5, "MIDPOINT", 420),
        (ibapi_stock("TSLA"), 5, "TRADES", 420),
        (ibapi_stock("NOPE"), 5, "TRADES", 200),
    ],
    ids=["size", "both sides", "kind", "currency", "index", "permission", "contract"],
)
def test_real_time_bars_that_cannot_be_are_refused(
    client: StockClient, contract: Any, size: int, shown: str, code: int
) -> None:
    """Invalid Real-time Query, or no such contract."""
    number, unknown = next(NUMBERS), next(NUMBERS)
    client.ask.reqRealTimeBars(number, contract, size, shown, False, [])
    assert _code(client, number) == code
    client.ask.cancelRealTimeBars(unknown)
    assert _code(client, unknown) == 300


def test_regular_hours_have_no_bars_in_the_morning() -> None:
    """At eight a stock has bars of the whole day, and none of the regular hours."""
    early = fast_options(clock="2013-03-04T08:00:00-05:00")
    with gateway_in_thread(early) as gateway, stock_client(gateway.port) as client:
        client.ask.reqRealTimeBars(1, ibapi_stock("IBM"), 5, "TRADES", True, [])
        client.ask.reqRealTimeBars(2, ibapi_stock("IBM"), 5, "TRADES", False, [])
        _until(lambda: len(_of(client, "realtimeBar", 2)) >= 3)
        assert _of(client, "realtimeBar", 1) == []


def test_login_has_so_many_streams_and_no_more() -> None:
    """10190 for the sixth stream of ticks, 420 for the same ticks at once again."""
    with gateway_in_thread(quick_options()) as gateway, stock_client(gateway.port) as client:
        for number, symbol in enumerate(("IBM", "AAPL", "MSFT", "GOOG", "FB", "SPY"), 1):
            client.ask.reqTickByTickData(number, ibapi_stock(symbol), "Last", 0, False)
        assert _code(client, 6) == 10190
        client.ask.cancelTickByTickData(1)
        client.ask.reqTickByTickData(7, ibapi_stock("IBM"), "Last", 0, False)
        assert _code(client, 7) == 420


def test_time_that_jumps_loses_no_tick() -> None:
    """Twenty minutes pass at once; the trades add up to their bars."""
    options = quick_options(speed=0.0, limits=Limits(max_messages=0, pacing=False), control_port=0)
    with gateway_in_thread(options) as gateway, stock_client(gateway.port) as client:
        client.ask.reqTickByTickData(1, ibapi_stock("AAPL"), "Last", 0, False)
        with Control(gateway.control_port) as control:
            control.do("advance", seconds=1_200)
        client.ask.reqHistoricalData(
            2, ibapi_stock("AAPL"), "", "1200 S", "1 min", "TRADES", 0, 2, False, []
        )
        client.wait("historicalDataEnd")
        total = sum(bar.volume for _, bar in _of(client, "historicalData", 2))
        _until(lambda: sum(c[4] for c in client.all("tickByTickAllLast")) >= total)
        assert sum(call[4] for call in client.all("tickByTickAllLast")) == total
