# SPDX-License-Identifier: Apache-2.0
"""Two clients of different makers and versions at one gateway: one market, one account."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ibapi.contract import ComboLeg

from tests.support.client_list import ACCOUNT, CALL, GOOG, IBM
from tests.support.ib_async_desk import IbAsyncDesk
from tests.support.ibapi_desk import IbapiDesk
from tests.support.simulator import gateway_in_thread, quick_options
from tests.support.stock_client import ibapi_order, ibapi_stock, stock_client

Pair = tuple[IbAsyncDesk, IbapiDesk]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """ib_async in text at 178, ibapi in protobuf, on a clock that stands still."""
    with gateway_in_thread(quick_options(speed=0.0, fill_delay_s=0.0)) as gateway:
        old, new = IbAsyncDesk(gateway.port, 1), IbapiDesk(gateway.port, 2)
        old.connect()
        new.connect()
        assert (old.version(), new.version()) == (178, 225)
        yield old, new
        old.close()
        new.disconnect()


def _market(quantity: int, **more: object) -> dict[str, object]:
    return {
        "action": "BUY", "totalQuantity": quantity, "orderType": "MKT", "account": ACCOUNT,
        "tif": "DAY", **more,
    }  # fmt: skip


def test_both_see_one_market(pair: Pair) -> None:
    """The same quotes, bars and contracts, number for number."""
    old, new = pair
    assert old.quote(GOOG) == new.quote(GOOG)
    what = ("20130302-00:00:00", "1 D", "1 min", "TRADES")
    assert old.bars(IBM, *what) == new.bars(IBM, *what)
    names = ("conId", "localSymbol", "minTick", "validExchanges", "marketRuleIds", "liquidHours")
    (first,), (second,) = old.details(CALL), new.details(CALL)
    assert [first[name] for name in names] == [second[name] for name in names]


def test_both_see_one_account(pair: Pair) -> None:
    """What either buys, both hold; each knows its own executions, and all orders on asking."""
    old, new = pair
    first = old.place(IBM, _market(10, orderRef="old"))
    old.reach(first, "Filled")
    second = new.place(IBM, _market(5, orderRef="new"))
    new.reach(second, "Filled")
    assert old.positions() == new.positions() == {8314: 15}
    assert [row["ref"] for row in new.executions()] == ["new"]
    assert {row["ref"] for row in old.completed()} == {"old", "new"}
    values = new.values()
    assert values["StockMarketValue"] == old.values()["StockMarketValue"]
    resting = {**_market(7), "orderType": "LMT", "lmtPrice": 100.0}
    third = old.place(IBM, resting)
    old.reach(third, "Submitted")
    new.client.ask.reqAllOpenOrders()
    new.client.wait("openOrderEnd")
    shown = new.client.wait("openOrder", lambda _, __, order, ___: order.lmtPrice == 100)
    assert (shown[2].clientId, shown[2].orderId, shown[2].totalQuantity) == (1, third, 7)


def test_restart_keeps_combinations_options_and_what_was_exercised(tmp_path: Path) -> None:
    """Open spread, legs, shares from an exercise, ids: all there for who comes back."""
    options = quick_options(state_file=tmp_path / "state.json")
    near = {**CALL, "strike": 195.0}
    with gateway_in_thread(options) as gateway:
        desk = IbapiDesk(gateway.port, 3)
        desk.connect()
        legs = []
        for strike, action in ((205.0, "BUY"), (210.0, "SELL")):
            (details,) = desk.details({**CALL, "strike": strike})
            leg = ComboLeg()
            leg.conId, leg.ratio, leg.action = details["conId"], 1, action
            leg.exchange = "SMART"
            legs.append(leg)
        bag = ibapi_stock("IBM", secType="BAG", comboLegs=legs)
        filled, resting = 1, 2
        desk.client.ask.placeOrder(filled, bag, ibapi_order("BUY", 1))
        desk.reach(filled, "Filled")
        order = ibapi_order("BUY", 1, "LMT", lmtPrice=0.01, tif="GTC")
        desk.client.ask.placeOrder(resting, bag, order)
        desk.reach(resting, "Submitted")
        bought = desk.place(near, _market(2))
        desk.reach(bought, "Filled")
        (deep,) = desk.details(near)
        of = ibapi_stock("IBM", secType="OPT", conId=deep["conId"])
        desk.client.ask.exerciseOptions(77, of, 1, 1, ACCOUNT, 0, "", "", False)
        desk.client.wait("execDetails", lambda _, of, __: of.secType == "STK")
        held = desk.positions()
        ids = [call[2].execId for call in desk.client.all("execDetails")]
        desk.disconnect()
    assert held[8314] == 100
    assert held[deep["conId"]] == 1
    with gateway_in_thread(options) as gateway, stock_client(gateway.port, 3) as again:
        assert again.all("nextValidId") == [(4,)]
        desk = IbapiDesk(gateway.port, 4)
        desk.connect()
        assert desk.positions() == held
        desk.disconnect()
        again.ask.reqOpenOrders()
        again.wait("openOrderEnd")
        ((number, contract, _, state),) = again.all("openOrder")
        assert (number, contract.secType, state.status) == (resting, "BAG", "Submitted")
        assert [leg.conId for leg in contract.comboLegs] == [leg.conId for leg in legs]
        from ibapi.execution import ExecutionFilter

        again.ask.reqExecutions(9, ExecutionFilter())
        again.wait("execDetailsEnd")
        assert [call[2].execId for call in again.all("execDetails")] == ids
