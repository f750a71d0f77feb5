# SPDX-License-Identifier: Apache-2.0
"""The one list that every client is led through: a table of steps, in no client's own words.

A desk is what a client becomes when it is spoken to in these words. Imports nothing but the
standard library, for the newest client runs it in an environment that has nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["DETAILS", "STEPS", "Desk", "Step"]

Spec = Mapping[str, Any]
ACCOUNT = "DU1000001"


class Desk(Protocol):
    """A client, spoken to in plain words. Every call waits for its answer, 20 seconds at most."""

    def complaints(self) -> list[str]: ...
    def connect(self) -> None: ...
    def disconnect(self) -> None: ...
    def accounts(self) -> list[str]: ...
    def errors(self) -> list[tuple[int, int]]: ...
    def details(self, spec: Spec) -> list[dict[str, Any]]: ...
    def bars(self, spec: Spec, *what: str) -> list[tuple[Any, ...]]: ...
    def live_bars(self, spec: Spec, size: str) -> tuple[int, int]: ...
    def head(self, spec: Spec) -> int: ...
    def chain(self, spec: Spec) -> list[dict[str, Any]]: ...
    def quote(self, spec: Spec) -> dict[str, float]: ...
    def greeks(self, spec: Spec) -> dict[str, float]: ...
    def depth(self, spec: Spec, rows: int) -> tuple[list[float], list[float]]: ...
    def place(self, spec: Spec, order: Spec) -> int: ...
    def change(self, order_id: int, spec: Spec, order: Spec) -> None: ...
    def cancel(self, order_id: int) -> None: ...
    def reach(self, order_id: int, status: str) -> None: ...
    def price(self, order_id: int) -> float: ...
    def fills(self, order_id: int, shares: float) -> list[dict[str, Any]]: ...
    def executed(self, order_id: int, count: int) -> list[dict[str, Any]]: ...
    def what_if(self, spec: Spec, order: Spec) -> dict[str, float]: ...
    def positions(self) -> dict[int, float]: ...
    def values(self) -> dict[str, str]: ...
    def pnl(self) -> tuple[float, float, float]: ...
    def executions(self) -> list[dict[str, Any]]: ...
    def completed(self) -> list[dict[str, Any]]: ...


@dataclass(frozen=True)
class Step:
    """One thing a client does, with what must come of it."""

    name: str
    do: Callable[[Any], None]


def _stock(symbol: str) -> dict[str, Any]:
    return {"symbol": symbol, "secType": "STK", "exchange": "SMART", "currency": "USD"}


IBM, AAPL, MSFT, GOOG = (_stock(symbol) for symbol in ("IBM", "AAPL", "MSFT", "GOOG"))
CALL = {
    "symbol": "IBM",
    "secType": "OPT",
    "exchange": "SMART",
    "currency": "USD",
    "lastTradeDateOrContractMonth": "20130315",
    "strike": 200.0,
    "right": "C",
    "tradingClass": "IBM",
}
END = "20130302-00:00:00"


@dataclass(frozen=True)
class Wanted:
    """The description of one contract, and what its details must say."""

    spec: Spec
    says: Spec


def _kind(sec_type: str, symbol: str, says: Spec, **more: Any) -> Wanted:
    return Wanted({"symbol": symbol, "secType": sec_type, **more}, says)


#: Security type → a contract of it. Sources: exchanges' contract specifications; ids from memory.
DETAILS: Mapping[str, Wanted] = {
    "STK": Wanted(AAPL, {"conId": 265598, "longName": "APPLE INC", "minTick": 0.01}),
    "IND": _kind("IND", "SPX", {"conId": 416904, "exchange": "CBOE"}),
    "CASH": _kind("CASH", "EUR", {"conId": 12087792, "localSymbol": "EUR.USD"}, currency="USD"),
    "FUT": _kind(
        "FUT",
        "ES",
        {"localSymbol": "ESM3", "multiplier": "50", "contractMonth": "201306"},
        exchange="CME",
        lastTradeDateOrContractMonth="201306",
    ),
    "CONTFUT": _kind("CONTFUT", "ES", {"multiplier": "50"}, exchange="CME"),
    "OPT": Wanted(CALL, {"localSymbol": "IBM   130316C00200000", "multiplier": "100"}),
    "FOP": _kind(
        "FOP",
        "ES",
        {"multiplier": "50", "right": "C", "strike": 1500.0},
        exchange="CME",
        lastTradeDateOrContractMonth="20130315",
        strike=1500.0,
        right="C",
        tradingClass="ES",
    ),
    "CFD": _kind("CFD", "AAPL", {"longName": "APPLE INC"}, exchange="SMART", currency="USD"),
    "CMDTY": _kind("CMDTY", "XAUUSD", {"longName": "London Gold"}, currency="USD"),
    "CRYPTO": _kind("CRYPTO", "BTC", {"longName": "Bitcoin"}, exchange="PAXOS", currency="USD"),
    "BOND": _kind("BOND", "912828UN8", {"cusip": "912828UN8", "coupon": 2.0}, exchange="SMART"),
    "FUND": _kind("FUND", "VINIX", {"exchange": "FUNDSERV"}, exchange="FUNDSERV"),
    "WAR": _kind("WAR", "AAPL", {"exchange": "SWB", "right": "C"}, exchange="SWB"),
}


def _order(action: str, quantity: float, kind: str = "MKT", **more: Any) -> dict[str, Any]:
    order = {"action": action, "totalQuantity": quantity, "orderType": kind}
    return {**order, "tif": "DAY", "account": ACCOUNT, **more}


def _connects(desk: Desk) -> None:
    """Within a second, at the best of three times: the machine may be busy with something else."""
    taken = []
    for _ in range(3):
        desk.disconnect()
        began = time.monotonic()
        desk.connect()
        taken.append(time.monotonic() - began)
    assert min(taken) < 1, taken
    assert desk.accounts() == [ACCOUNT]
    assert desk.complaints() == []
    assert [code for _, code in desk.errors() if code not in (2104, 2106, 2158)] == []


def _detail(wanted: Wanted) -> Callable[[Desk], None]:
    def do(desk: Desk) -> None:
        found = desk.details(wanted.spec)
        assert len(found) == 1, found
        row, says = found[0], wanted.says
        assert {name: row[name] for name in says} == says
        assert row["secType"] == wanted.spec["secType"]
        assert row["conId"] > 0
        assert row["minTick"] > 0

    return do


def _daily_bars(desk: Desk) -> None:
    bars = desk.bars(MSFT, END, "3 D", "1 day", "TRADES")
    assert [bar[0] for bar in bars] == ["2013-02-27", "2013-02-28", "2013-03-01"]
    assert bars[-1][4] == 27.95


def _hourly_bars(desk: Desk) -> None:
    bars = desk.bars(MSFT, END, "1 D", "1 hour", "TRADES")
    assert [bar[0] for bar in bars[:2]] == [1362148200, 1362150000]  # 09:30, 10:00 in New York
    assert len(bars) == 7
    assert bars[-1][4] == 27.95


def _minute_bars(desk: Desk) -> None:
    bars = desk.bars(IBM, END, "1 D", "1 min", "TRADES")
    assert len(bars) == 390
    assert sum(bar[5] for bar in bars) == 3_308_300
    assert (bars[0][1], bars[-1][4]) == (200.65, 202.91)


def _live_bars(desk: Desk) -> None:
    """Bars that go on: what was, and then the bar that grows."""
    before, updates = desk.live_bars(IBM, "5 secs")
    assert before > 0
    assert updates > 0


def _head(desk: Desk) -> None:
    """The first day of the file, 1 March 2000, or the day the path of prices began before it."""
    assert 0 <= desk.head(AAPL) <= 951921000


def _chain(desk: Desk) -> None:
    rows = desk.chain({"symbol": "IBM", "secType": "STK", "conId": 8314})
    smart = next(row for row in rows if (row["exchange"], row["class"]) == ("SMART", "IBM"))
    assert smart["multiplier"] == "100"
    assert "20130315" in smart["expirations"]
    assert 200.0 in smart["strikes"]


def _quote(desk: Desk) -> None:
    quote = desk.quote(GOOG)
    assert 0 < quote["bid"] < quote["last"] < quote["ask"]
    assert quote["close"] == 806.19


def _greeks(desk: Desk) -> None:
    """Of a call a little in the money, eleven days before it ends."""
    model = desk.greeks(CALL)
    assert 0.5 < model["delta"] < 1
    assert model["gamma"] > 0 > model["theta"]
    assert model["vega"] > 0
    assert 0.05 < model["iv"] < 1
    assert 195 < model["under"] < 215


def _depth(desk: Desk) -> None:
    """The book of one exchange: five prices a side, the best ones first."""
    bids, asks = desk.depth({**IBM, "exchange": "NYSE"}, 5)
    assert len(bids) == len(asks) == 5
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert bids[0] < asks[0]


def _market_order(desk: Desk) -> None:
    order_id = desk.place(IBM, _order("BUY", 10, orderRef="list-market"))
    desk.reach(order_id, "Filled")
    (fill,) = desk.fills(order_id, 10)
    assert (fill["side"], fill["shares"], fill["commission"]) == ("BOT", 10, 1)
    assert (fill["symbol"], fill["account"], fill["ref"]) == ("IBM", ACCOUNT, "list-market")
    assert 195 < fill["price"] < 215


def _limit_order(desk: Desk) -> None:
    order_id = desk.place(IBM, _order("BUY", 5, "LMT", lmtPrice=100.0))
    desk.reach(order_id, "Submitted")
    desk.change(order_id, IBM, _order("BUY", 5, "LMT", lmtPrice=101.0))
    assert desk.price(order_id) == 101
    desk.cancel(order_id)
    desk.reach(order_id, "Cancelled")


def _change_that_fills(desk: Desk) -> None:
    order_id = desk.place(IBM, _order("BUY", 5, "LMT", lmtPrice=100.0))
    desk.reach(order_id, "Submitted")
    desk.change(order_id, IBM, _order("BUY", 5, "LMT", lmtPrice=300.0))
    desk.reach(order_id, "Filled")
    assert sum(fill["shares"] for fill in desk.fills(order_id, 5)) == 5


def _bracket(desk: Desk) -> None:
    entry = desk.place(AAPL, _order("BUY", 10, transmit=False))
    children = {"parentId": entry}
    target = desk.place(AAPL, _order("SELL", 10, "LMT", lmtPrice=600.0, transmit=False, **children))
    stop = desk.place(AAPL, _order("SELL", 10, "STP", auxPrice=100.0, **children))
    desk.reach(entry, "Filled")
    desk.reach(target, "Submitted")
    desk.reach(stop, "PreSubmitted")
    desk.change(target, AAPL, _order("SELL", 10, "LMT", lmtPrice=100.0, **children))
    desk.reach(target, "Filled")
    desk.reach(stop, "Cancelled")


def _one_cancels_all(desk: Desk) -> None:
    group: dict[str, Any] = {"ocaGroup": f"list-{time.monotonic_ns()}", "ocaType": 1}
    loser = desk.place(IBM, _order("BUY", 1, "LMT", lmtPrice=100.0, **group))
    desk.reach(loser, "Submitted")
    winner = desk.place(IBM, _order("BUY", 1, **group))
    desk.reach(winner, "Filled")
    desk.reach(loser, "Cancelled")


def _combination(desk: Desk) -> None:
    """A spread of two calls: its own execution, and one of each leg."""
    legs = []
    for strike, action in ((205.0, "BUY"), (210.0, "SELL")):
        (leg,) = desk.details({**CALL, "strike": strike})
        legs.append({"conId": leg["conId"], "ratio": 1, "action": action, "exchange": "SMART"})
    bag = {**IBM, "secType": "BAG", "comboLegs": legs}
    order_id = desk.place(bag, _order("BUY", 1, "LMT", lmtPrice=5.0))
    desk.reach(order_id, "Filled")
    whole, *parts = desk.executed(order_id, 3)
    assert [row["secType"] for row in (whole, *parts)] == ["BAG", "OPT", "OPT"]
    assert [row["side"] for row in (whole, *parts)] == ["BOT", "BOT", "SLD"]
    assert abs(whole["price"] - (parts[0]["price"] - parts[1]["price"])) < 1e-6
    held = desk.positions()
    assert [held[leg["conId"]] for leg in legs] == [1, -1]


def _what_if(desk: Desk) -> None:
    state = desk.what_if(AAPL, _order("BUY", 1_000))
    assert 90_000 < state["margin"] < 130_000  # a quarter of some 434,000
    assert state["commission"] == 5


def _holdings(desk: Desk) -> None:
    """What was bought is held, valued, and its profit told."""
    before = desk.positions().get(272093, 0)
    order_id = desk.place(MSFT, _order("BUY", 7))
    desk.reach(order_id, "Filled")
    desk.fills(order_id, 7)
    assert desk.positions()[272093] == before + 7
    values = desk.values()
    assert abs(float(values["NetLiquidation"]) - 1_000_000) < 20_000
    assert {"BuyingPower", "AvailableFunds", "CashBalance", "StockMarketValue"} <= values.keys()
    daily, unrealized, realized = desk.pnl()
    assert all(abs(amount) < 20_000 for amount in (daily, unrealized, realized))


def _reconnects(desk: Desk) -> None:
    """Executions and completed orders are there for who comes back."""
    ref = f"list-{time.monotonic_ns()}"
    filled = desk.place(GOOG, _order("BUY", 2, orderRef=ref))
    desk.reach(filled, "Filled")
    desk.disconnect()
    desk.connect()
    (execution,) = [row for row in desk.executions() if row["ref"] == ref]
    assert (execution["side"], execution["shares"]) == ("BOT", 2)
    (done,) = [row for row in desk.completed() if row["ref"] == ref]
    assert (done["status"], done["symbol"]) == ("Filled", "GOOG")


STEPS: tuple[Step, ...] = (
    Step("connects", _connects),
    *(Step(f"details of {kind}", _detail(wanted)) for kind, wanted in DETAILS.items()),
    Step("daily bars", _daily_bars),
    Step("hourly bars", _hourly_bars),
    Step("minute bars", _minute_bars),
    Step("bars that go on", _live_bars),
    Step("head timestamp", _head),
    Step("option chain", _chain),
    Step("ticker", _quote),
    Step("greeks", _greeks),
    Step("market depth", _depth),
    Step("market order", _market_order),
    Step("limit order, changed and cancelled", _limit_order),
    Step("change that fills", _change_that_fills),
    Step("bracket", _bracket),
    Step("one cancels all", _one_cancels_all),
    Step("combination", _combination),
    Step("what if", _what_if),
    Step("positions, values and profit", _holdings),
    Step("what is there after reconnecting", _reconnects),
)
