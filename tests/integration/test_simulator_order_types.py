# SPDX-License-Identifier: Apache-2.0
"""Every order type, time in force and condition over TCP, with Interactive Brokers' own client.

The clock stands still between what the test tells it to do, so that closes and opens can be met.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from ibapi.order_cancel import OrderCancel
from ibapi.order_condition import Create, OrderCondition
from ibapi.tag_value import TagValue

from tests.support.control import Control
from tests.support.simulator import gateway_in_thread, quick_options
from tests.support.stock_client import StockClient, ibapi_order, ibapi_stock, stock_client

_HOUR = 3_600


@dataclass(frozen=True)
class _Desk:
    """A client, and the hand on its gateway's clock."""

    client: StockClient
    control: Control

    def place(self, *order: Any, **more: Any) -> int:
        since = self.client.mark()
        self.client.ask.reqIds(-1)
        number = int(self.client.wait("nextValidId", since=since)[0])
        self.client.ask.placeOrder(number, ibapi_stock("IBM"), ibapi_order(*order, **more))
        return number

    def reach(self, number: int, status: str) -> tuple[Any, ...]:
        return self.client.wait(
            "orderStatus", lambda got, told, *_: (got, told) == (number, status)
        )

    def wait(self, seconds: float) -> None:
        self.control.do("advance", seconds=seconds)

    def code(self, number: int) -> int:
        return int(self.client.wait("error", lambda got, *_: got == number)[2])


@pytest.fixture(params=[178, 226], ids="sv{}".format)
def desk(request: pytest.FixtureRequest) -> Iterator[_Desk]:
    options = quick_options(max_server_version=request.param, control_port=0, speed=0.0)
    with (
        gateway_in_thread(options) as gateway,
        stock_client(gateway.port) as client,
        Control(gateway.control_port) as control,
    ):
        yield _Desk(client, control)


_NOW: dict[str, dict[str, Any]] = {
    "MKT": {},
    "LMT": {"lmtPrice": 300},
    "STP": {"auxPrice": 100},
    "STP LMT": {"auxPrice": 100, "lmtPrice": 300},
    "MIT": {"auxPrice": 300},
    "LIT": {"auxPrice": 300, "lmtPrice": 301},
    "MTL": {},
    "TRAIL": {"trailingPercent": 0.001, "trailStopPrice": 100},
    "TRAIL LIMIT": {"auxPrice": 0.01, "trailStopPrice": 190, "lmtPriceOffset": 50},
    "MIDPRICE": {},
    "REL": {"auxPrice": 5, "lmtPrice": 300},
}


@pytest.mark.parametrize("kind", _NOW)
def test_type_fills_when_its_price_is_there(desk: _Desk, kind: str) -> None:
    """Bought: at the market, or what the market has reached."""
    number = desk.place("BUY", 10, kind, **_NOW[kind])
    for _ in range(3):
        desk.wait(1)
    told = desk.reach(number, "Filled")
    assert (told[2], told[3]) == (10, 0)
    assert 195 < told[4] < 215


_WAITING: dict[str, dict[str, Any]] = {
    "LMT": {"lmtPrice": 100},
    "STP": {"auxPrice": 300},
    "STP LMT": {"auxPrice": 300, "lmtPrice": 301},
    "MIT": {"auxPrice": 100},
    "LIT": {"auxPrice": 100, "lmtPrice": 101},
    "TRAIL": {"auxPrice": 20},
    "TRAIL LIMIT": {"auxPrice": 20, "trailStopPrice": 300, "lmtPriceOffset": 1},
    "REL": {"auxPrice": 0.01, "lmtPrice": 100},
}


@pytest.mark.parametrize("kind", _WAITING)
def test_type_waits_while_its_price_is_not_there(desk: _Desk, kind: str) -> None:
    """Open, with the reason it is held by where it has one, and it can be cancelled."""
    number = desk.place("BUY", 10, kind, **_WAITING[kind])
    for _ in range(3):
        desk.wait(1)
    status = "Submitted" if kind == "LMT" else "PreSubmitted"
    told = desk.reach(number, status)
    assert told[9] == ("" if kind in ("LMT", "REL") else "trigger")
    desk.client.ask.cancelOrder(number, OrderCancel())
    desk.reach(number, "Cancelled")
    assert desk.client.all("execDetails") == []


