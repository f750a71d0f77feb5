# SPDX-License-Identifier: Apache-2.0
"""What the login may not have, and what it is told of itself: no request is left silent."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from ibapi.scanner import ScannerSubscription

from ib_provider.simulator import SimulatedGateway
from tests.support.control import Control
from tests.support.live_data import VERSIONS, fast_options
from tests.support.simulator import gateway_in_thread
from tests.support.stock_client import StockClient, ibapi_stock, stock_client

NUMBERS = count(1)


@pytest.fixture(scope="module", params=VERSIONS, ids="sv{}".format)
def gateway(request: pytest.FixtureRequest) -> Iterator[SimulatedGateway]:
    with gateway_in_thread(fast_options(request.param, control_port=0)) as running:
        yield running


@pytest.fixture(scope="module")
def client(gateway: SimulatedGateway) -> Iterator[StockClient]:
    with stock_client(gateway.port) as connected:
        yield connected


async def test_no_request_is_left_without_a_desk(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever a client may ask is answered, and a gateway that starts complains of nothing."""
    async with SimulatedGateway(fast_options()) as running:
        assert running.unserved == frozenset()
    assert [row.getMessage() for row in caplog.records if row.name.startswith("ib_provider")] == []


def _code(client: StockClient, number: int) -> int:
    return int(client.wait("error", lambda *call: call[0] == number)[2])


def _scan(code: str, **more: Any) -> ScannerSubscription:
    wanted = ScannerSubscription()
    wanted.instrument, wanted.locationCode, wanted.scanCode = "STK", "STK.US.MAJOR", code
    for name, value in more.items():
        setattr(wanted, name, value)
    return wanted


def test_news_is_not_allowed(client: StockClient) -> None:
    """No provider, no article, no headline; bulletins may be waited for."""
    client.ask.reqNewsProviders()
    assert client.wait("newsProviders") == ([],)
    article, headlines = next(NUMBERS), next(NUMBERS)
    client.ask.reqNewsArticle(article, "BRFG", "BRFG$1", [])
    assert _code(client, article) == 10276
    client.ask.reqHistoricalNews(headlines, 8314, "BRFG", "", "", 10, [])
    assert _code(client, headlines) == 10276
    client.ask.reqNewsBulletins(True)
    client.ask.cancelNewsBulletins()


def test_calendar_and_reports_are_refused(client: StockClient, gateway: SimulatedGateway) -> None:
    """Wall Street Horizon is news, too; a report is not available, of a contract that exists."""
    metadata, report, nothing = (next(NUMBERS) for _ in range(3))
    client.ask.reqWshMetaData(metadata)
    assert _code(client, metadata) == 10276
    client.ask.reqFundamentalData(report, ibapi_stock("IBM"), "ReportSnapshot", [])
    assert _code(client, report) == 430
    client.ask.reqFundamentalData(nothing, ibapi_stock("NOPE"), "ReportSnapshot", [])
    assert _code(client, nothing) == 200


def test_scanner_ranks_the_stocks(client: StockClient) -> None:
    """Most active first, above a price; then 162 when it is cancelled."""
    number = next(NUMBERS)
    wanted = _scan("MOST_ACTIVE", numberOfRows=3, abovePrice=100.0)
    client.ask.reqScannerSubscription(number, wanted, [], [])
    client.wait("scannerDataEnd", lambda asked: asked == number)
    rows = [call for call in client.all("scannerData") if call[0] == number]
    assert [row[1] for row in rows] == [0, 1, 2]
    symbols = [row[2].contract.symbol for row in rows]
    assert symbols[0] == "SPY"
    assert "MSFT" not in symbols
    client.ask.reqScannerSubscription(number, wanted, [], [])
    client.wait("error", lambda *call: (call[0], call[2]) == (number, 385))
    client.ask.cancelScannerSubscription(number)
    client.wait("error", lambda *call: (call[0], call[2]) == (number, 162))
    client.ask.cancelScannerSubscription(number)
    client.wait("error", lambda *call: (call[0], call[2]) == (number, 365))


def test_scanner_that_there_is_none_of_is_refused(client: StockClient) -> None:
    """A code or a place that the parameters do not list: 162."""
    client.ask.reqScannerParameters()
    (xml,) = client.wait("scannerParameters")
    assert "<scanCode>TOP_PERC_GAIN</scanCode>" in xml
    gossip, moon = next(NUMBERS), next(NUMBERS)
    client.ask.reqScannerSubscription(gossip, _scan("GOSSIP"), [], [])
    assert _code(client, gossip) == 162
    elsewhere = _scan("MOST_ACTIVE", locationCode="STK.MOON")
    client.ask.reqScannerSubscription(moon, elsewhere, [], [])
    assert _code(client, moon) == 162


