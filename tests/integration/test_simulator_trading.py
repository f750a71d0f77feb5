# SPDX-License-Identifier: Apache-2.0
"""Brackets, groups, corrections and accounts over TCP, with Interactive Brokers' own client."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from ibapi.execution import ExecutionFilter
from ibapi.order_cancel import OrderCancel
from ibapi.tag_value import TagValue

from ib_provider.simulator import SimulatedGateway
from ib_provider.simulator.exchange.trading_options import TradingOptions
from ib_provider.simulator.interventions import correct_execution, enter_order, find_shares
from tests.support.simulator import (
    gateway_in_thread,
    listing,
    on_gateway,
    quick_options,
    terms,
)
from tests.support.stock_client import StockClient, ibapi_order, ibapi_stock, stock_client

OTHER = "DU1000002"


@pytest.fixture(params=[178, 226], ids=lambda version: f"sv{version}")
def gateway(request: pytest.FixtureRequest) -> Iterator[SimulatedGateway]:
    with gateway_in_thread(quick_options(max_server_version=request.param)) as running:
        yield running


@pytest.fixture
def client(gateway: SimulatedGateway) -> Iterator[StockClient]:
    with stock_client(gateway.port) as connected:
        yield connected


def _place(client: StockClient, order_id: int, *order: Any, **more: Any) -> None:
    client.ask.placeOrder(order_id, ibapi_stock("AAPL"), ibapi_order(*order, **more))


def _status(client: StockClient, order_id: int, status: str) -> tuple[Any, ...]:
    return client.wait("orderStatus", lambda number, *rest: (number, rest[0]) == (order_id, status))


def test_bracket_protects_and_then_ends_itself(client: StockClient) -> None:
    """Nothing until the last order; entry, target, and the stop goes."""
    _place(client, 1, "BUY", 10, transmit=False)
    _place(client, 2, "SELL", 10, "LMT", lmtPrice=600, parentId=1, transmit=False)
    _place(client, 3, "SELL", 10, "STP", auxPrice=100, parentId=1, transmit=True)
    _status(client, 1, "Filled")
    waiting = next(call for call in client.all("orderStatus") if call[0] == 3)
    assert (waiting[1], waiting[6], waiting[9]) == ("PreSubmitted", 1, "child,trigger")
    _status(client, 2, "Submitted")
    _place(client, 2, "SELL", 10, "LMT", lmtPrice=100, parentId=1, transmit=True)
    _status(client, 2, "Filled")
    _status(client, 3, "Cancelled")


def test_one_cancels_all_and_global_cancel(client: StockClient) -> None:
    """A fill ends its group; a global cancel ends the rest."""
    group = {"ocaGroup": "g", "ocaType": 1}
    _place(client, 1, "BUY", 10, "LMT", lmtPrice=100, **group)
    _status(client, 1, "Submitted")
    _place(client, 2, "BUY", 10, **group)
    _status(client, 2, "Filled")
    _status(client, 1, "Cancelled")
    _place(client, 3, "BUY", 10, "LMT", lmtPrice=100)
    _status(client, 3, "Submitted")
    client.ask.reqGlobalCancel(OrderCancel())
    _status(client, 3, "Cancelled")


def test_what_if_tells_margin_and_commission(client: StockClient) -> None:
    """Before, change, after; and no order."""
    _place(client, 1, "BUY", 1_000, whatIf=True)
    state = client.wait("openOrder")[3]
    assert float(state.initMarginAfter) == pytest.approx(
        float(state.initMarginBefore) + float(state.initMarginChange)
    )
    assert float(state.initMarginChange) == pytest.approx(1_000 * 430 / 4, rel=0.05)
    assert state.commissionAndFees == 5
    client.ask.reqOpenOrders()
    client.wait("openOrderEnd")
    assert len(client.all("openOrder")) == 1


@pytest.mark.parametrize("gateway", [200], indirect=True)
@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("MIT", {"auxPrice": 600}),
        ("LIT", {"auxPrice": 600, "lmtPrice": 601}),
        ("MTL", {}),
        ("TRAIL", {"trailingPercent": 0.001, "trailStopPrice": 200}),
        ("MIDPRICE", {}),
        (
            "MKT",
            {"algoStrategy": "Adaptive", "algoParams": [TagValue("adaptivePriority", "Urgent")]},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value) or "plain",
)
def test_order_type_trades(client: StockClient, kind: str, more: dict[str, Any]) -> None:
    """Each reaches its fill."""
    _place(client, 1, "BUY", 10, kind, **more)
    assert _status(client, 1, "Filled")[2] == 10


def test_profit_and_positions_of_an_account_follow_its_trades(client: StockClient) -> None:
    """PnL, PnL of the position, positions and values by account."""
    client.ask.reqPnL(1, "DU1000001", "")
    client.ask.reqPnLSingle(2, "DU1000001", "", 265598)
    client.wait("pnl")
    client.wait("pnlSingle")
    _place(client, 1, "BUY", 10)
    single = client.wait("pnlSingle", lambda *call: call[1] == 10)
    assert float(single[5]) == pytest.approx(10 * 430, rel=0.05)
    assert -20 < single[2] < 20
    client.ask.reqPositionsMulti(3, "DU1000001", "")
    client.wait("positionMultiEnd")
    (row,) = client.all("positionMulti")
    assert (row[3].symbol, row[4]) == ("AAPL", 10)
    client.ask.reqAccountUpdatesMulti(4, "DU1000001", "", True)
    client.wait("accountUpdateMultiEnd")
    keys = {call[3] for call in client.all("accountUpdateMulti")}
    assert {"NetLiquidation", "CashBalance", "StockMarketValue", "ExchangeRate"} <= keys
    client.ask.reqAccountSummary(5, "All", "$LEDGER:ALL")
    client.wait("accountSummaryEnd")
    assert {call[4] for call in client.all("accountSummary")} == {"USD", "BASE"}


def test_correction_comes_under_the_same_execution(
    client: StockClient, gateway: SimulatedGateway
) -> None:
    """The id ends in 02; a client that asks again gets both."""
    _place(client, 1, "BUY", 10)
    _status(client, 1, "Filled")
    first = client.wait("execDetails")[2]
    client.wait("commissionAndFeesReport")
    price = Decimal(str(first.price)) - Decimal("0.01")
    assert on_gateway(gateway, correct_execution, first.execId, price)
    second = client.wait("execDetails", lambda *call: call[2].execId.endswith(".02"))[2]
    assert second.execId[:-2] == first.execId[:-2]
    assert second.price == pytest.approx(first.price - 0.01)
    client.ask.reqExecutions(9, ExecutionFilter())
    client.wait("execDetailsEnd")
    assert len([call for call in client.all("execDetails") if call[0] == 9]) == 2


def test_order_entered_by_hand_is_bound_by_client_zero(gateway: SimulatedGateway) -> None:
    """Others see it without an id; client 0 gets one, and may cancel it."""
    order = terms("BUY", 5, "LMT", lmt_price=Decimal(100))
    on_gateway(gateway, enter_order, listing("AAPL"), order)
    with stock_client(gateway.port) as other:
        other.ask.reqAllOpenOrders()
        other.wait("openOrderEnd")
        assert other.all("openOrder")[0][0] == 0
    with stock_client(gateway.port, 0) as zero:
        zero.ask.reqOpenOrders()
        perm_id, client_id, order_id = zero.wait("orderBound")
        assert (client_id, order_id) == (0, -1)
        assert zero.wait("openOrder", lambda number, *_: number == -1)[2].permId == perm_id
        zero.ask.cancelOrder(-1, OrderCancel())
        zero.wait("error", lambda *call: call[0] == -1 and call[2] == 202)


def test_login_of_two_accounts_keeps_them_apart() -> None:
    """Orders must say whose they are; each has its own money; the master hears all."""
    trading = TradingOptions(
        more_accounts=(OTHER,), master_client=77, foreign_cash={"EUR": Decimal(1_000)}
    )
    with (
        gateway_in_thread(quick_options(trading=trading)) as gateway,
        stock_client(gateway.port) as client,
        stock_client(gateway.port, 77) as master,
    ):
        assert client.all("managedAccounts") == [(f"DU1000001,{OTHER}",)]
        _place(client, 1, "BUY", 10)
        assert client.wait("error", lambda *call: call[0] == 1)[2] == 435
        _place(client, 2, "BUY", 10, account=OTHER)
        _status(client, 2, "Filled")
        assert _status(master, 2, "Filled")[8] == client.ask.clientId
        master.wait("execDetails")
        client.ask.reqPositions()
        client.wait("positionEnd")
        assert {(call[0], call[2]) for call in client.all("position")} == {(OTHER, 10)}
        client.ask.reqAccountUpdates(True, "DU1000001")
        client.wait("accountDownloadEnd")
        cash = {
            call[2]: call[1]
            for call in client.all("updateAccountValue")
            if call[0] == "CashBalance"
        }
        assert cash["EUR"] == "1000.00"
        client.ask.reqAccountUpdates(True, OTHER)
        client.wait("error", lambda *call: call[2] == 2100)


def test_warnings_and_refusals_of_a_strict_broker() -> None:
    """404 until shares are found, 2109, 2161, 387, 116, 203 and 201 for a cash account's short."""
    trading = TradingOptions(
        hard_to_borrow=frozenset({"GOOG"}), dead_exchanges=frozenset({"ISLAND"}), most_active=1
    )
    with (
        gateway_in_thread(quick_options(trading=trading)) as gateway,
        stock_client(gateway.port) as client,
    ):
        client.ask.placeOrder(1, ibapi_stock("GOOG"), ibapi_order("SELL", 1))
        client.wait("error", lambda *call: call[:3:2] == (1, 404))
        on_gateway(gateway, find_shares, "GOOG")
        _status(client, 1, "Filled")
        _place(client, 2, "BUY", 1, outsideRth=True)
        client.wait("error", lambda *call: call[:3:2] == (2, 2109))
        _status(client, 2, "Filled")
        _place(client, 3, "BUY", 1, "LMT", lmtPrice=900)
        client.wait("error", lambda *call: call[:3:2] == (3, 2161))
        _status(client, 3, "Filled")
        _place(client, 4, "BUY", 1, "PEG MID")
        client.wait("error", lambda *call: call[:3:2] == (4, 387))
        stock = ibapi_stock("AAPL", exchange="ISLAND")
        client.ask.placeOrder(5, stock, ibapi_order("BUY", 1))
        client.wait("error", lambda *call: call[0] == 5 and call[2] in (116, 200))
        _place(client, 6, "BUY", 1, "LMT", lmtPrice=100)
        _status(client, 6, "Submitted")
        _place(client, 7, "BUY", 1, "LMT", lmtPrice=100)
        client.wait("error", lambda *call: call[:3:2] == (7, 201))
        _place(client, 6, "BUY", 1, "MOC")
        client.wait("error", lambda *call: call[:3:2] == (6, 329))


def test_cash_account_sells_nothing_it_does_not_hold() -> None:
    """201, with the reason."""
    with (
        gateway_in_thread(quick_options(trading=TradingOptions(kind="cash"))) as gateway,
        stock_client(gateway.port) as client,
    ):
        _place(client, 1, "SELL", 1)
        told = client.wait("error", lambda *call: call[0] == 1)
        assert (told[2], "short" in told[3]) == (201, True)
