# SPDX-License-Identifier: Apache-2.0
"""The simulated gateway, judged by Interactive Brokers' own client at three generations of wire."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from ibapi.execution import ExecutionFilter
from ibapi.order_cancel import OrderCancel

from ib_provider.simulator import SimulatedGateway
from tests.support.simulator import gateway_in_thread, quick_options
from tests.support.stock_client import StockClient, ibapi_order, ibapi_stock, stock_client


@pytest.fixture(scope="module", params=[178, 200, 225], ids="sv{}".format)
def gateway(request: pytest.FixtureRequest) -> Iterator[SimulatedGateway]:
    with gateway_in_thread(quick_options(max_server_version=request.param)) as running:
        yield running


@pytest.fixture
def client(gateway: SimulatedGateway) -> Iterator[StockClient]:
    with stock_client(gateway.port) as connected:
        yield connected


def _next_id(client: StockClient) -> int:
    mark = client.mark()
    client.ask.reqIds(-1)
    return int(client.wait("nextValidId", since=mark)[0])


def _bars(client: StockClient, request_id: int, *what: Any) -> list[Any]:
    client.ask.reqHistoricalData(request_id, *what, [])
    client.wait("historicalDataEnd", lambda number, *_: number == request_id)
    return [call[1] for call in client.all("historicalData") if call[0] == request_id]


def test_greeting_is_that_of_a_gateway(client: StockClient, gateway: SimulatedGateway) -> None:
    """Accounts, next id, three farm notices; the version is the lower of both."""
    client.wait("error", lambda *call: call[2] == 2158)
    names = [name for name, _ in client.calls][:6]
    assert [name for name in names if name != "connectAck"][:2] == [
        "managedAccounts",
        "nextValidId",
    ]
    assert client.all("managedAccounts") == [("DU1000001",)]
    assert [code for code in (2104, 2106, 2158) if client.errors(code)] == [2104, 2106, 2158]
    assert client.ask.serverVersion() == gateway.options.max_server_version
    client.ask.reqCurrentTime()
    assert client.wait("currentTime")[0] // 60 == 1362409200 // 60


def test_contract_details_describe_the_stock(client: StockClient) -> None:
    """Ids, names, hours and ISIN arrive where ibapi looks for them."""
    client.ask.reqContractDetails(1, ibapi_stock("AAPL"))
    client.wait("contractDetailsEnd")
    ((_, details),) = client.all("contractDetails")
    assert (details.contract.conId, details.contract.primaryExchange) == (265598, "NASDAQ")
    assert (details.longName, details.timeZoneId) == ("APPLE INC", "US/Eastern")
    assert details.liquidHours.startswith("20130304:0930-20130304:1600;")
    assert details.secIdList[0].value == "US0378331005"
    assert details.minTick == 0.01
    exchanges = details.validExchanges.split(",")
    assert len(details.marketRuleIds.split(",")) == len(exchanges)


def test_contract_unknown_or_ambiguous_is_error_200(client: StockClient) -> None:
    """Nothing of the name; and, for bars, a name with two listings."""
    client.ask.reqContractDetails(1, ibapi_stock("NOPE"))
    client.wait("error", lambda *call: call[0] == 1 and call[2] == 200)
    bare = ibapi_stock("AAPL", exchange="", currency="")
    client.ask.reqContractDetails(2, bare)
    client.wait("contractDetailsEnd", lambda number: number == 2)
    assert len([call for call in client.all("contractDetails") if call[0] == 2]) == 2
    client.ask.reqHistoricalData(3, bare, "", "1 D", "1 day", "TRADES", 1, 1, False, [])
    text = client.wait("error", lambda *call: call[0] == 3 and call[2] == 200)[3]
    assert "ambiguous" in text


def test_daily_bars_are_the_files_adjusted(client: StockClient) -> None:
    """Thirteen years in one answer; dates and not times; the first close over the factor."""
    end = "20130302 00:00:00 US/Eastern"
    bars = _bars(client, 5, ibapi_stock("AAPL"), end, "14 Y", "1 day", "TRADES", 1, 2, False)
    assert len(bars) == 3270
    assert (bars[0].date, bars[0].close * 4) == ("20000301", 130.31)
    assert (bars[-1].date, bars[-1].close, bars[-1].volume) == ("20130301", 430.47, 19730300)


def test_minute_bars_fill_a_session(client: StockClient) -> None:
    """390 minutes in local time, or as epoch seconds."""
    end = "20130301-21:00:00"
    local = _bars(client, 6, ibapi_stock("IBM"), end, "1 D", "1 min", "TRADES", 1, 1, False)
    epoch = _bars(client, 7, ibapi_stock("IBM"), end, "1 D", "1 min", "TRADES", 1, 2, False)
    assert len(local) == len(epoch) == 390
    assert local[0].date == "20130301 09:30:00 US/Eastern"
    assert epoch[0].date == "1362148200"
    assert [bar.close for bar in local] == [bar.close for bar in epoch]
    assert sum(bar.volume for bar in local) == 3_308_300
    assert (local[0].open, local[-1].close) == (200.65, 202.91)


@pytest.mark.parametrize(
    ("what", "code"),
    [
        (("", "1 D", "7 mins", "TRADES", 1, 1, False), 321),
        (("yesterday", "1 D", "1 day", "TRADES", 1, 1, False), 10314),
        (("20200101-00:00:00 Mars/Base", "1 D", "1 day", "TRADES", 1, 1, False), 10314),
        (("", "1 fortnight", "1 day", "TRADES", 1, 1, False), 321),
        (("", "1 D", "1 day", "GOSSIP", 1, 1, False), 321),
        (("19990101-00:00:00", "5 D", "1 day", "TRADES", 1, 1, False), 162),
        (("20130301-21:00:00", "1 D", "1 secs", "TRADES", 1, 1, False), 162),
        (("20130301-21:00:00", "1 D", "1 day", "BID_ASK", 1, 1, True), 321),
        (("", "1 D", "1 day", "BID_ASK", 1, 1, True), 321),
    ],
    ids=str,
)
def test_bars_that_cannot_be_are_an_error(client: StockClient, what: Any, code: int) -> None:
    """Each mistake has the code a gateway has for it, under the request's id."""
    client.ask.reqHistoricalData(8, ibapi_stock("IBM"), *what, [])
    arguments = client.wait("error", lambda *call: call[0] == 8)
    assert arguments[2] == code