def test_letters_of_a_quote_are_explained(client: StockClient) -> None:
    """The map that tickReqParams names; another is an error."""
    number, wrong = next(NUMBERS), next(NUMBERS)
    client.ask.reqSmartComponents(number, "9c0001")
    _, rows = client.wait("smartComponents", lambda asked, _: asked == number)
    # ibapi makes objects of text and tuples of protobuf
    pairs = (
        rows.values() if isinstance(rows, dict)
        else [(row.exchange, row.exchangeLetter) for row in rows]
    )  # fmt: skip
    assert dict(pairs)["NASDAQ"] == "Q"
    client.ask.reqSmartComponents(wrong, "a6")
    assert _code(client, wrong) == 321


def test_display_groups_are_shared_by_the_login(
    client: StockClient, gateway: SimulatedGateway
) -> None:
    """What one client shows, another that listens sees."""
    groups, first, second = (next(NUMBERS) for _ in range(3))
    client.ask.queryDisplayGroups(groups)
    assert client.wait("displayGroupList") == (groups, "1|2|3|4|5|6|7")
    client.ask.subscribeToGroupEvents(first, 4)
    assert client.wait("displayGroupUpdated", lambda asked, _: asked == first)[1] == "none"
    with stock_client(gateway.port) as other:
        other.ask.subscribeToGroupEvents(second, 4)
        other.wait("displayGroupUpdated")
        other.ask.updateDisplayGroup(second, "8314@SMART")
        client.wait("displayGroupUpdated", lambda *call: call == (first, "8314@SMART"))
    client.ask.updateDisplayGroup(second, "none")
    assert _code(client, second) == 300
    client.ask.unsubscribeFromGroupEvents(first)


def test_login_is_a_plain_one(client: StockClient) -> None:
    """No advisor, no soft dollars, no branding; one family without a code."""
    number, tiers = next(NUMBERS), next(NUMBERS)
    client.ask.reqFamilyCodes()
    (rows,) = client.wait("familyCodes")
    assert [(row.accountID, row.familyCodeStr) for row in rows] == [("DU1000001", "")]
    client.ask.reqSoftDollarTiers(tiers)
    assert client.wait("softDollarTiers") == (tiers, [])
    client.ask.reqUserInfo(number)
    assert client.wait("userInfo") == (number, "")
    client.ask.requestFA(1)
    client.wait("error", lambda *call: call[2] == 321 and "non FA" in call[3])


def test_lost_data_ends_every_stream(client: StockClient, gateway: SimulatedGateway) -> None:
    """After 1101 nothing streams, and the ids are free again; after 1102 everything goes on."""
    stock = ibapi_stock("IBM")
    quotes, ticks, bars, book = (next(NUMBERS) for _ in range(4))

    def ask() -> None:
        client.ask.reqMktData(quotes, stock, "", False, False, [])
        client.ask.reqTickByTickData(ticks, stock, "Last", 0, False)
        client.ask.reqRealTimeBars(bars, stock, 5, "TRADES", False, [])
        client.ask.reqMktDepth(book, stock, 5, True, [])

    def flowing(since: int) -> None:
        client.wait("tickPrice", lambda asked, *_: asked == quotes, since=since)
        client.wait("tickByTickAllLast", lambda asked, *_: asked == ticks, since=since)
        client.wait("realtimeBar", lambda asked, *_: asked == bars, since=since)
        client.wait("updateMktDepthL2", lambda asked, *_: asked == book, since=since)

    ask()
    flowing(0)
    with Control(gateway.control_port) as control:
        control.do("connectivity", state="lost")
        client.wait("error", lambda *call: call[2] == 1100)
        silent = client.mark()
        control.do("advance", seconds=60)
        client.ask.reqCurrentTime()
        client.wait("currentTime", since=silent)
        assert _streamed(client, silent) == []
        control.do("connectivity", state="restored", data="kept")
        flowing(silent)
        control.do("connectivity", state="lost")
        control.do("connectivity", state="restored", data="lost")
        client.wait("error", lambda *call: call[2] == 1101)
        dead = client.mark()
        control.do("advance", seconds=60)
        client.ask.reqCurrentTime()
        client.wait("currentTime", since=dead)
        assert _streamed(client, dead) == []
    ask()
    flowing(dead)
    for number in (quotes, ticks, bars, book):
        assert not [call for call in client.all("error", since=dead) if call[2:3] == (102,)], number


def _streamed(client: StockClient, since: int) -> list[str]:
    names = ("tickPrice", "tickSize", "tickByTickAllLast", "realtimeBar", "updateMktDepthL2")
    return [name for name in names if client.all(name, since=since)]
