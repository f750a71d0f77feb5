# SPDX-License-Identifier: Apache-2.0
"""Level 1, received by ibapi's own client at three generations of wire."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import count, pairwise
from typing import Any

import pytest
from ibapi.contract import ComboLeg

from ib_provider.simulator import SimulatedGateway
from ib_provider.simulator.limits.limits import Limits
from tests.support.control import Control
from tests.support.live_data import VERSIONS, fast_options, ibapi_contract
from tests.support.simulator import gateway_in_thread, quick_options
from tests.support.stock_client import StockClient, ibapi_stock, stock_client

NUMBERS = count(1)
EURUSD = ibapi_contract("CASH", "EUR", "IDEALPRO")
SPX = ibapi_contract("IND", "SPX", "CBOE")
ES = ibapi_contract("FUT", "ES", "CME", lastTradeDateOrContractMonth="201303")
CALL = ibapi_contract(
    "OPT", "AAPL", "SMART", lastTradeDateOrContractMonth="20130316", strike=430.0, right="C"
)


@pytest.fixture(scope="module", params=VERSIONS, ids="sv{}".format)
def gateway(request: pytest.FixtureRequest) -> Iterator[SimulatedGateway]:
    options = fast_options(
        request.param,
        control_port=0,
        not_subscribed=("TSLA",),
        not_for_api=("QQQ",),
        partly_subscribed=("IWM",),
    )
    with gateway_in_thread(options) as running:
        yield running


@pytest.fixture
def client(gateway: SimulatedGateway) -> Iterator[StockClient]:
    with stock_client(gateway.port) as connected:
        yield connected


def _until(done: Callable[[], Any], timeout_s: float = 30.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline, "not within the bound"
        time.sleep(0.02)


def _watch(client: StockClient, contract: Any, generic: str = "", *, once: bool = False) -> int:
    number = next(NUMBERS)
    client.ask.reqMktData(number, contract, generic, once, False, [])
    return number


def _values(client: StockClient, name: str, number: int) -> dict[int, Any]:
    """Return the latest value of each tick type."""
    return {call[1]: call[2] for call in client.all(name) if call[0] == number}


def _wait(client: StockClient, name: str, number: int, tick: int, *, since: int = 0) -> Any:
    return client.wait(name, lambda *call: call[:2] == (number, tick), since=since)[2]


def _code(client: StockClient, number: int) -> int:
    return int(client.wait("error", lambda *call: call[0] == number)[2])


def test_stock_ticks_whole(client: StockClient) -> None:
    """Parameters, type, both sides, last, day and time; sizes beside prices."""
    number = _watch(client, ibapi_stock("MSFT"))
    _, least, exchange, permissions = client.wait(
        "tickReqParams", lambda asked, *_: asked == number
    )
    assert (least, exchange, permissions) == (0.01, "9c0001", 3)
    assert client.wait("marketDataType", lambda asked, _: asked == number)[1] == 1
    moment = int(_wait(client, "tickString", number, 45))
    prices, sizes = _values(client, "tickPrice", number), _values(client, "tickSize", number)
    assert set(prices) == {1, 2, 4, 6, 7, 9, 14}
    assert {0, 3, 5, 8} <= set(sizes)
    assert prices[7] <= prices[14] <= prices[6]
    assert prices[9] == 27.95
    assert 1362409200 - 120 < moment < 1362409200 + 30 * 600
    assert _wait(client, "tickGeneric", number, 49) == 0


def test_stream_is_told_only_what_changed(client: StockClient) -> None:
    """After the first round no tick repeats the value before it."""
    number = _watch(client, ibapi_stock("AAPL"))
    _until(lambda: sum(call[:2] == (number, 4) for call in client.all("tickPrice")) >= 4)
    client.ask.cancelMktData(number)
    for tick in (6, 7, 9, 14):
        told = [call[2] for call in client.all("tickPrice") if call[:2] == (number, tick)]
        assert all(before != after for before, after in pairwise(told))
    volumes = [call[2] for call in client.all("tickSize") if call[:2] == (number, 8)]
    assert volumes == sorted(volumes)
    assert len(set(volumes)) == len(volumes) > 1


def test_index_has_no_book_and_a_currency_no_trades(client: StockClient) -> None:
    """What does not exist is not told."""
    index, pair = _watch(client, SPX), _watch(client, EURUSD)
    _wait(client, "tickGeneric", index, 49)
    _wait(client, "tickGeneric", pair, 49)
    assert set(_values(client, "tickPrice", index)) == {4, 6, 7, 9, 14}
    assert set(_values(client, "tickPrice", pair)) == {1, 2, 6, 7, 9}
    assert set(_values(client, "tickSize", pair)) == {0, 3}


def test_option_has_greeks_of_every_price(client: StockClient) -> None:
    """Bid, ask, last and model: a call near the money has half a delta."""
    number = _watch(client, CALL)
    client.wait("tickOptionComputation", lambda *call: call[:2] == (number, 13))
    calls = {c[1]: c for c in client.all("tickOptionComputation") if c[0] == number}
    assert set(calls) == {10, 11, 12, 13}
    _, _, attribute, volatility, delta, price, dividend, gamma, vega, theta, under = calls[13]
    assert attribute == 1
    assert 0.2 < volatility < 0.5
    assert 0.2 < delta < 0.8
    assert 0 < price < under
    assert (dividend, gamma > 0, vega > 0, theta < 0) == (0, True, True, True)
    assert calls[10][5] < calls[11][5]
    assert calls[10][3] < calls[11][3]
    prices = _values(client, "tickPrice", number)
    assert prices[1] < prices[4] < prices[2]


def test_combination_costs_its_legs(client: StockClient) -> None:
    """One share bought and two sold: the bid is what selling it brings."""
    found = {}
    for name in ("AAPL", "IBM"):
        mark = client.mark()
        client.ask.reqContractDetails(next(NUMBERS), ibapi_stock(name))
        found[name] = client.wait("contractDetails", since=mark)[1].contract.conId
    spread = ibapi_contract("BAG", "AAPL,IBM", "SMART")
    spread.comboLegs = []
    for name, ratio, action in (("AAPL", 1, "BUY"), ("IBM", 2, "SELL")):
        leg = ComboLeg()
        leg.conId, leg.ratio, leg.action, leg.exchange = found[name], ratio, action, "SMART"
        spread.comboLegs.append(leg)
    number, apple, ibm = (
        _watch(client, one, once=True) for one in (spread, ibapi_stock("AAPL"), ibapi_stock("IBM"))
    )
    client.wait("tickSnapshotEnd", lambda asked: asked == ibm)
    combined, legs = _values(client, "tickPrice", number), [
        _values(client, "tickPrice", asked) for asked in (apple, ibm)
    ]  # fmt: skip
    assert combined[1] == pytest.approx(legs[0][1] - 2 * legs[1][2], abs=0.5)
    assert combined[1] < combined[2]
    assert 4 not in combined
    spread.comboLegs[0].conId = 999
    assert _code(client, _watch(client, spread)) == 200


GENERIC = "100,101,104,105,106,165,221,225,232,233,236,258,293,294,295,318,375,411,456,595"


def test_generic_ticks_are_what_the_market_knows(client: StockClient) -> None:
    """Volatilities, the year's range, marks, trades, shares to borrow, dividends."""
    number = _watch(client, ibapi_stock("MSFT"), GENERIC)
    _wait(client, "tickString", number, 48)
    _wait(client, "tickSize", number, 65)
    generic = _values(client, "tickGeneric", number)
    assert {23, 24, 46, 49, 54, 55, 56, 58} <= set(generic)
    assert 0.1 < generic[23] < 0.4
    assert generic[46] == 3
    prices, sizes = _values(client, "tickPrice", number), _values(client, "tickSize", number)
    # Microsoft's real range of the year before March 2013
    assert (prices[19], prices[20]) == (26.26, 32.95)
    assert prices[19] <= prices[17] <= prices[15] < prices[16] <= prices[18] <= prices[20]
    assert prices[1] <= prices[37] <= prices[2]
    assert sizes[21] == pytest.approx(50_000_000, rel=0.3)
    assert sizes[63] <= sizes[64] <= sizes[65]
    texts = _values(client, "tickString", number)
    price, size, millis, total, average, single = texts[48].split(";")
    assert 27 < float(price) < 29
    assert 0 < int(size) <= int(total)
    assert int(millis) % 1000 == 0
    assert 27 < float(average) < 29
    assert single in ("true", "false")
    assert texts[77].count(";") == 5
    # four quarters of 20 cents behind, three ahead: the table of dividends ends with 2013
    assert texts[59] == "0.80,0.60,20130508,0.20"