@pytest.mark.parametrize(
    ("kind", "limit"), [("MOC", {}), ("LOC", {"lmtPrice": 300})], ids=["MOC", "LOC"]
)
def test_close_orders_trade_in_the_closing_auction(
    desk: _Desk, kind: str, limit: dict[str, Any]
) -> None:
    """At one price, after the close and not before; a limit out of reach gets nothing."""
    number = desk.place("BUY", 700, kind, **limit)
    beyond = desk.place("BUY", 700, "LOC", lmtPrice=100)
    desk.wait(5 * _HOUR)
    assert desk.client.all("execDetails") == []
    desk.wait(2 * _HOUR)
    assert desk.reach(number, "Filled")[2] == 700
    assert len(desk.client.all("execDetails")) == 1
    desk.reach(beyond, "Cancelled")


def test_opening_orders_trade_in_the_next_opening_auction(desk: _Desk) -> None:
    """MKT and LMT with OPG; the limit out of reach ends there."""
    market = desk.place("BUY", 10, "MKT", tif="OPG")
    limit = desk.place("BUY", 10, "LMT", lmtPrice=300, tif="OPG")
    beyond = desk.place("BUY", 10, "LMT", lmtPrice=100, tif="OPG")
    desk.client.wait("error", lambda got, _, code, *__: (got, code) == (market, 399))
    desk.wait(23.6 * _HOUR)  # 09:36 of the next day
    desk.wait(1)
    prices = {desk.reach(number, "Filled")[4] for number in (market, limit)}
    assert len(prices) == 1
    desk.reach(beyond, "Cancelled")


@pytest.mark.parametrize(
    ("strategy", "params"),
    [
        ("Adaptive", {"adaptivePriority": "Normal"}),
        ("Twap", {"strategyType": "Marketable"}),
        ("Vwap", {"maxPctVol": "0.2"}),
    ],
    ids=["Adaptive", "TWAP", "VWAP"],
)
def test_algorithm_is_accepted_and_works_the_order(
    desk: _Desk, strategy: str, params: dict[str, str]
) -> None:
    """In parts over the day, to the whole of it."""
    tags = [TagValue(tag, value) for tag, value in params.items()]
    number = desk.place("BUY", 400, "MKT", algoStrategy=strategy, algoParams=tags)
    for _ in range(80):
        desk.wait(300)
    assert desk.reach(number, "Filled")[2] == 400
    shown = desk.client.wait("openOrder", lambda got, *_: got == number)[2]
    assert shown.algoStrategy == strategy
    assert {tag.tag: tag.value for tag in shown.algoParams} == params


def test_times_in_force_end_as_they_say(desk: _Desk) -> None:
    """DAY with the session, GTD with its time, GTC with neither; IOC and FOK at once."""
    day = desk.place("BUY", 1, "LMT", lmtPrice=100)
    gtc = desk.place("BUY", 1, "LMT", lmtPrice=100, tif="GTC")
    gtd = desk.place(
        "BUY", 1, "LMT", lmtPrice=100, tif="GTD", goodTillDate="20130304 11:00:00 US/Eastern"
    )
    ioc = desk.place("BUY", 1, "LMT", lmtPrice=100, tif="IOC")
    fok = desk.place("BUY", 900_000, tif="FOK")
    desk.wait(1)
    desk.reach(ioc, "Cancelled")
    desk.client.wait("error", lambda got, *_: got == fok)
    small = desk.place("BUY", 1, tif="FOK")
    desk.wait(1)
    desk.reach(small, "Filled")
    desk.wait(2 * _HOUR)
    desk.reach(gtd, "Cancelled")
    assert day not in {call[0] for call in desk.client.all("orderStatus") if "Canc" in call[1]}
    desk.wait(8 * _HOUR)
    desk.reach(day, "Cancelled")
    since = desk.client.mark()
    desk.client.ask.reqOpenOrders()
    desk.client.wait("openOrderEnd", since=since)
    assert [call[0] for call in desk.client.all("openOrder", since=since)] == [gtc]


