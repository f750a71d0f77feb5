# SPDX-License-Identifier: Apache-2.0
"""Orders in every kind of contract, combinations, exercises: with Interactive Brokers' client."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ibapi.contract import ComboLeg, Contract
from ibapi.execution import ExecutionFilter
from ibapi.order import OrderComboLeg
from ibapi.order_cancel import OrderCancel
from ibapi.tag_value import TagValue

from ib_provider.simulator import SimulatedGateway
from tests.support.client_list import CALL
from tests.support.control import Control
from tests.support.ibapi_desk import contract
from tests.support.simulator import gateway_in_thread, quick_options
from tests.support.stock_client import StockClient, ibapi_order, ibapi_stock, stock_client

IBM = 8314


@pytest.fixture(scope="module", params=[178, 200, 226], ids="sv{}".format)
def gateway(request: pytest.FixtureRequest) -> Iterator[SimulatedGateway]:
    options = quick_options(max_server_version=request.param, control_port=0, speed=1.0)
    with gateway_in_thread(options) as running:
        yield running


@pytest.fixture
def client(gateway: SimulatedGateway) -> Iterator[StockClient]:
    with stock_client(gateway.port) as connected:
        yield connected


def _id(client: StockClient) -> int:
    mark = client.mark()
    client.ask.reqIds(-1)
    return int(client.wait("nextValidId", since=mark)[0])


def _place(client: StockClient, of: Contract, *order: Any, **more: Any) -> int:
    number = _id(client)
    client.ask.placeOrder(number, of, ibapi_order(*order, **more))
    return number


def _reach(client: StockClient, number: int, status: str) -> tuple[Any, ...]:
    return client.wait("orderStatus", lambda got, told, *_: (got, told) == (number, status))


def _error(client: StockClient, number: int) -> tuple[int, str]:
    call = client.wait("error", lambda got, *_: got == number)
    return call[2], call[3]


def _executions(client: StockClient, number: int) -> list[tuple[Any, Any]]:
    return [call[1:] for call in client.all("execDetails") if call[2].orderId == number]


def _option(right: str, strike: float) -> Contract:
    return contract({**CALL, "right": right, "strike": strike})


def _con_id(client: StockClient, of: Contract) -> int:
    number = 90_000 + client.mark()
    client.ask.reqContractDetails(number, of)
    client.wait("contractDetailsEnd", lambda got: got == number)
    found = [call[1] for call in client.all("contractDetails") if call[0] == number]
    return int(found[0].contract.conId)


def _bag(*legs: tuple[int, int, str], symbol: str = "IBM") -> Contract:
    bag = ibapi_stock(symbol, secType="BAG")
    bag.comboLegs = []
    for con_id, ratio, action in legs:
        leg = ComboLeg()
        leg.conId, leg.ratio, leg.action, leg.exchange = con_id, ratio, action, "SMART"
        bag.comboLegs.append(leg)
    return bag


def _leg_prices(*prices: float) -> list[OrderComboLeg]:
    legs = [OrderComboLeg() for _ in prices]
    for leg, price in zip(legs, prices, strict=True):
        leg.price = price
    return legs


def _exercise(client: StockClient, number: int, of: Contract, action: int, quantity: int) -> None:
    client.ask.exerciseOptions(number, of, action, quantity, "DU1000001", 0, "", "", False)


#: Kind → contract, units of one order, what one unit of price is worth, and a price it is near.
TRADED: dict[str, tuple[dict[str, Any], Decimal, float, float]] = {
    "FUT": (
        {"symbol": "ES", "exchange": "CME", "lastTradeDateOrContractMonth": "201303"},
        Decimal(1), 50, 1525,
    ),
    "OPT": (CALL, Decimal(1), 100, 4.5),
    "FOP": (
        {
            "symbol": "ES", "exchange": "CME", "lastTradeDateOrContractMonth": "20130315",
            "strike": 1500.0, "right": "C", "tradingClass": "ES",
        },
        Decimal(1), 50, 36,
    ),
    "CASH": ({"symbol": "EUR", "exchange": "IDEALPRO"}, Decimal(20_000), 1, 1.305),
    "CRYPTO": ({"symbol": "BTC", "exchange": "PAXOS"}, Decimal("0.5"), 1, 38),
    "CFD": ({"symbol": "AAPL", "exchange": "SMART"}, Decimal(10), 1, 434),
    "CMDTY": ({"symbol": "XAUUSD", "exchange": "SMART"}, Decimal(1), 1, 1576),
    "BOND": ({"symbol": "912828UN8", "exchange": "SMART"}, Decimal(5), 1, 101.5),
    "FUND": ({"symbol": "VINIX", "exchange": "FUNDSERV"}, Decimal(3), 1, 143),
    "WAR": ({"symbol": "AAPL", "exchange": "SWB", "currency": "EUR"}, Decimal(1), 0.1, 41),
}  # fmt: skip


@pytest.mark.parametrize("kind", TRADED)
def test_kind_of_contract_trades_and_is_held(client: StockClient, kind: str) -> None:
    """Filled near its market, charged, and in the account at price times multiplier."""
    spec, quantity, unit, near = TRADED[kind]
    of = contract({"secType": kind, "currency": "USD", **spec})
    number = _place(client, of, "BUY", quantity, tif="DAY")
    assert _reach(client, number, "Filled")[2] == quantity
    found = _executions(client, number)
    assert sum(row.shares for _, row in found) == quantity
    assert all(row.price == pytest.approx(near, rel=0.06) for _, row in found)
    assert {shown.secType for shown, _ in found} == {kind}
    for _, row in found:
        client.wait("commissionAndFeesReport", lambda told, want=row.execId: told.execId == want)
    mark = client.mark()
    client.ask.reqPositions()
    client.wait("positionEnd", since=mark)
    held = {call[1].conId: (call[2], call[3]) for call in client.all("position", since=mark)}
    units, cost = held[found[0][0].conId]
    assert units >= quantity
    assert cost == pytest.approx(near * unit, rel=0.06 + 3 / (near * unit))


def test_index_cannot_be_bought(client: StockClient) -> None:
    """There is no market for it: 201."""
    of = contract({"symbol": "SPX", "secType": "IND", "exchange": "CBOE", "currency": "USD"})
    assert _error(client, _place(client, of, "BUY", 1))[0] == 201


def test_spread_fills_by_its_legs(client: StockClient) -> None:
    """One execution for the spread and one a leg; commissions and positions are the legs'."""
    near, far = (_con_id(client, _option("C", strike)) for strike in (205.0, 210.0))
    bag = _bag((near, 1, "BUY"), (far, 2, "SELL"))
    number = _place(client, bag, "BUY", 1, "LMT", lmtPrice=10)
    _reach(client, number, "Filled")
    shown = client.wait("openOrder", lambda got, *_: got == number)
    assert (shown[1].secType, shown[1].conId) == ("BAG", 28812380)
    assert [(leg.conId, leg.ratio, leg.action) for leg in shown[1].comboLegs] == [
        (near, 1, "BUY"),
        (far, 2, "SELL"),
    ]
    assert shown[1].comboLegsDescrip == f"{near}|1,{far}|-2"
    whole, *legs = _executions(client, number)
    assert (whole[0].secType, whole[1].side, whole[1].shares) == ("BAG", "BOT", 1)
    assert [(of.conId, row.side, row.shares) for of, row in legs] == [
        (near, "BOT", 1),
        (far, "SLD", 2),
    ]
    assert whole[1].price == pytest.approx(legs[0][1].price - 2 * legs[1][1].price)
    stems = {row.execId.rsplit(".", 2)[0] for _, row in (whole, *legs)}
    assert len(stems) == 1
    assert [row.execId[-5:] for _, row in (whole, *legs)] == ["01.01", "02.01", "03.01"]
    for _, row in legs:
        client.wait("commissionAndFeesReport", lambda told, want=row.execId: told.execId == want)
    charged = {call[0].execId for call in client.all("commissionAndFeesReport")}
    assert whole[1].execId not in charged
    client.ask.reqExecutions(77, ExecutionFilter())
    client.wait("execDetailsEnd", lambda got: got == 77)
    again = [call[2].execId for call in client.all("execDetails") if call[0] == 77]
    assert {row.execId for _, row in (whole, *legs)} <= set(again)