def test_trades_of_rtvolume_make_the_volume(client: StockClient) -> None:
    """Each tells what was traded since the one before it."""
    number = _watch(client, ibapi_stock("IBM"), "mdoff,233")
    _until(lambda: sum(call[0] == number for call in client.all("tickString")) >= 5)
    rows = [call[2].split(";") for call in client.all("tickString") if call[0] == number]
    for before, after in pairwise(rows):
        assert int(after[3]) - int(before[3]) == int(after[1])
    assert [call for call in client.all("tickPrice") if call[0] == number] == []


@pytest.mark.parametrize(
    ("contract", "generic", "once", "code"),
    [
        (ibapi_stock("IBM"), "999", False, 321),
        (ibapi_stock("IBM"), "588", False, 321),
        (EURUSD, "233", False, 321),
        (ibapi_stock("IBM"), "gossip", False, 321),
        (ibapi_stock("IBM"), "233", True, 321),
        (ibapi_stock("IBM"), "292", False, 10276),
        (ibapi_stock("NOPE"), "", False, 200),
        (ibapi_stock("TSLA"), "", False, 354),
        (ibapi_stock("QQQ"), "", False, 10089),
        (ibapi_contract("BAG", "AAPL,IBM", "SMART"), "", False, 321),
    ],
    ids=[
        "unknown tick", "tick of futures", "no trades", "no number", "snapshot", "news", "contract",
        "permission", "not for the API", "no legs",
    ],
)  # fmt: skip
def test_quotes_that_cannot_be_are_refused(
    client: StockClient, contract: Any, generic: str, once: bool, code: int
) -> None:
    """With the code that a gateway has for it; the text of 321 lists what is legal."""
    number = _watch(client, contract, generic, once=once)
    _, _, told, text, _ = client.wait("error", lambda *call: call[0] == number)
    assert told == code
    if generic == "999":
        assert "Incorrect generic tick list of 999" in text
        assert "233(RTVolume)" in text
    client.ask.cancelMktData(number)


