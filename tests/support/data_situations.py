# SPDX-License-Identifier: Apache-2.0
"""Each code of the desks of live and of historical data, and what a client does to be sent it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ib_provider.simulator.limits.limits import Limits
from tests.support.control import Control
from tests.support.error_situations import Act, Situation
from tests.support.stock_client import StockClient, ibapi_stock

__all__ = ["DATA_SITUATIONS"]

IBM: Final = ibapi_stock("IBM")
NYSE: Final = ibapi_stock("IBM", exchange="NYSE")
MSFT: Final = ibapi_stock("MSFT")
AAPL: Final = ibapi_stock("AAPL")
_CONTFUT: Final = ibapi_stock("ES", secType="CONTFUT", exchange="CME")
_EURO: Final = ibapi_stock("EUR", secType="CASH", exchange="IDEALPRO")
_INDEX: Final = ibapi_stock("SPX", secType="IND", exchange="CBOE")


def _quotes(client: StockClient, number: int, of: Any = IBM, generic: str = "") -> None:
    client.ask.reqMktData(number, of, generic, False, False, [])


def _depth(client: StockClient, number: int, of: Any = NYSE) -> None:
    client.ask.reqMktDepth(number, of, 5, False, [])


def _ticks(client: StockClient, number: int, of: Any = IBM, kind: str = "Last") -> None:
    client.ask.reqTickByTickData(number, of, kind, 0, False)


def _bars(client: StockClient, number: int, *what: Any, of: Any = IBM) -> None:
    client.ask.reqHistoricalData(number, of, *what, 1, 1, False, [])


def _does(ask: Callable[[StockClient, int], None]) -> Act:
    """Ask once, under a number of its own."""

    def act(client: StockClient, _: Control) -> int:
        ask(client, 40_001)
        return 40_001

    return act


def _twice(ask: Callable[[StockClient, int], None]) -> Act:
    def act(client: StockClient, _: Control) -> int:
        ask(client, 40_002)
        ask(client, 40_002)
        return 40_002

    return act


def _each(ask: Callable[[StockClient, int, Any], None], *of: Any) -> Act:
    """Ask for several things, the last of which is one too many."""

    def act(client: StockClient, _: Control) -> int:
        for number, one in enumerate(of, 40_010):
            ask(client, number, one)
        return 40_010 + len(of) - 1

    return act


def _chosen(kind: int) -> Act:
    def act(client: StockClient, _: Control) -> int:
        client.ask.reqMarketDataType(kind)
        _quotes(client, 40_003)
        return 40_003

    return act


def _book_again(client: StockClient, control: Control) -> int:
    _depth(client, 40_004)
    client.wait_any({"updateMktDepth": lambda *_: True, "updateMktDepthL2": lambda *_: True})
    control.do("connectivity", state="lost")
    control.do("connectivity", state="restored", data="kept")
    return 40_004


def _scanner(client: StockClient, number: int) -> None:
    from ibapi.scanner import ScannerSubscription

    wanted = ScannerSubscription()
    wanted.instrument, wanted.locationCode = "STK", "STK.US.MAJOR"
    wanted.scanCode = "TOP_PERC_GAIN"
    client.ask.reqScannerSubscription(number, wanted, [], [])


def _past_ticks(client: StockClient, number: int) -> None:
    client.ask.reqHistoricalTicks(
        number, _EURO, "", "20130302-00:00:00", 10, "TRADES", 1, False, []
    )


_STOCKS: Final = [ibapi_stock(symbol) for symbol in ("IBM", "AAPL", "MSFT", "GOOG", "FB", "SPY")]
_NO_PACING: Final = {"limits": Limits(max_messages=0)}

DATA_SITUATIONS: Final[Mapping[int, Situation]] = {
    101: Situation(_each(_quotes, IBM, MSFT, AAPL), {"limits": Limits(lines=2, max_messages=0)}),
    102: Situation(_twice(_quotes)),
    300: Situation(_does(lambda client, number: client.ask.cancelMktData(number))),
    309: Situation(_each(_depth, NYSE, NYSE, NYSE), {"limits": Limits(depth=2, max_messages=0)}),
    310: Situation(_does(lambda client, number: client.ask.cancelMktDepth(number, False))),
    317: Situation(_book_again),
    354: Situation(_does(_quotes), {"not_subscribed": ("IBM",)}),
    366: Situation(_does(lambda client, number: client.ask.cancelHistoricalData(number))),
    385: Situation(_twice(_scanner)),
    386: Situation(
        _twice(lambda client, number: _bars(client, number, "", "1 D", "1 min", "TRADES")),
        {"answer_delay_s": 0.5},
    ),
    420: Situation(_each(_ticks, IBM, IBM)),
    430: Situation(
        _does(lambda client, number: client.ask.reqFundamentalData(number, IBM, "X", []))
    ),
    10089: Situation(_does(_quotes), {"not_for_api": ("IBM",)}),
    10090: Situation(_does(_quotes), {"partly_subscribed": ("IBM",)}),
    10092: Situation(_does(lambda client, number: _depth(client, number, _INDEX))),
    10167: Situation(_chosen(3), {"not_subscribed": ("IBM",)}),
    10168: Situation(_chosen(3), {"not_subscribed": ("IBM",), "delayed_data": False}),
    10187: Situation(_does(_past_ticks)),
    10189: Situation(_does(_ticks), {"not_subscribed": ("IBM",)}),
    10190: Situation(_each(_ticks, *_STOCKS), _NO_PACING),
    10276: Situation(
        _does(lambda client, number: client.ask.reqHistoricalNews(number, 8314, "X", "", "", 5, []))
    ),
    10295: Situation(
        _does(lambda client, number: _bars(client, number, "", "1 D", "1 hour", "SCHEDULE"))
    ),
    10339: Situation(
        _does(
            lambda client, number: _bars(
                client, number, "20130302-00:00:00", "1 D", "1 day", "TRADES", of=_CONTFUT
            )
        )
    ),
}
