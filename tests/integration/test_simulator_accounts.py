# SPDX-License-Identifier: Apache-2.0
"""Accounts over TCP: ledgers, models, several accounts, streams of profit; at three versions."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from ib_provider.simulator import SimulatedGateway
from ib_provider.simulator.exchange.trading_options import TradingOptions
from ib_provider.simulator.limits.limits import Limits
from tests.support.simulator import gateway_in_thread, quick_options
from tests.support.stock_client import StockClient, ibapi_order, ibapi_stock, stock_client

FIRST, SECOND = "DU1000001", "DU1000002"


@pytest.fixture(scope="module", params=[178, 200, 226], ids="sv{}".format)
def gateway(request: pytest.FixtureRequest) -> Iterator[SimulatedGateway]:
    trading = TradingOptions(more_accounts=(SECOND,), foreign_cash={"EUR": Decimal(1_000)})
    limits = Limits(max_messages=0, summaries=5)
    options = quick_options(max_server_version=request.param, trading=trading, limits=limits)
    with gateway_in_thread(options) as running:
        yield running


@pytest.fixture
def client(gateway: SimulatedGateway) -> Iterator[StockClient]:
    with stock_client(gateway.port) as connected:
        yield connected


def _summary(client: StockClient, tags: str) -> list[tuple[str, str, str, str]]:
    number = 500 + client.mark()
    client.ask.reqAccountSummary(number, "All", tags)
    client.wait("accountSummaryEnd", lambda got: got == number)
    client.ask.cancelAccountSummary(number)
    return [call[1:] for call in client.all("accountSummary") if call[0] == number]


def _buys(client: StockClient, account: str, quantity: int) -> None:
    since = client.mark()
    client.ask.reqIds(-1)
    number = int(client.wait("nextValidId", since=since)[0])
    order = ibapi_order("BUY", quantity, account=account)
    client.ask.placeOrder(number, ibapi_stock("AAPL"), order)
    client.wait("orderStatus", lambda got, told, *_: (got, told) == (number, "Filled"))


@pytest.mark.parametrize(
    ("tags", "currencies"),
    [
        ("$LEDGER", {"BASE"}),
        ("$LEDGER:EUR", {"EUR"}),
        ("$LEDGER:USD", {"USD"}),
        ("$LEDGER:ALL", {"BASE", "EUR", "USD"}),
        ("$LEDGER:JPY", set()),
    ],
)
def test_ledger_is_told_by_currency(client: StockClient, tags: str, currencies: set[str]) -> None:
    """Of each account; a currency that none has is no row."""
    rows = _summary(client, tags)
    assert {row[3] for row in rows} == currencies
    assert {row[0] for row in rows} == ({FIRST, SECOND} if currencies else set())
    euros = {row[2] for row in rows if (row[1], row[3]) == ("CashBalance", "EUR")}
    assert euros == ({"1000.00"} if "EUR" in currencies else set())


def test_tags_come_in_order_for_each_account(client: StockClient) -> None:
    """Alphabetically, with the base currency where they are money."""
    rows = _summary(client, "NetLiquidation,AccountType,Cushion,NoSuchTag")
    for account in (FIRST, SECOND):
        own = [(row[1], row[3]) for row in rows if row[0] == account]
        assert own == [("AccountType", ""), ("Cushion", ""), ("NetLiquidation", "USD")]


def test_summaries_are_as_many_as_the_limit_says(client: StockClient) -> None:
    """Five here, by the options: the sixth is 322."""
    for number in range(900, 905):
        client.ask.reqAccountSummary(number, "All", "NetLiquidation")
        client.wait("accountSummaryEnd", lambda got, want=number: got == want)
    client.ask.reqAccountSummary(905, "All", "NetLiquidation")
    client.wait("error", lambda got, _, code, *__: (got, code) == (905, 322))


@pytest.mark.parametrize(
    "ask",
    [
        lambda ask: ask.reqPnL(71, FIRST, "Growth"),
        lambda ask: ask.reqPnLSingle(71, FIRST, "Growth", 265598),
        lambda ask: ask.reqPositionsMulti(71, FIRST, "Growth"),
        lambda ask: ask.reqAccountUpdatesMulti(71, FIRST, "Growth", False),
        lambda ask: ask.reqPnL(71, "DU9", ""),
        lambda ask: ask.reqPositionsMulti(71, "DU9", ""),
    ],
    ids=["pnl", "pnl single", "positions", "updates", "pnl of nobody", "positions of nobody"],
)
def test_model_or_account_that_is_not_there_is_an_error(client: StockClient, ask: Any) -> None:
    """321 under the request's id, and no answer."""
    ask(client.ask)
    client.wait("error", lambda got, _, code, *__: (got, code) == (71, 321))