def test_partly_subscribed_data_comes_with_a_warning(client: StockClient) -> None:
    """10090, and then the ticks."""
    number = _watch(client, ibapi_stock("IWM"))
    assert _code(client, number) == 10090
    _wait(client, "tickPrice", number, 4)


def test_delayed_data_is_a_quarter_of_an_hour_old(client: StockClient) -> None:
    """10167, type 3, numbers 66 to 76; where live data is subscribed it stays live."""
    client.ask.reqMarketDataType(3)
    number, live = _watch(client, ibapi_stock("TSLA")), _watch(client, ibapi_stock("SPY"))
    assert _code(client, number) == 10167
    moment = int(_wait(client, "tickString", number, 88))
    assert client.wait("marketDataType", lambda asked, _: asked == number)[1] == 3
    assert set(_values(client, "tickPrice", number)) == {66, 67, 68, 72, 73, 75, 76}
    assert {69, 70, 71, 74} <= set(_values(client, "tickSize", number))
    current = int(_wait(client, "tickString", live, 45))
    assert client.wait("marketDataType", lambda asked, _: asked == live)[1] == 1
    assert current - moment > 600
    client.ask.cancelMktData(number)
    refused = next(NUMBERS)
    client.ask.reqTickByTickData(refused, ibapi_stock("TSLA"), "Last", 0, False)
    assert _code(client, refused) == 10189


def test_delayed_option_has_delayed_greeks() -> None:
    """80 to 83."""
    options = fast_options(not_subscribed=("AAPL",))
    with gateway_in_thread(options) as gateway, stock_client(gateway.port) as client:
        client.ask.reqMarketDataType(3)
        number = _watch(client, CALL)
        client.wait("tickOptionComputation", lambda *call: call[:2] == (number, 83))
        numbers = {call[1] for call in client.all("tickOptionComputation")}
        assert numbers == {80, 81, 82, 83}


def test_delayed_data_can_be_switched_off() -> None:
    """10168 for who asks for it all the same."""
    options = quick_options(not_subscribed=("TSLA",), delayed_data=False)
    with gateway_in_thread(options) as gateway, stock_client(gateway.port) as client:
        client.ask.reqMarketDataType(3)
        assert _code(client, _watch(client, ibapi_stock("TSLA"))) == 10168