def test_spread_may_be_paid_for_taking_it(client: StockClient) -> None:
    """A price below zero is a price; a limit of zero is a limit, not the lack of one."""
    near, far = (_con_id(client, _option("C", strike)) for strike in (205.0, 210.0))
    bag = _bag((near, 1, "SELL"), (far, 1, "BUY"))
    resting = _place(client, bag, "SELL", 1, "LMT", lmtPrice=0)
    _reach(client, resting, "Submitted")
    paid = _place(client, bag, "BUY", 1, "LMT", lmtPrice=0)
    _reach(client, paid, "Filled")
    assert _executions(client, paid)[0][1].price < 0
    assert _executions(client, resting) == []
    client.ask.cancelOrder(resting, OrderCancel())
    _reach(client, resting, "Cancelled")


def test_spread_priced_by_leg_trades_within_each_leg_s_price(client: StockClient) -> None:
    """A leg out of reach holds both; named within reach, each trades at its own or better."""
    near, far = (_con_id(client, _option("C", strike)) for strike in (205.0, 210.0))
    bag = _bag((near, 1, "BUY"), (far, 1, "SELL"))
    resting = _place(client, bag, "BUY", 1, "LMT", orderComboLegs=_leg_prices(9.0, 9.0))
    _reach(client, resting, "Submitted")
    filled = _place(client, bag, "BUY", 1, "LMT", orderComboLegs=_leg_prices(9.0, 0.05))
    _reach(client, filled, "Filled")
    _, bought, sold = _executions(client, filled)
    assert bought[1].price <= 9
    assert sold[1].price >= 0.05
    shown = client.wait("openOrder", lambda got, *_: got == filled)[2]
    assert [leg.price for leg in shown.orderComboLegs] == [9.0, 0.05]
    assert _executions(client, resting) == []
    client.ask.cancelOrder(resting, OrderCancel())
    _reach(client, resting, "Cancelled")


