# SPDX-License-Identifier: Apache-2.0
"""Order books, kept by ibapi's own client at three generations of wire."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from ib_provider.simulator import SimulatedGateway
from tests.support.control import Control
from tests.support.live_data import VERSIONS, ClientBook, fast_options, ibapi_contract
from tests.support.simulator import gateway_in_thread, quick_options
from tests.support.stock_client import StockClient, ibapi_stock, stock_client

EURUSD = ibapi_contract("CASH", "EUR", "IDEALPRO")
ES = ibapi_contract("FUT", "ES", "CME", lastTradeDateOrContractMonth="201303")
_L1, _L2 = "updateMktDepth", "updateMktDepthL2"


@pytest.fixture(scope="module", params=VERSIONS, ids="sv{}".format)
def gateway(request: pytest.FixtureRequest) -> Iterator[SimulatedGateway]:
    options = fast_options(request.param, control_port=0, not_subscribed=("TSLA",))
    with gateway_in_thread(options) as running:
        yield running


@pytest.fixture
def client(gateway: SimulatedGateway) -> Iterator[StockClient]:
    with stock_client(gateway.port) as connected:
        yield connected


def _wait_for_updates(client: StockClient, name: str, count: int, *, since: int = 0) -> None:
    deadline = time.monotonic() + 30
    while len(client.all(name, since=since)) < count:
        assert time.monotonic() < deadline, "not within the bound"
        time.sleep(0.02)


def _code(client: StockClient, number: int) -> int:
    return int(client.wait("error", lambda *call: call[0] == number)[2])


def test_smart_book_stays_a_book(client: StockClient) -> None:
    """Rows of exchanges, never more than asked for, sorted after every round of steps."""
    client.ask.reqMktDepth(1, ibapi_stock("AAPL"), 5, True, [])
    notice = client.wait("error", lambda *call: call[0] == 1)
    assert notice[2] == 2152
    assert "NASDAQ" in notice[3]
    _wait_for_updates(client, _L2, 200)
    client.ask.cancelMktDepth(1, True)
    client.ask.cancelMktDepth(2, True)
    assert _code(client, 2) == 310
    calls = client.all(_L2)
    assert {call[3] for call in calls} == {0, 1}
    assert all(call[7] for call in calls)
    book = ClientBook()
    book.apply(calls, makers=True)
    book.check()
    assert book.most_rows == len(book.bids) == len(book.asks) == 5
    assert len({row[2] for row in (*book.bids, *book.asks)}) > 1


@pytest.mark.parametrize(
    ("contract", "rows", "name"),
    [(ES, 10, _L1), (EURUSD, 3, _L1), (ibapi_stock("IBM", exchange="ISLAND"), 4, _L2)],
    ids=["future", "currency", "exchange"],
)
def test_book_of_one_exchange_stays_a_book(
    client: StockClient, contract: Any, rows: int, name: str
) -> None:
    """Prices alone, or the exchange's name beside each."""
    client.ask.reqMktDepth(1, contract, rows, False, [])
    _wait_for_updates(client, name, 80)
    client.ask.cancelMktDepth(1, False)
    client.ask.cancelMktDepth(2, False)
    assert _code(client, 2) == 310
    book = ClientBook()
    book.apply(client.all(name), makers=name == _L2)
    book.check()
    assert book.most_rows == len(book.bids) == len(book.asks) == rows
    assert {row[2] for row in book.bids} == ({"ISLAND"} if name == _L2 else {""})


def test_best_rows_are_the_quote(client: StockClient) -> None:
    """Level 1 and the top of the book are told in one beat."""
    client.ask.reqMktDepth(1, EURUSD, 1, False, [])
    client.ask.reqTickByTickData(2, EURUSD, "BidAsk", 1, False)
    _wait_for_updates(client, _L1, 40)
    client.ask.cancelMktDepth(1, False)
    quotes = {(call[2], call[3]) for call in client.all("tickByTickBidAsk")}
    quotes |= {
        (tick.priceBid, tick.priceAsk) for call in client.all("historicalTicksBidAsk")
        for tick in call[1]
    }  # fmt: skip
    bids = {bid for bid, _ in quotes}
    shown = [call[4] for call in client.all(_L1) if call[3] == 1 and call[1] == 0]
    assert len(set(shown)) > 2
    assert set(shown[:-2]) <= bids