def test_stream_freezes_when_the_market_has_closed(gateway: SimulatedGateway) -> None:
    """Live data has no book then; a client that chooses frozen sees the last one."""
    options = fast_options(
        gateway.options.max_server_version, clock="2013-03-04T21:00:00-05:00", speed=5.0
    )
    with gateway_in_thread(options) as closed, stock_client(closed.port) as client:
        number = _watch(client, ibapi_stock("IBM"))
        assert _wait(client, "tickPrice", number, 1) == -1
        assert client.all("marketDataType") == [(number, 1)]
        assert _wait(client, "tickPrice", number, 4) > 190
        mark = client.mark()
        client.ask.reqMarketDataType(2)
        client.wait("marketDataType", lambda *call: call == (number, 2), since=mark)
        bid = client.wait(
            "tickPrice", lambda *call: call[:2] == (number, 1) and call[2] > 0, since=mark
        )[2]
        assert bid == pytest.approx(_values(client, "tickPrice", number)[4], rel=0.01)


def test_halt_stops_the_ticks_and_says_so(client: StockClient, gateway: SimulatedGateway) -> None:
    """49 is 1, nothing moves; afterwards it is 0 and things move again."""
    number = _watch(client, ibapi_stock("FB"))
    ticks = next(NUMBERS)
    client.ask.reqTickByTickData(ticks, ibapi_stock("FB"), "Last", 0, False)
    client.wait("tickByTickAllLast", lambda asked, *_: asked == ticks)
    _wait(client, "tickPrice", number, 4)
    with Control(gateway.control_port) as control:
        mark = client.mark()
        control.do("halt", symbol="FB")
        client.wait("tickGeneric", lambda *call: call[:3] == (number, 49, 1), since=mark)
        client.ask.reqCurrentTime()
        client.wait("currentTime", since=mark)
        halted = client.mark()
        control.do("advance", seconds=300)
        _snapshot_of_another(client)
        told = client.all("tickPrice", since=halted) + client.all("tickByTickAllLast", since=halted)
        assert [call for call in told if call[0] in (number, ticks)] == []
        control.do("resume", symbol="FB")
    client.wait("tickGeneric", lambda *call: call[:3] == (number, 49, 0), since=halted)
    client.wait("tickByTickAllLast", lambda asked, *_: asked == ticks, since=halted)
    client.wait("tickPrice", lambda asked, *_: asked == number, since=halted)


def _snapshot_of_another(client: StockClient) -> None:
    """Wait until another symbol has been told: by then the halted one would have been."""
    number = _watch(client, ibapi_stock("SPY"), once=True)
    client.wait("tickSnapshotEnd", lambda asked: asked == number)


def test_cfd_of_a_stock_sends_to_the_stock(client: StockClient) -> None:
    """It has no data of its own, neither quotes nor a book."""
    number, book = _watch(client, ibapi_contract("CFD", "AAPL", "SMART")), next(NUMBERS)
    assert client.wait("rerouteMktDataReq")[:3] == (number, 265598, "SMART")
    client.ask.reqMktDepth(book, ibapi_contract("CFD", "AAPL", "SMART"), 5, True, [])
    assert client.wait("rerouteMktDepthReq")[:3] == (book, 265598, "SMART")


def test_hundred_and_first_line_is_refused() -> None:
    """101; a snapshot takes no line."""
    options = fast_options(limits=Limits(max_messages=0, lines=3))
    with gateway_in_thread(options) as gateway, stock_client(gateway.port) as client:
        for name in ("AAPL", "IBM", "MSFT"):
            _watch(client, ibapi_stock(name))
        assert _code(client, _watch(client, ibapi_stock("GOOG"))) == 101
        number = _watch(client, ibapi_stock("GOOG"), once=True)
        client.wait("tickSnapshotEnd", lambda asked: asked == number)


def test_option_is_calculated_at_the_clients_numbers(client: StockClient) -> None:
    """The volatility that makes a price makes that price."""
    first, second, third = next(NUMBERS), next(NUMBERS), next(NUMBERS)
    client.ask.calculateImpliedVolatility(first, CALL, 12.5, 431.0, [])
    found = client.wait("tickOptionComputation", lambda asked, *_: asked == first)
    assert (found[1], found[5], found[10]) == (53, 12.5, 431.0)
    client.ask.calculateOptionPrice(second, CALL, found[3], 431.0, [])
    price = client.wait("tickOptionComputation", lambda asked, *_: asked == second)[5]
    assert price == pytest.approx(12.5, abs=1e-4)
    client.ask.calculateOptionPrice(third, ibapi_stock("IBM"), 0.3, 200.0, [])
    assert _code(client, third) == 321
    client.ask.cancelCalculateOptionPrice(second)
    client.ask.cancelCalculateImpliedVolatility(first)