def test_profit_streams_follow_each_account(client: StockClient) -> None:
    """The whole login's is the sum; each trade is told; a stream that was cancelled is silent."""
    for number, account in ((81, FIRST), (82, SECOND), (83, "All")):
        client.ask.reqPnL(number, account, "")
        client.wait("pnl", lambda got, *_, want=number: got == want)
    client.ask.reqPnLSingle(84, SECOND, "", 265598)
    before = client.wait("pnlSingle", lambda got, *_: got == 84)[1]
    client.ask.cancelPnL(81)
    since = client.mark()
    _buys(client, SECOND, 10)
    single = client.wait("pnlSingle", lambda got, held, *_: (got, held) == (84, before + 10))
    assert single[5] == pytest.approx(float(before + 10) * 430, rel=0.05)
    second = client.wait("pnl", lambda got, *_: got == 82, since=since)
    both = client.wait("pnl", lambda got, *_: got == 83, since=since)
    assert abs(both[1] - second[1]) < 500
    assert [call for call in client.all("pnl", since=since) if call[0] == 81] == []


def test_positions_and_values_of_several_accounts(client: StockClient) -> None:
    """Each request is answered for what it names, ends, and goes on with each trade."""
    _buys(client, FIRST, 3)
    client.ask.reqPositionsMulti(91, "All", "")
    client.wait("positionMultiEnd", lambda got: got == 91)
    client.ask.reqPositionsMulti(92, FIRST, "")
    client.wait("positionMultiEnd", lambda got: got == 92)
    held = {
        (call[0], call[1]): call[4]
        for call in client.all("positionMulti")
        if call[3].symbol == "AAPL"
    }
    assert held[91, FIRST] == held[92, FIRST] >= 3
    assert (92, SECOND) not in held
    _buys(client, FIRST, 2)
    grown = held[92, FIRST] + 2
    client.wait("positionMulti", lambda got, *call: (got, call[3]) == (92, grown))
    client.ask.reqAccountUpdatesMulti(93, SECOND, "", True)
    client.wait("accountUpdateMultiEnd", lambda got: got == 93)
    rows = [call for call in client.all("accountUpdateMulti") if call[0] == 93]
    assert {row[1] for row in rows} == {SECOND}
    assert {row[2] for row in rows} == {""}
    assert {"NetLiquidation", "CashBalance", "ExchangeRate"} <= {row[3] for row in rows}


def test_updates_of_one_account_end_those_of_another(client: StockClient) -> None:
    """2100; and an account must be named where there are several."""
    client.ask.reqAccountUpdates(True, "")
    client.wait("error", lambda got, _, code, *__: (got, code) == (-1, 321))
    for account in (FIRST, SECOND):
        client.ask.reqAccountUpdates(True, account)
        client.wait("accountDownloadEnd", lambda got, want=account: got == want)
    assert len(client.errors(2100)) == 1
    since = client.mark()
    client.ask.reqAccountUpdates(False, SECOND)
    client.ask.reqAccountUpdates(True, FIRST)
    client.wait("accountDownloadEnd", lambda got: got == FIRST, since=since)
    assert len(client.errors(2100)) == 1