def test_snapshot_ends_with_a_complete_quote(client: StockClient) -> None:
    """Bid, ask, last, close with sizes, then the end."""
    client.ask.reqMktData(9, ibapi_stock("MSFT"), "", True, False, [])
    client.wait("tickSnapshotEnd")
    prices = {call[1]: call[2] for call in client.all("tickPrice")}
    sizes = {call[1]: call[2] for call in client.all("tickSize")}
    assert 27 < prices[1] < prices[4] < prices[2] < 29
    assert prices[9] == 27.95
    assert sizes[0] >= 100
    assert sizes[3] >= 100
    assert client.wait("marketDataType")[1] == 1
    assert client.all("tickReqParams")


def test_stream_ticks_until_cancelled(client: StockClient) -> None:
    """A stream begins at once; an unknown id cannot be cancelled."""
    client.ask.reqMktData(10, ibapi_stock("MSFT"), "", False, False, [])
    client.wait("tickPrice", lambda number, *_: number == 10)
    client.ask.cancelMktData(10)
    client.ask.cancelMktData(11)
    client.wait("error", lambda *call: call[0] == 11 and call[2] == 300)


def test_market_order_fills_with_execution_and_commission(client: StockClient) -> None:
    """Acknowledged, executed, charged; the same again from reqExecutions, with its reference."""
    order_id, mark = _next_id(client), client.mark()
    order = ibapi_order("BUY", 10, orderRef="t-1", account="DU1000001")
    client.ask.placeOrder(order_id, ibapi_stock("IBM"), order)
    client.wait("orderStatus", lambda number, *rest: number == order_id and rest[0] == "Filled")
    client.wait("commissionAndFeesReport", since=mark)
    first = client.wait("openOrder", since=mark)
    assert (first[0], first[3].status) == (order_id, "PreSubmitted")
    (live,) = client.all("execDetails", since=mark)
    assert live[0] == -1
    client.ask.reqExecutions(12, ExecutionFilter())
    client.wait("execDetailsEnd", lambda number: number == 12)
    asked = [call for call in client.all("execDetails") if call[0] == 12]
    again = next(call[2] for call in asked if call[2].orderId == order_id)
    assert (again.execId, again.orderRef, again.side) == (live[2].execId, "t-1", "BOT")
    assert (again.shares, again.acctNumber, again.exchange) == (10, "DU1000001", "NYSE")
    report = client.all("commissionAndFeesReport", since=mark)[0][0]
    assert (report.execId, report.commissionAndFees, report.currency) == (again.execId, 1, "USD")


def test_limit_order_rests_changes_and_is_cancelled(client: StockClient) -> None:
    """Submitted; a change under the same perm id; PendingCancel, Cancelled, 202."""
    order_id = _next_id(client)
    order = ibapi_order("BUY", 5, "LMT", lmtPrice=100, tif="GTC")
    client.ask.placeOrder(order_id, ibapi_stock("IBM"), order)
    client.wait("orderStatus", lambda number, *rest: number == order_id and rest[0] == "Submitted")
    client.ask.reqOpenOrders()
    client.wait("openOrderEnd")
    mark = client.mark()
    changed = ibapi_order("BUY", 5, "LMT", lmtPrice=101, tif="GTC")
    client.ask.placeOrder(order_id, ibapi_stock("IBM"), changed)
    shown = client.wait("openOrder", since=mark)
    assert (shown[2].lmtPrice, shown[2].permId) == (101, client.all("openOrder")[0][2].permId)
    mark = client.mark()
    client.ask.cancelOrder(order_id, OrderCancel())
    client.wait("error", lambda *call: call[0] == order_id and call[2] == 202)
    told = [call[1] for call in client.all("orderStatus", since=mark) if call[0] == order_id]
    assert [status for status in told if "ancel" in status] == ["PendingCancel", "Cancelled"]
    client.ask.cancelOrder(order_id, OrderCancel())
    client.wait("error", lambda *call: call[0] == order_id and call[2] == 10148)


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (ibapi_order("BUY", 1, "FEELINGS"), 321),
        (ibapi_order("BUY", 1, "LMT", lmtPrice=100.005), 110),
        (ibapi_order("BUY", 1, account="DU9"), 321),
        (ibapi_order("BUY", 1, tif="ALWAYS"), 321),
        (ibapi_order("BUY", 1, algoStrategy="Guess"), 438),
        (ibapi_order("BUY", 10_000_000), 201),
    ],
    ids=["type", "tick", "account", "tif", "algo", "funds"],
)
def test_order_that_cannot_be_is_refused(client: StockClient, order: Any, code: int) -> None:
    """The error comes under the order's id, and there is no fill."""
    order_id = _next_id(client)
    client.ask.placeOrder(order_id, ibapi_stock("IBM"), order)
    assert client.wait("error", lambda *call: call[0] == order_id)[2] == code
    assert [call for call in client.all("execDetails") if call[2].orderId == order_id] == []