@pytest.mark.parametrize(
    ("contract", "rows", "smart", "code"),
    [
        (ibapi_stock("IBM"), 5, False, 10092),
        (ES, 5, True, 10092),
        (ibapi_contract("IND", "SPX", "CBOE"), 5, False, 10092),
        (ibapi_stock("IBM"), 0, True, 321),
        (ibapi_stock("TSLA"), 5, True, 354),
        (ibapi_stock("NOPE"), 5, True, 200),
    ],
    ids=["smart without depth", "future", "index", "rows", "permission", "contract"],
)
def test_book_that_there_is_none_of_is_refused(
    client: StockClient, contract: Any, rows: int, smart: bool, code: int
) -> None:
    """With the code that a gateway has for it."""
    client.ask.reqMktDepth(9, contract, rows, smart, [])
    assert _code(client, 9) == code


def test_book_empties_when_the_market_closes() -> None:
    """Every row is deleted, and comes back in the evening."""
    early = fast_options(clock="2013-03-04T15:59:50-06:00", speed=0.0, control_port=0)
    with gateway_in_thread(early) as gateway, stock_client(gateway.port) as client:
        client.ask.reqMktDepth(1, ES, 5, False, [])
        _wait_for_updates(client, _L1, 10)
        with Control(gateway.control_port) as control:
            control.do("advance", seconds=60)
            _wait_for_updates(client, _L1, 20)
            book = ClientBook()
            book.apply(client.all(_L1), makers=False)
            assert (book.bids, book.asks) == ([], [])
            control.do("advance", seconds=3_600)
            _wait_for_updates(client, _L1, 30)
        book.apply(client.all(_L1)[20:], makers=False)
        book.check()


def test_exchanges_with_a_book_are_listed(client: StockClient) -> None:
    """Those of the tests among them, with the kind of their rows."""
    client.ask.reqMktDepthExchanges()
    (rows,) = client.wait("mktDepthExchanges")
    kinds = {(row.exchange, row.secType): row.serviceDataType for row in rows}
    assert kinds["ISLAND", "STK"] == "Deep2"
    assert kinds["CME", "FUT"] == kinds["IDEALPRO", "CASH"] == "Deep"


def test_broken_farm_resets_the_book(client: StockClient, gateway: SimulatedGateway) -> None:
    """Silence meanwhile; then 317, and a whole book of insertions that stands for itself."""
    client.ask.reqMktDepth(1, EURUSD, 5, False, [])
    _wait_for_updates(client, _L1, 10)
    with Control(gateway.control_port) as control:
        control.do("farm", farm="usfarm", state="broken")
        client.wait("error", lambda *call: call[2] == 2103)
        silent = client.mark()
        control.do("advance", seconds=120)
        client.ask.reqCurrentTime()
        client.wait("currentTime", since=silent)
        assert client.all(_L1, since=silent) == []
        control.do("farm", farm="usfarm", state="ok")
    client.wait("error", lambda *call: (call[0], call[2]) == (1, 317), since=silent)
    _wait_for_updates(client, _L1, 30, since=silent)
    client.ask.cancelMktDepth(1, False)
    client.ask.cancelMktDepth(2, False)
    assert _code(client, 2) == 310
    book = ClientBook()
    book.apply(client.all(_L1, since=silent), makers=False)
    book.check()


def test_fourth_book_of_a_login_is_refused() -> None:
    """309, until one of three is cancelled."""
    with gateway_in_thread(quick_options()) as gateway, stock_client(gateway.port) as client:
        for number in range(1, 5):
            client.ask.reqMktDepth(number, EURUSD, 1, False, [])
        assert _code(client, 4) == 309
        client.ask.cancelMktDepth(1, False)
        client.ask.reqMktDepth(5, EURUSD, 1, False, [])
        client.wait(_L1, lambda number, *_: number == 5)