def test_shares_against_a_call_are_one_order(client: StockClient) -> None:
    """The price is that of one share less one call; a hundred shares and a call trade."""
    call = _con_id(client, _option("C", 205.0))
    bag = _bag((IBM, 100, "BUY"), (call, 1, "SELL"))
    bag.exchange = "SMART"
    number = _place(client, bag, "BUY", 1, smartComboRoutingParams=[TagValue("NonGuaranteed", "1")])
    _reach(client, number, "Filled")
    whole, shares, option = _executions(client, number)
    assert whole[1].price == pytest.approx(shares[1].price - option[1].price)
    assert (shares[1].shares, option[1].shares, option[1].side) == (100, 1, "SLD")


def test_calendar_of_futures_rests_and_changes(client: StockClient) -> None:
    """Months of one root; the order can be changed, found by who asks, and cancelled."""
    months = [
        _con_id(client, contract({"secType": "FUT", "currency": "USD", "symbol": "ES",
                                  "exchange": "CME", "lastTradeDateOrContractMonth": month}))
        for month in ("201303", "201306")
    ]  # fmt: skip
    bag = _bag((months[0], 1, "SELL"), (months[1], 1, "BUY"), symbol="ES")
    bag.exchange = "CME"
    number = _place(client, bag, "BUY", 2, "LMT", lmtPrice=-50, tif="GTC")
    _reach(client, number, "Submitted")
    mark = client.mark()
    changed = ibapi_order("BUY", 2, "LMT", lmtPrice=-49.5, tif="GTC")
    client.ask.placeOrder(number, bag, changed)
    assert client.wait("openOrder", since=mark)[2].lmtPrice == -49.5
    client.ask.cancelOrder(number, OrderCancel())
    _reach(client, number, "Cancelled")


def test_what_if_of_a_spread_counts_its_legs(client: StockClient) -> None:
    """Two options: two commissions."""
    near, far = (_con_id(client, _option("C", strike)) for strike in (205.0, 210.0))
    number = _place(client, _bag((near, 1, "BUY"), (far, 1, "SELL")), "BUY", 10, whatIf=True)
    state = client.wait("openOrder", lambda got, *_: got == number)[3]
    assert state.commissionAndFees == pytest.approx(2 * 6.5)