def test_order_ids_only_rise(client: StockClient) -> None:
    """A spent id is 103, and after a fill 104; nothing trades twice."""
    order_id = _next_id(client)
    client.ask.placeOrder(order_id, ibapi_stock("IBM"), ibapi_order("BUY", 1))
    client.wait("orderStatus", lambda number, *rest: number == order_id and rest[0] == "Filled")
    client.ask.placeOrder(order_id, ibapi_stock("IBM"), ibapi_order("BUY", 1))
    client.wait("error", lambda *call: call[0] == order_id and call[2] == 104)
    unused = _next_id(client) + 1
    client.ask.placeOrder(unused, ibapi_stock("IBM"), ibapi_order("BUY", 1))
    client.ask.placeOrder(unused - 1, ibapi_stock("IBM"), ibapi_order("BUY", 1))
    client.wait("error", lambda *call: call[0] == unused - 1 and call[2] == 103)
    assert _next_id(client) == unused + 1


def test_account_answers_add_up(client: StockClient) -> None:
    """Positions, a summary in alphabetical order, and both streams end their first round."""
    client.ask.reqPositions()
    client.wait("positionEnd")
    client.ask.reqAccountSummary(20, "All", "NetLiquidation,BuyingPower,AccountType")
    client.wait("accountSummaryEnd")
    rows = client.all("accountSummary")
    assert [row[2] for row in rows] == ["AccountType", "BuyingPower", "NetLiquidation"]
    assert Decimal(rows[2][3]) == pytest.approx(Decimal(1_000_000), rel=Decimal("0.001"))
    client.ask.reqAccountUpdates(True, "DU1000001")
    client.wait("accountDownloadEnd")
    client.ask.reqAccountUpdatesMulti(21, "DU1000001", "", False)
    client.wait("accountUpdateMultiEnd")
    held = {row[1].symbol: row[2] for row in client.all("position")}
    worth = {row[0].symbol: row[1] for row in client.all("updatePortfolio")}
    assert held == worth


def test_third_account_summary_is_refused_until_one_ends(client: StockClient) -> None:
    """Two at a time: 322."""
    for request_id in (30, 31, 32):
        client.ask.reqAccountSummary(request_id, "All", "NetLiquidation")
    client.wait("error", lambda *call: call[0] == 32 and call[2] == 322)
    client.ask.cancelAccountSummary(30)
    client.ask.reqAccountSummary(33, "All", "NetLiquidation")
    client.wait("accountSummaryEnd", lambda number: number == 33)


def test_reconnected_client_finds_what_it_did(
    client: StockClient, gateway: SimulatedGateway
) -> None:
    """Open, completed and executed orders are there for the same client id, and its next id."""
    filled, resting = _next_id(client), _next_id(client) + 1
    client.ask.placeOrder(filled, ibapi_stock("FB"), ibapi_order("BUY", 3, orderRef="t-9"))
    order = ibapi_order("BUY", 5, "LMT", lmtPrice=10, tif="GTC", orderRef="t-10")
    client.ask.placeOrder(resting, ibapi_stock("FB"), order)
    client.wait("orderStatus", lambda number, *rest: number == filled and rest[0] == "Filled")
    client_id = client.ask.clientId
    client.disconnect()
    client.join_reader()
    with stock_client(gateway.port, client_id) as again:
        assert again.all("nextValidId") == [(resting + 1,)]
        again.ask.reqOpenOrders()
        again.wait("openOrderEnd")
        assert resting in [call[0] for call in again.all("openOrder")]
        again.ask.reqCompletedOrders(True)
        again.wait("completedOrdersEnd")
        done = {call[1].orderRef: call[2].status for call in again.all("completedOrder")}
        assert done["t-9"] == "Filled"
        again.ask.reqExecutions(40, ExecutionFilter())
        again.wait("execDetailsEnd")
        assert "t-9" in [call[2].orderRef for call in again.all("execDetails")]
        again.ask.cancelOrder(resting, OrderCancel())
        again.wait("error", lambda *call: call[0] == resting and call[2] == 202)
