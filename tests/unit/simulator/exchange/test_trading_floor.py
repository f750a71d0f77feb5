# SPDX-License-Identifier: Apache-2.0
"""How orders trade as time passes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_provider.domain.order import OrderStatus
from ib_provider.simulator.exchange.orders import Charged, Executed
from tests.support.simulator import Floor, at, real_market, statuses, terms


def test_market_order_fills_at_the_quote_after_the_latency() -> None:
    """Nothing before; then the execution at the ask with its commission."""
    floor = Floor()
    floor.place(1, terms("BUY", 10))
    assert floor.wait(seconds=0.5) == []
    quote = real_market().quote("AAPL", at("2013-03-04 10:00:01"))
    events = floor.wait(seconds=0.5)
    (trade,) = [event.trade for event in events if isinstance(event, Executed)]
    assert quote is not None
    assert float(trade.price) == quote.ask
    assert trade.exec_id == "0000e0d5.69dd7411.01.01"
    assert trade.commission == 1
    assert statuses(events) == ["Filled"]


def test_fill_is_told_in_both_orders() -> None:
    """The execution comes before the status for one order and after it for the next."""
    floor, told = Floor(), []
    for order_id in (1, 2):
        floor.place(order_id, terms("BUY", 10))
        events = floor.wait(seconds=2)
        told.append([type(event).__name__ for event in events])
    assert sorted(told) == [
        ["Executed", "OrderShown", "StatusShown", "Charged"],
        ["OrderShown", "StatusShown", "Executed", "Charged"],
    ]


def test_large_order_fills_in_chunks_with_one_commission() -> None:
    """Each chunk is at most the displayed size; the order's commission is that of its total."""
    floor = Floor(cash=10_000_000)
    floor.place(1, terms("BUY", 20_000))
    trades = []
    while floor.order(1).is_open:
        events = floor.wait(seconds=1)
        trades += [event.trade for event in events if isinstance(event, Charged)]
    assert len(trades) > 2
    assert sum(trade.shares for trade in trades) == 20_000
    assert sum(trade.commission for trade in trades) == Decimal("100.00")
    assert trades[-1].cum_quantity == 20_000
    assert floor.account.quantity(265598) == 20_000


def test_marketable_limit_fills_at_the_market_price() -> None:
    """A limit above the ask pays the ask."""
    floor = Floor()
    floor.place(1, terms("BUY", 10, "LMT", lmt_price=Decimal(500)))
    floor.wait(seconds=1)
    assert floor.order(1).status is OrderStatus.FILLED
    assert floor.order(1).last_price < 440


@pytest.mark.parametrize(
    ("tif", "told", "status"),
    [
        ("IOC", ["PendingCancel", "Cancelled", "202"], OrderStatus.CANCELLED),
        ("FOK", ["Inactive"], OrderStatus.INACTIVE),
    ],
)
def test_order_for_now_only_that_cannot_trade_ends(
    tif: str, told: list[str], status: OrderStatus
) -> None:
    """IOC is cancelled, FOK becomes inactive."""
    floor = Floor()
    floor.place(1, terms("BUY", 10, "LMT", lmt_price=Decimal(100), tif=tif))
    assert statuses(floor.wait(seconds=1)) == told
    assert floor.order(1).status is status


def test_ioc_larger_than_displayed_fills_a_part_and_ends() -> None:
    """What stands in the book trades, the rest is cancelled."""
    floor = Floor(cash=10_000_000)
    floor.place(1, terms("BUY", 50_000, tif="IOC"))
    events = floor.wait(seconds=1)
    assert statuses(events) == ["Submitted", "PendingCancel", "Cancelled", "202"]
    assert 0 < floor.order(1).filled < 50_000


def test_fok_larger_than_displayed_trades_nothing() -> None:
    """All or nothing, at once."""
    floor = Floor(cash=10_000_000)
    floor.place(1, terms("BUY", 50_000, tif="FOK"))
    floor.wait(seconds=1)
    assert floor.order(1).filled == 0


def test_day_order_ends_with_its_session() -> None:
    """Not before the close, and not after the next open."""
    floor = Floor()
    floor.place(1, terms("BUY", 10, "LMT", lmt_price=Decimal(100)))
    assert floor.wait(hours=5.9) == []
    assert "Cancelled" in statuses(floor.wait(hours=0.2))


def test_gtc_order_outlives_the_session() -> None:
    """It waits over the night and trades when its price comes."""
    floor = Floor()
    floor.place(1, terms("BUY", 10, "LMT", lmt_price=Decimal(100), tif="GTC"))
    assert floor.wait(hours=30) == []
    assert floor.order(1).is_open
    floor.place(1, terms("BUY", 10, "LMT", lmt_price=Decimal(600), tif="GTC"))
    floor.now = at("2013-03-06 10:00")
    floor.wait(seconds=1)
    floor.wait(seconds=2)
    assert floor.order(1).status is OrderStatus.FILLED


def test_stop_waits_for_its_price_and_then_trades() -> None:
    """PreSubmitted with whyHeld ``trigger`` until the last price reaches it."""
    floor = Floor(AAPL=100)
    floor.place(1, terms("SELL", 10, "STP", aux_price=Decimal(300)))
    assert floor.wait(seconds=5) == []
    assert floor.order(1).why_held == "trigger"
    floor.place(2, terms("SELL", 10, "STP", aux_price=Decimal(500)))
    assert statuses(floor.wait(seconds=1)) == ["Submitted", "Filled"]


def test_market_on_close_trades_at_the_close() -> None:
    """The whole order at the session's closing price."""
    floor = Floor(at("2013-03-01 15:00"), AAPL=100)
    floor.place(1, terms("SELL", 100, "MOC"))
    assert floor.wait(minutes=59) == []
    floor.wait(minutes=1)
    order = floor.order(1)
    assert (order.status, order.last_price) == (OrderStatus.FILLED, Decimal("430.47"))


def test_restored_book_goes_on_trading() -> None:
    """What is kept of a book is enough to finish its orders once."""
    floor = Floor(cash=10_000_000)
    floor.place(1, terms("BUY", 20_000))
    floor.wait(seconds=1)
    other = Floor(floor.now, cash=10_000_000, book=floor.book.state())
    for _ in range(20):
        other.wait(seconds=1)
    ids = [trade.exec_id for trade in other.book.trades()]
    assert other.order(1).filled == 20_000
    assert len(ids) == len(set(ids))


@settings(max_examples=15, deadline=None)
@given(
    sizes=st.lists(
        st.tuples(st.sampled_from(["BUY", "SELL"]), st.integers(1, 9_000)), min_size=1, max_size=4
    )
)
def test_trades_and_holdings_agree(sizes: list[tuple[str, int]]) -> None:
    """Whatever was ordered, shares traded are shares held, and no order trades too much."""
    floor = Floor(cash=100_000_000)
    for order_id, (action, quantity) in enumerate(sizes, start=1):
        floor.place(order_id, terms(action, quantity))
    for _ in range(12):
        floor.wait(seconds=1)
    net = sum((trade.shares * trade.side.sign for trade in floor.book.trades()), Decimal(0))
    assert floor.account.quantity(265598) == net
    for order in floor.book.orders():
        assert order.filled <= order.quantity
