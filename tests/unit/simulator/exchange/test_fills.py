# SPDX-License-Identifier: Apache-2.0
"""Executions: corrections, and the laws that any flow of orders obeys."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ib_provider.domain.order import OrderStatus, Side
from ib_provider.simulator.exchange.order_book import OrderBook
from ib_provider.simulator.exchange.orders import Charged, Event, Executed
from ib_provider.simulator.record_json import from_document, to_document
from ib_provider.simulator.state_file import GatewayState
from ib_provider.wire.messages import WireOrder
from tests.support.simulator import Floor, terms

PRICES = st.sampled_from([Decimal(text) for text in ("100", "420", "428.5", "431", "440", "600")])


def _trades(events: list[Event]) -> list[Any]:
    return [event.trade for event in events if isinstance(event, Executed)]


def test_correction_keeps_the_id_but_its_last_group() -> None:
    """01 becomes 02; the money follows the price."""
    floor = Floor()
    floor.place(1, terms("BUY", 10))
    (trade,) = _trades(floor.wait(seconds=1))
    cash = floor.account.cash("USD")
    events = floor.floor.fills.correct(trade.exec_id, trade.price + 1)
    assert [type(event) for event in events] == [Executed, Charged]
    (corrected,) = _trades(events)
    assert corrected.exec_id == trade.exec_id[:-2] + "02"
    assert corrected.avg_price == trade.price + 1
    assert floor.account.cash("USD") == cash - 10
    assert floor.order(1).avg_price == trade.price + 1
    assert floor.floor.fills.correct("no such id.01", Decimal(1)) == []


@st.composite
def _orders(draw: st.DrawFn) -> WireOrder:
    kind = draw(st.sampled_from(["MKT", "LMT", "STP", "STP LMT", "MIT", "LIT", "MTL", "TRAIL"]))
    more: dict[str, Any] = {}
    if kind in ("LMT", "STP LMT", "LIT"):
        more["lmt_price"] = draw(PRICES)
    if kind in ("STP", "STP LMT", "MIT", "LIT"):
        more["aux_price"] = draw(PRICES)
    if kind == "TRAIL":
        more["trailing_percent"] = draw(st.sampled_from([Decimal("0.01"), Decimal(1)]))
    if kind in ("MKT", "LMT"):
        more["tif"] = draw(st.sampled_from(["DAY", "GTC", "IOC", "FOK"]))
    if draw(st.booleans()):
        more |= {"oca_group": "g", "oca_type": draw(st.integers(1, 3))}
    action, quantity = draw(st.sampled_from(["BUY", "SELL"])), draw(st.integers(1, 9_000))
    return terms(action, quantity, kind, **more)


@st.composite
def _flows(draw: st.DrawFn) -> list[tuple[str, Any]]:
    steps = st.one_of(
        st.tuples(st.just("place"), _orders()),
        st.tuples(st.just("change"), st.tuples(st.integers(1, 8), _orders())),
        st.tuples(st.just("cancel"), st.integers(1, 8)),
        st.tuples(st.just("wait"), st.sampled_from([1, 30, 600, 25_000])),
    )
    return draw(st.lists(steps, min_size=3, max_size=14))


def _run(floor: Floor, flow: list[tuple[str, Any]]) -> None:
    placed, ended = 0, dict[int, Decimal]()
    for what, value in [*flow, *[("wait", 1)] * 3]:
        if what == "place":
            placed += 1
            floor.place(placed, value)
        elif what == "change" and value[0] <= placed:
            floor.place(*value)
        elif what == "cancel":
            floor.cancel(value)
        elif what == "wait":
            floor.wait(seconds=value)
        for order in floor.book.orders():
            if order.status is OrderStatus.CANCELLED:
                assert ended.setdefault(order.order_id, order.filled) == order.filled


@settings(max_examples=40, deadline=None)
@given(flow=_flows())
def test_laws_hold_for_any_flow_of_orders(flow: list[tuple[str, Any]]) -> None:
    """Money changes by trades and commissions alone; no order goes beyond itself."""
    floor = Floor(cash=100_000_000)
    _run(floor, flow)
    trades = list(floor.book.trades())
    spent = sum((row.shares * row.side.sign * row.price for row in trades), Decimal(0))
    charged = sum((row.commission for row in trades), Decimal(0))
    assert floor.account.cash("USD") == 100_000_000 - spent - charged
    held = sum((row.shares * row.side.sign for row in trades), Decimal(0))
    assert floor.account.quantity(265598) == held
    orders = list(floor.book.orders())
    assert len({order.perm_id for order in orders}) == len(orders)
    assert len({row.exec_id for row in trades}) == len(trades)
    for order in orders:
        own = [row for row in trades if row.perm_id == order.perm_id]
        assert order.filled == sum((row.shares for row in own), Decimal(0)) <= order.quantity
        if order.terms.order_type in ("LMT", "STP LMT", "LIT") and own:
            limit = order.terms.lmt_price or Decimal(0)
            last = own[-1].price
            assert last <= limit if order.side is Side.BUY else last >= limit


@settings(max_examples=15, deadline=None)
@given(flow=_flows())
def test_restart_changes_nothing(flow: list[tuple[str, Any]]) -> None:
    """What is written of a book and an account is what is read: orders, trades, ids, money."""
    floor = Floor(cash=100_000_000)
    _run(floor, flow)
    state = GatewayState(accounts=(floor.account.state(),), book=floor.book.state())
    again = from_document(GatewayState, json.loads(json.dumps(to_document(state))))
    assert again == state
    restored = OrderBook(again.book)
    assert {order.key for order in restored.open_orders()} == {
        order.key for order in floor.book.open_orders()
    }
    assert restored.next_order_id(1) == floor.book.next_order_id(1)
    assert restored.ids.perm() == floor.book.ids.perm()