@pytest.mark.parametrize(
    ("legs", "code", "words"),
    [
        ((), 321, "Security type 'BAG' requires combo leg details."),
        (((IBM, 1, "BUY"),), 312, "The combo details are invalid."),
        (((IBM, 1, "BUY"), (IBM, 1, "SELL")), 312, "The combo details are invalid."),
        (((IBM, 1, "BUY"), (123, 1, "SELL")), 313, "leg '2'"),
        (((IBM, 0, "BUY"), (265598, 1, "SELL")), 313, "leg '1'"),
        (((IBM, 1, "BUY"), (416904, 1, "SELL")), 313, "leg '2'"),
    ],
    ids=["none", "one", "twice", "unknown", "ratio", "index"],
)
def test_legs_that_make_no_combination_are_refused(
    client: StockClient, legs: Any, code: int, words: str
) -> None:
    """By the code that says what is wrong with them; nothing trades."""
    number = _place(client, _bag(*legs), "BUY", 1)
    told, text = _error(client, number)
    assert (told, words in text) == (code, True)
    assert _executions(client, number) == []


def test_combination_of_another_type_is_refused(client: StockClient) -> None:
    """What is measured in percent of a price has no meaning for one that can be zero: 387."""
    number = _place(client, _bag((IBM, 1, "BUY"), (265598, 1, "SELL")), "BUY", 1, "TRAIL",
                    trailingPercent=1)  # fmt: skip
    assert _error(client, number)[0] == 387


def test_call_is_exercised_into_shares(client: StockClient) -> None:
    """The option goes at zero, a hundred shares come at the strike."""
    call = _option("C", 195.0)
    number = _place(client, call, "BUY", 2)
    _reach(client, number, "Filled")
    _executions(client, number)
    mark = client.mark()
    _exercise(client, 5001, call, 1, 1)
    gone = client.wait("execDetails", lambda _, of, __: of.secType == "OPT", since=mark)
    came = client.wait("execDetails", lambda _, of, __: of.secType == "STK", since=mark)
    assert (gone[2].side, gone[2].shares, gone[2].price) == ("SLD", 1, 0)
    assert (came[2].side, came[2].shares, came[2].price) == ("BOT", 100, 195)
    client.ask.reqPositions()
    client.wait("positionEnd", since=mark)
    held = {call[1].conId: call[2] for call in client.all("position", since=mark)}
    assert held[gone[1].conId] >= 1


@pytest.mark.parametrize(
    ("option", "asked", "code", "words"),
    [
        (("C", 220.0), (1, 1), 322, "not in-the-money"),
        (("C", 190.0), (2, 1), 322, "is in-the-money"),
        (("C", 200.0), (1, 500), 322, "No unlapsed position"),
        (("C", 200.0), (7, 1), 321, "action"),
        (("C", 201.3), (1, 1), 200, "No security definition"),
    ],
)
def test_exercise_that_cannot_be_is_refused(
    client: StockClient, option: Any, asked: tuple[int, int], code: int, words: str
) -> None:
    """Under the request's id; the position stays."""
    of = _option(*option)
    if "money" in words:
        _reach(client, _place(client, of, "BUY", 1), "Filled")
    _exercise(client, 6001, of, *asked)
    told = _error(client, 6001)
    assert (told[0], words in told[1]) == (code, True)


def test_expiry_ends_options_futures_and_orders(tmp_path: Path) -> None:
    """In the money becomes shares, out of it nothing; a short is assigned; a future is settled."""
    options = quick_options(
        clock="2013-03-15T15:59:00-04:00", speed=0.0, control_port=0, state_file=tmp_path / "s.json"
    )
    with (
        gateway_in_thread(options) as gateway,
        stock_client(gateway.port) as client,
        Control(gateway.control_port) as control,
    ):
        bought = [
            _place(client, _option("C", 190.0), "BUY", 1),
            _place(client, _option("C", 220.0), "BUY", 1),
            _place(client, _option("P", 220.0), "SELL", 1),
        ]
        future = contract(
            {"secType": "FUT", "currency": "USD", "symbol": "ES", "exchange": "CME",
             "lastTradeDateOrContractMonth": "201306"}
        )  # fmt: skip
        kept = _place(client, future, "BUY", 1)
        resting = _place(client, _option("C", 230.0), "BUY", 1, "LMT", lmtPrice=0.05, tif="GTC")
        control.do("advance", seconds=5)
        for number in (*bought, kept):
            _reach(client, number, "Filled")
        control.do("advance", seconds=timedelta(hours=6).total_seconds())
        _reach(client, resting, "Cancelled")
        mark = client.mark()
        client.ask.reqPositions()
        client.wait("positionEnd", since=mark)
        held = {
            (call[1].secType, call[1].symbol): call[2]
            for call in client.all("position", since=mark)
        }
        assert held == {("STK", "IBM"): 200, ("FUT", "ES"): 1}
