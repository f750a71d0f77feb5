# SPDX-License-Identifier: Apache-2.0
"""Descriptions of contracts over TCP: ambiguous, expired, by id, by name; at three versions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ib_provider.simulator import SimulatedGateway
from ib_provider.simulator.limits.limits import Limits
from tests.support.client_list import CALL
from tests.support.ibapi_desk import contract
from tests.support.simulator import gateway_in_thread, quick_options
from tests.support.stock_client import StockClient, ibapi_order, ibapi_stock, stock_client


@pytest.fixture(scope="module", params=[178, 200, 226], ids="sv{}".format)
def gateway(request: pytest.FixtureRequest) -> Iterator[SimulatedGateway]:
    limits = Limits(search_gap_s=0.0, max_messages=0)
    options = quick_options(max_server_version=request.param, limits=limits)
    with gateway_in_thread(options) as running:
        yield running


@pytest.fixture
def client(gateway: SimulatedGateway) -> Iterator[StockClient]:
    with stock_client(gateway.port) as connected:
        yield connected


def _details(client: StockClient, **said: Any) -> list[Any]:
    number = 600 + client.mark()
    client.ask.reqContractDetails(number, contract({"secType": "STK", **said}))
    client.wait_any(
        {
            "contractDetailsEnd": lambda got: got == number,
            "error": lambda got, *_: got == number,
        }
    )
    return [call[1] for call in client.all("contractDetails") if call[0] == number]


def test_recorded_answer_for_a_stock_is_given(client: StockClient) -> None:
    """What a real gateway was captured to say of AAPL on SMART."""
    (found,) = _details(client, symbol="AAPL", exchange="SMART", currency="USD")
    own = found.contract
    assert (own.conId, own.exchange, own.primaryExchange) == (265598, "SMART", "NASDAQ")
    assert (own.localSymbol, own.tradingClass) == ("AAPL", "NMS")
    assert (found.marketName, found.minTick, found.longName) == ("NMS", 0.01, "APPLE INC")
    assert found.timeZoneId == "US/Eastern"


def test_description_by_an_id_is_enough(client: StockClient) -> None:
    """conId, ISIN; they name the same listing."""
    (by_id,) = _details(client, secType="", conId=265598, exchange="SMART")
    by_isin = _details(
        client, secIdType="ISIN", secId="US0378331005", exchange="SMART", currency="USD"
    )
    assert [row.contract.conId for row in by_isin] == [by_id.contract.conId]
    assert by_id.secIdList[0].tag == "ISIN"


def test_ambiguous_description_is_every_listing_or_an_error(client: StockClient) -> None:
    """All of them as details; 200 for what needs one."""
    assert len(_details(client, symbol="AAPL")) > 1
    bare = ibapi_stock("AAPL", exchange="", currency="")
    client.ask.placeOrder(1, bare, ibapi_order("BUY", 1))
    told = client.wait("error", lambda got, *_: got == 1)
    assert (told[2], "ambiguous" in told[3]) == (200, True)


def test_expired_future_is_described_only_to_who_asks_for_it(client: StockClient) -> None:
    """200 without includeExpired."""
    old = {
        "symbol": "ES", "secType": "FUT", "exchange": "CME", "currency": "USD",
        "lastTradeDateOrContractMonth": "201212",
    }  # fmt: skip
    assert _details(client, **old) == []
    assert [call[2] for call in client.all("error") if call[0] > 0] == [200]
    (found,) = _details(client, **old, includeExpired=True)
    assert (found.contract.localSymbol, found.realExpirationDate) == ("ESZ2", "20121221")


def test_chain_is_the_months_that_trade(client: StockClient) -> None:
    """Five quarters of ES, by expiry; strikes and rights of one expiry of IBM."""
    months = _details(client, symbol="ES", secType="FUT", exchange="CME", currency="USD")
    assert [row.contractMonth for row in months] == [
        "201303", "201306", "201309", "201312", "201403",
    ]  # fmt: skip
    chain = {name: value for name, value in CALL.items() if name not in ("strike", "right")}
    options = _details(client, **chain)
    assert {row.contract.right for row in options} == {"C", "P"}
    strikes = {row.contract.strike for row in options}
    assert len(options) == 2 * len(strikes)
    assert {200.0, 205.0} <= strikes
    assert {row.underConId for row in options} == {8314}


def test_each_venue_has_a_market_rule_that_can_be_asked_for(client: StockClient) -> None:
    """Ladders that begin at zero and whose smallest step is the minimum tick."""
    for said in ({"symbol": "AAPL", "exchange": "SMART", "currency": "USD"}, dict(CALL)):
        found = _details(client, **said)[0]
        rules = found.marketRuleIds.split(",")
        assert len(rules) == len(found.validExchanges.split(","))
        since = client.mark()
        client.ask.reqMarketRule(int(rules[0]))
        rule_id, steps = client.wait("marketRule", since=since)
        assert rule_id == int(rules[0])
        assert steps[0].lowEdge == 0
        assert min(step.increment for step in steps) == found.minTick


@pytest.mark.parametrize(
    ("pattern", "symbol"), [("AAPL", "AAPL"), ("apple", "AAPL"), ("IB", "IBM")], ids=str
)
def test_symbols_are_found_by_name(client: StockClient, pattern: str, symbol: str) -> None:
    """By the beginning of a symbol or a word of a name, sixteen at most."""
    since = client.mark()
    client.ask.reqMatchingSymbols(11, pattern)
    _, found = client.wait("symbolSamples", since=since)
    assert symbol in [row.contract.symbol for row in found]
    assert len(found) <= 16
    kinds = [row.derivativeSecTypes for row in found if row.contract.symbol == symbol]
    assert any("OPT" in derived for derived in kinds)


def test_nothing_of_a_name_is_an_empty_answer(client: StockClient) -> None:
    """No error: there are no such symbols."""
    client.ask.reqMatchingSymbols(12, "QQQQQQ")
    assert client.wait("symbolSamples")[1] == []


def test_combination_has_no_details(client: StockClient) -> None:
    """As recorded: 321."""
    assert _details(client, symbol="IBM", secType="BAG", exchange="SMART", currency="USD") == []
    told = client.wait("error", lambda got, *_: got > 0)
    assert (told[2], "isn't supported for contract data request" in told[3]) == (321, True)
