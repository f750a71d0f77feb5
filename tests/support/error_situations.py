# SPDX-License-Identifier: Apache-2.0
"""Each code that a gateway can send, and what a client does to be sent it.

``SITUATIONS`` are led through by a test, ``ELSEWHERE`` names the codes of data desks by what
brings them about, ``BY_SCENARIO`` those for which nothing here goes wrong by itself: a scenario
asks for them by number. Together they are ``SPECIFIED``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from ibapi.order_cancel import OrderCancel

from ib_provider.simulator.exchange.trading_options import TradingOptions
from ib_provider.simulator.limits.limits import Limits
from tests.support.control import Control
from tests.support.stock_client import StockClient, ibapi_order, ibapi_stock

__all__ = ["BY_SCENARIO", "ELSEWHERE", "SITUATIONS", "SPECIFIED", "Situation"]

#: What the TWS API documents, or was captured, as sent by the gateway. Source: its message codes.
SPECIFIED: Final = frozenset(
    [
        100, 101, 102, 103, 104, 105, 109, 110, 111, 116, 117, 133, 134, 135, 136, 161, 162, 165,
        166, 200, 201, 202, 203, 300, 309, 310, 317, 320, 321, 322, 326, 327, 329, 337, 343, 354,
        366, 385, 386, 387, 391, 399, 404, 420, 430, 434, 435, 1100, 1101, 1102, 1300, 2100, 2101,
        2103, 2104, 2105, 2106, 2107, 2108, 2109, 2110, 2119, 2137, 2157, 2158, 2174, 10006, 10089,
        10090, 10092, 10147, 10148, 10167, 10168, 10186, 10187, 10189, 10190, 10197, 10225, 10276,
        10295, 10314, 10339,
    ]
)  # fmt: skip

ELSEWHERE: Final[Mapping[int, str]] = {
    101: "the hundred and first market-data line of the login",
    102: "a ticker id that is in use",
    300: "cancelling market data that was never asked for",
    309: "the fourth market depth of the login",
    310: "cancelling a market depth that was never asked for",
    317: "a market depth that begins again after the connection was lost",
    354: "live data that the login has no subscription for",
    366: "cancelling bars that were never asked for",
    385: "a scanner under an id that is in use",
    386: "bars under an id that is in use",
    420: "tick-by-tick data of one contract twice within 15 seconds",
    430: "fundamentals, which the gateway has none of",
    10089: "live data that only the desktop may show",
    10090: "live data of which a part is not subscribed",
    10092: "the depth of what has none",
    10167: "delayed data in place of live data",
    10168: "delayed data where it is switched off",
    10187: "historical ticks without permission",
    10189: "tick-by-tick data without permission, or of what has none",
    10190: "the sixth tick-by-tick request of the login",
    10276: "news, which the login has none of",
    10295: "a schedule of bars other than a day's",
    10339: "an end for bars of a continuous future",
}
"""Code → what brings it about: see data_situations.py."""

BY_SCENARIO: Final = frozenset(
    [135, 136, 161, 166, 391, 1300, 2101, 2107, 2108, 2119, 10186, 10197, 10225]
)
"""Codes that nothing brings about but a scenario: see test_simulator_error_codes.py."""

Act = Callable[[StockClient, Control], int]

IBM: Final = ibapi_stock("IBM")
AAPL: Final = ibapi_stock("AAPL")


@dataclass(frozen=True)
class Situation:
    """What a client does, and the id under which it hears of it.

    Attributes:
        options: Of the gateway it happens at, where the plain one will not do.
    """

    act: Act
    options: Mapping[str, Any] = field(default_factory=dict)


def _next_id(client: StockClient) -> int:
    mark = client.mark()
    client.ask.reqIds(-1)
    return int(client.wait("nextValidId", since=mark)[0])


def _place(client: StockClient, *order: Any, of: Any = IBM, **more: Any) -> int:
    number = _next_id(client)
    client.ask.placeOrder(number, of, ibapi_order(*order, **more))
    return number


def _rests(client: StockClient, **more: Any) -> int:
    number = _place(client, "BUY", 5, "LMT", lmtPrice=100, **more)
    client.wait("orderStatus", lambda got, told, *_: (got, told) == (number, "Submitted"))
    return number


def _filled(client: StockClient) -> int:
    number = _place(client, "BUY", 1)
    client.wait("orderStatus", lambda got, told, *_: (got, told) == (number, "Filled"))
    return number


def _order(*order: Any, of: Any = IBM, **more: Any) -> Act:
    return lambda client, _: _place(client, *order, of=of, **more)


def _again(found: Callable[[StockClient], int], *order: Any, **more: Any) -> Act:
    """Send an order, and another under its id."""

    def act(client: StockClient, _: Control) -> int:
        number = found(client)
        client.ask.placeOrder(number, IBM, ibapi_order(*order, **more))
        return number

    return act


def _cancel(found: Callable[[StockClient], int]) -> Act:
    def act(client: StockClient, _: Control) -> int:
        number = found(client)
        client.ask.cancelOrder(number, OrderCancel())
        return number

    return act


def _bars(end: str, duration: str, size: str, of: Any = IBM) -> Act:
    def act(client: StockClient, _: Control) -> int:
        number = 70_000 + client.mark()
        client.ask.reqHistoricalData(number, of, end, duration, size, "TRADES", 1, 1, False, [])
        return number

    return act


def _many(client: StockClient, _: Control) -> int:
    for _number in range(40):
        client.ask.reqCurrentTime()
    return -1


def _spent_id(client: StockClient, _: Control) -> int:
    number = _next_id(client)
    client.ask.placeOrder(number + 1, IBM, ibapi_order("BUY", 1))
    client.ask.placeOrder(number, IBM, ibapi_order("BUY", 1))
    return number


def _malformed(client: StockClient, _: Control) -> int:
    client.ask.reqMarketRule(123_456)
    return -1


def _summaries(client: StockClient, _: Control) -> int:
    for number in (301, 302, 303):
        client.ask.reqAccountSummary(number, "All", "NetLiquidation")
    return 303


def _unknown_contract(client: StockClient, _: Control) -> int:
    client.ask.reqContractDetails(304, ibapi_stock("NOPE"))
    return 304


def _binds(client: StockClient, _: Control) -> int:
    client.ask.reqAutoOpenOrders(True)
    return -1


def _same_client_id(client: StockClient, _: Control) -> int:
    second = StockClient()
    second.connect(client.port, client.ask.clientId)
    try:
        told = second.wait("error", lambda *call: call[2] == 326)
    finally:
        second.disconnect()
    client.note("error", told)
    return -1


def _another_account(client: StockClient, _: Control) -> int:
    client.ask.reqAccountUpdates(True, "DU1000001")
    client.wait("accountDownloadEnd")
    client.ask.reqAccountUpdates(True, "DU1000002")
    return -1


def _lost(then: Act) -> Act:
    """Let the gateway lose the broker, and do something meanwhile; it comes back afterwards."""

    def act(client: StockClient, control: Control) -> int:
        control.do("connectivity", state="lost")
        try:
            return then(client, control)
        finally:
            control.do("connectivity", state="restored", data="kept")

    return act


def _changed_while_lost(client: StockClient, control: Control) -> int:
    number = _rests(client)
    control.do("connectivity", state="lost")
    client.ask.placeOrder(number, IBM, ibapi_order("BUY", 5, "LMT", lmtPrice=101))
    client.wait("error", lambda got, *_: got == number)
    control.do("connectivity", state="restored", data="kept")
    return number


def _placed_while_lost(client: StockClient, control: Control) -> int:
    number = _next_id(client)
    control.do("connectivity", state="lost")
    client.ask.placeOrder(number, IBM, ibapi_order("BUY", 5, "LMT", lmtPrice=101))
    client.wait("error", lambda got, *_: got == number)
    control.do("connectivity", state="restored", data="kept")
    return number


def _restored(data: str) -> Act:
    def act(_: StockClient, control: Control) -> int:
        control.do("connectivity", state="lost")
        control.do("connectivity", state="restored", data=data)
        return -1

    return act


def _farm(farm: str, state: str) -> Act:
    def act(_: StockClient, control: Control) -> int:
        control.do("farm", farm=farm, state=state)
        control.do("farm", farm=farm, state="ok")
        return -1

    return act


def _reset(_: StockClient, control: Control) -> int:
    control.do("nightly_reset", seconds=0.1, data="kept")
    return -1


def _bars_without_farm(client: StockClient, control: Control) -> int:
    control.do("farm", farm="ushmds", state="broken")
    number = _bars("20130302-00:00:00", "1 D", "1 day")(client, control)
    client.wait("error", lambda got, *_: got == number)
    control.do("farm", farm="ushmds", state="ok")
    return number


_TWO_ACCOUNTS: Final = {"trading": TradingOptions(more_accounts=("DU1000002",))}
_STRICT: Final = {
    "trading": TradingOptions(
        precaution_percent=Decimal(5),
        dead_exchanges=frozenset({"NYSE"}),
        not_allowed=frozenset({"CASH"}),
        hard_to_borrow=frozenset({"GOOG"}),
    )
}
_EVENING: Final = {"clock": "2013-03-04T20:30:00-05:00"}
_EURO: Final = ibapi_stock("EUR", secType="CASH", exchange="IDEALPRO")

SITUATIONS: Final[Mapping[int, Situation]] = {
    100: Situation(_many, {"limits": Limits(max_messages=5, reject_excess=True)}),
    103: Situation(_spent_id),
    104: Situation(_again(_filled, "BUY", 2)),
    105: Situation(_again(_rests, "SELL", 5, "LMT", lmtPrice=100)),
    109: Situation(_order("BUY", 1, "LMT", lmtPrice=100), _STRICT),
    110: Situation(_order("BUY", 1, "LMT", lmtPrice=100.005)),
    111: Situation(_order("BUY", 1, "MOC", tif="GTC")),
    116: Situation(_order("BUY", 1, of=ibapi_stock("IBM", exchange="NYSE")), _STRICT),
    117: Situation(_order("BUY", 10, "LMT", lmtPrice=100, blockOrder=True)),
    133: Situation(_placed_while_lost),
    134: Situation(_changed_while_lost),
    162: Situation(_bars("19900102-00:00:00", "1 D", "1 day")),
    165: Situation(_bars_without_farm),
    200: Situation(_unknown_contract),
    201: Situation(_order("BUY", 10_000_000)),
    202: Situation(_cancel(_rests)),
    203: Situation(_order("BUY", 20_000, of=_EURO), _STRICT),
    320: Situation(_malformed),
    321: Situation(_order("BUY", 1, "FEELINGS")),
    322: Situation(_summaries),
    326: Situation(_same_client_id),
    327: Situation(_binds),
    329: Situation(_again(_rests, "BUY", 5, "MOC")),
    337: Situation(_order("BUY", 1, goodAfterTime="tomorrow")),
    343: Situation(_order("BUY", 1, "LMT", lmtPrice=100, tif="GTD", goodTillDate="some day")),
    387: Situation(_order("BUY", 1, "PEG MID")),
    399: Situation(_order("BUY", 1), _EVENING),
    404: Situation(_order("SELL", 1, of=ibapi_stock("GOOG")), _STRICT),
    434: Situation(_order("BUY", 0)),
    435: Situation(_order("BUY", 1), _TWO_ACCOUNTS),
    1100: Situation(_lost(lambda _, __: -1)),
    1101: Situation(_restored("lost")),
    1102: Situation(_restored("kept")),
    2100: Situation(_another_account, _TWO_ACCOUNTS),
    2103: Situation(_farm("usfarm", "broken")),
    2104: Situation(_farm("usfarm", "broken")),
    2105: Situation(_farm("ushmds", "broken")),
    2106: Situation(_farm("ushmds", "broken")),
    2109: Situation(_order("BUY", 1, outsideRth=True)),
    2110: Situation(_reset),
    2137: Situation(_order("SELL", 900, openClose="C", of=AAPL), {"positions": {"AAPL": 5}}),
    2157: Situation(_farm("secdefnj", "broken")),
    2158: Situation(_farm("secdefnj", "broken")),
    2174: Situation(_bars("20130302 00:00:00", "1 D", "1 day")),
    10006: Situation(_order("BUY", 1, parentId=999_999)),
    10147: Situation(_cancel(lambda _: 888_888)),
    10148: Situation(_cancel(_filled)),
    10314: Situation(_bars("yesterday", "1 D", "1 day")),
}
