# SPDX-License-Identifier: Apache-2.0
"""What becomes of orders and holdings when the market changes: a closed day, a short one, a split.

Told by Interactive Brokers' own client.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from ib_provider.simulator.limits.limits import Limits
from tests.support.control import Control
from tests.support.simulator import gateway_in_thread, quick_options
from tests.support.stock_client import StockClient, ibapi_order, ibapi_stock, stock_client

MONDAY_NOON = "2013-03-04T12:00:00-05:00"
DAY_S = 86_400.0
UNTIL_TUESDAY = "2013-03-05 09:30:00 US/Eastern"
UNTIL_WEDNESDAY = "2013-03-06 09:30:00 US/Eastern"


@contextmanager
def _desk(clock: str = MONDAY_NOON, **changes: Any) -> Iterator[tuple[StockClient, Control]]:
    options = quick_options(
        control_port=0, clock=clock, speed=0.0, fill_delay_s=0.0, limits=Limits(), **changes
    )
    with (
        gateway_in_thread(options) as gateway,
        stock_client(gateway.port) as client,
        Control(gateway.control_port) as control,
    ):
        yield client, control


def _place(client: StockClient, number: int, kind: str = "LMT", **more: Any) -> None:
    order = ibapi_order("BUY", 10, kind, **({"tif": "GTC", "lmtPrice": 5} | more))
    client.ask.placeOrder(number, ibapi_stock("AAPL"), order)


def _status(client: StockClient, number: int, status: str, since: int = 0) -> tuple[Any, ...]:
    return client.wait(
        "orderStatus", lambda got, said, *_: (got, said) == (number, status), since=since
    )


def _waits(client: StockClient, number: int, until: str, since: int = 0) -> None:
    client.wait(
        "error",
        lambda got, _, code, text, *__: got == number and code == 399 and until in text,
        since=since,
    )


def test_order_for_a_closed_day_waits_for_the_next_one() -> None:
    """The evening before: what every calendar says opens tomorrow opens the day after."""
    with _desk("2013-03-04T18:00:00-05:00") as (client, control):
        control.do("close_venue", venue="NASDAQ", session="2013-03-05")
        _place(client, 1, "MKT", tif="DAY", lmtPrice=0)
        _waits(client, 1, UNTIL_WEDNESDAY)
        control.do("advance", seconds=DAY_S)
        assert not client.all("execDetails")
        control.do("advance", seconds=DAY_S - 8 * 3600)
        _status(client, 1, "Filled")
        (trade,) = client.all("execDetails")
    assert trade[2].time.startswith("20130306")


def test_orders_of_a_day_that_is_called_off_are_put_off() -> None:
    """One that waits, and one that works when trading ends of a sudden; neither is lost."""
    with _desk("2013-03-04T18:00:00-05:00") as (client, control):
        _place(client, 1, "MKT", tif="DAY", lmtPrice=0)
        _waits(client, 1, UNTIL_TUESDAY)
        control.do("close_venue", venue="NASDAQ", session="2013-03-05")
        _waits(client, 1, UNTIL_WEDNESDAY)
    with _desk() as (client, control):
        _place(client, 1)
        _status(client, 1, "Submitted")
        mark = client.mark()
        control.do("close_venue", venue="NASDAQ", session="2013-03-04")
        _status(client, 1, "PreSubmitted", mark)
        _waits(client, 1, UNTIL_TUESDAY, mark)
        mark = client.mark()
        control.do("advance", seconds=DAY_S)
        _status(client, 1, "Submitted", mark)


def test_order_of_the_day_ends_with_a_short_session() -> None:
    """At one o'clock, not at four; one that is good till cancelled lives on."""
    with _desk() as (client, control):
        _place(client, 1, tif="DAY")
        _place(client, 2)
        _status(client, 2, "Submitted")
        control.do("close_early", venue="NASDAQ", session="2013-03-04", close="13:00")
        control.do("advance", seconds=3_700)
        _status(client, 1, "Cancelled")
        mark = client.mark()
        client.ask.reqOpenOrders()
        client.wait("openOrderEnd", since=mark)
        assert [call[0] for call in client.all("openOrder", since=mark)] == [2]


def test_split_multiplies_holdings_and_cancels_orders() -> None:
    """On its day: seven times the shares at a seventh of the cost, and no order of before."""
    with _desk(positions={"AAPL": Decimal(10)}) as (client, control):
        client.ask.reqPositions()
        before = client.wait("position")
        _place(client, 1)
        _status(client, 1, "Submitted")
        control.do("split", symbol="AAPL", session="2013-03-05", ratio=7)
        mark = client.mark()
        control.do("advance", seconds=3_600)
        assert not client.all("position", since=mark)
        control.do("advance", seconds=DAY_S)
        _status(client, 1, "Cancelled", mark)
        account, _, held, cost = client.wait("position", since=mark)
        assert (account, held) == (before[0], before[2] * 7)
        assert abs(cost * 7 - before[3]) < 1e-6
        client.ask.reqAccountUpdates(True, "")
        worth = client.wait("updatePortfolio", since=mark)
        assert 0.9 < worth[3] / (before[3] * 10) < 1.1
        _place(client, 2)
        _status(client, 2, "Submitted", mark)


def test_split_is_carried_out_once_in_the_life_of_an_account(tmp_path: Path) -> None:
    """A scenario that says it at every start multiplies no share twice, and cancels nothing new."""
    kept: dict[str, Any] = {
        "state_file": tmp_path / "gateway.json",
        "positions": {"AAPL": Decimal(10)},
    }
    said: dict[str, Any] = {"symbol": "AAPL", "session": "2013-03-04", "ratio": 7}
    for orders in (1, 2):
        with _desk(**kept) as (client, control):
            control.do("split", **said)
            control.do("advance", seconds=1)
            client.ask.reqPositions()
            client.wait("positionEnd")
            assert [call[2] for call in client.all("position")] == [70]
            _place(client, 1)
            _status(client, 1, "Submitted")
            mark = client.mark()
            client.ask.reqAllOpenOrders()
            client.wait("openOrderEnd", since=mark)
            assert len(client.all("openOrder", since=mark)) == orders