def test_fok_that_cannot_be_filled_whole_is_inactive(desk: _Desk) -> None:
    """Nothing of it trades."""
    number = desk.place("BUY", 4_000, tif="FOK")
    desk.wait(1)
    assert desk.reach(number, "Inactive")[2] == 0


def test_order_larger_than_the_book_fills_in_parts(desk: _Desk) -> None:
    """Each part is an execution; the status counts up and the commission is one order's."""
    number = desk.place("BUY", 3_000)
    for _ in range(60):
        desk.wait(1)
    desk.reach(number, "Filled")
    executions = [call[2] for call in desk.client.all("execDetails")]
    assert len(executions) > 1
    assert [float(row.cumQty) for row in executions] == sorted(
        {float(row.cumQty) for row in executions}
    )
    assert sum(row.shares for row in executions) == 3_000
    for row in executions:
        desk.client.wait(
            "commissionAndFeesReport", lambda told, want=row.execId: told.execId == want
        )
    charged = [call[0].commissionAndFees for call in desk.client.all("commissionAndFeesReport")]
    assert sum(charged) == pytest.approx(3_000 * 0.005)


def test_order_outside_regular_hours_trades_then(desk: _Desk) -> None:
    """After the close, where the order says so; another waits for the morning."""
    desk.wait(7 * _HOUR)
    outside = desk.place("BUY", 1, "LMT", lmtPrice=300, outsideRth=True)
    inside = desk.place("BUY", 1, "LMT", lmtPrice=300)
    desk.wait(2)
    desk.reach(outside, "Filled")
    desk.client.wait("error", lambda got, _, code, *__: (got, code) == (inside, 399))
    desk.reach(inside, "PreSubmitted")


def _condition(kind: int, **said: Any) -> Any:
    made = Create(kind)
    for name, value in said.items():
        setattr(made, name, value)
    return made


_CONDITIONS: dict[str, Any] = {
    "price": lambda more: _condition(
        OrderCondition.Price, conId=8314, exchange="SMART", price=100, triggerMethod=0, isMore=more
    ),
    "time": lambda more: _condition(
        OrderCondition.Time, time="20130304 09:00:00 US/Eastern", isMore=more
    ),
    "margin": lambda more: _condition(OrderCondition.Margin, percent=10, isMore=more),
    "volume": lambda more: _condition(
        OrderCondition.Volume, conId=8314, exchange="SMART", volume=1, isMore=more
    ),
    "change": lambda more: _condition(
        OrderCondition.PercentChange, conId=8314, exchange="SMART", changePercent=-50, isMore=more
    ),
}


@pytest.mark.parametrize("kind", _CONDITIONS)
def test_condition_is_waited_for(desk: _Desk, kind: str) -> None:
    """The order that has what it waits for trades; the one that has not rests."""
    holds = desk.place("BUY", 1, conditions=[_CONDITIONS[kind](True)])
    fails = desk.place("BUY", 1, conditions=[_CONDITIONS[kind](False)])
    for _ in range(3):
        desk.wait(1)
    desk.reach(holds, "Filled")
    desk.reach(fails, "PreSubmitted")
    assert [call[2].orderId for call in desk.client.all("execDetails")] == [holds]
    shown = desk.client.wait("openOrder", lambda got, *_: got == fails)[2]
    assert [type(row) for row in shown.conditions] == [type(_CONDITIONS[kind](False))]


def test_order_waits_for_its_time(desk: _Desk) -> None:
    """By goodAfterTime; nothing trades before it."""
    number = desk.place("BUY", 1, goodAfterTime="20130304 10:30:00 US/Eastern")
    desk.wait(60)
    assert desk.client.all("execDetails") == []
    desk.wait(1_800)
    desk.wait(1)
    desk.reach(number, "Filled")
