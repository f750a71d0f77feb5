# SPDX-License-Identifier: Apache-2.0
"""What the broker takes, changes, cancels and refuses, and what it says about it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ib_provider.domain.order import OrderStatus
from ib_provider.simulator.exchange.orders import Notice, OrderShown
from ib_provider.simulator.exchange.what_if import WhatIf
from ib_provider.simulator.refusal import Refusal
from ib_provider.wire.messages import WireOrder
from tests.support.simulator import Floor, at, placed, statuses, terms


def test_limit_far_from_the_market_rests() -> None:
    """PreSubmitted, then Submitted, each as order and status; nothing trades."""
    floor = Floor()
    events = floor.place(1, terms("BUY", 10, "LMT", lmt_price=Decimal(100)))
    assert statuses(events) == ["PreSubmitted", "Submitted"]
    assert [type(event).__name__ for event in events] == ["OrderShown", "StatusShown"] * 2
    assert floor.wait(minutes=5) == []
    assert floor.order(1).perm_id > 0


def test_cancel_tells_status_and_then_error_202() -> None:
    """PendingCancel, Cancelled, 202, as recorded at a real gateway."""
    floor = Floor()
    floor.place(1, terms("BUY", 10, "LMT", lmt_price=Decimal(100)))
    assert statuses(floor.cancel(1)) == ["PendingCancel", "Cancelled", "202"]
    assert statuses(floor.cancel(1)) == ["10148"]
    assert statuses(floor.cancel(77)) == ["10147"]


def test_cancel_by_another_client_tells_both() -> None:
    """The owner learns who did it; the canceller gets its 202."""
    floor = Floor()
    floor.place(1, terms("BUY", 10, "LMT", lmt_price=Decimal(100)), client=1)
    events = floor.cancel(1, client=1, by=0)
    assert [event.by_client for event in events if hasattr(event, "by_client")] == [0, 0]
    assert {event.client_id for event in events if isinstance(event, Notice)} == {0, 1}


def test_order_id_below_the_next_is_a_duplicate() -> None:
    """Ids only rise, for each client apart."""
    floor = Floor()
    floor.place(5, terms("BUY", 10, "LMT", lmt_price=Decimal(100)))
    assert statuses(floor.place(4, terms("BUY", 1))) == ["103"]
    assert floor.book.next_order_id(1) == 6
    assert floor.book.next_order_id(2) == 1
    assert statuses(floor.place(4, terms("BUY", 1), client=2)) == ["PreSubmitted"]


def test_resent_filled_order_is_not_traded_again() -> None:
    """The same id after the fill: 104, and no second trade."""
    floor = Floor()
    floor.place(1, terms("BUY", 10))
    floor.wait(seconds=5)
    assert floor.order(1).status is OrderStatus.FILLED
    assert statuses(floor.place(1, terms("BUY", 10))) == ["104"]
    floor.wait(seconds=5)
    assert len(list(floor.book.trades())) == 1


def test_resent_cancelled_order_is_a_duplicate() -> None:
    """An id is spent with its order, however that ended."""
    floor = Floor()
    floor.place(1, terms("BUY", 10, "LMT", lmt_price=Decimal(100)))
    floor.cancel(1)
    assert statuses(floor.place(1, terms("BUY", 10))) == ["103"]


def test_same_id_of_an_open_order_changes_it() -> None:
    """The change is echoed twice under the same perm id, and then trades on its new terms."""
    floor = Floor()
    floor.place(1, terms("BUY", 10, "LMT", lmt_price=Decimal(100)))
    perm_id = floor.order(1).perm_id
    assert statuses(floor.place(1, terms("BUY", 20))) == ["Submitted", "Submitted"]
    floor.wait(seconds=2)
    floor.wait(seconds=2)
    assert floor.order(1).status is OrderStatus.FILLED
    assert floor.order(1).perm_id == perm_id
    assert floor.order(1).filled == 20


@pytest.mark.parametrize(
    ("order", "symbol"),
    [(terms("SELL", 10), "AAPL"), (terms("BUY", 10), "IBM")],
    ids=["other side", "other contract"],
)
def test_change_of_what_an_order_is_about_is_refused(order: WireOrder, symbol: str) -> None:
    """Side and contract cannot be changed: 105."""
    floor = Floor()
    floor.place(1, terms("BUY", 10, "LMT", lmt_price=Decimal(100)))
    assert statuses(floor.place(1, order, symbol)) == ["105"]
    assert floor.order(1).terms.order_type == "LMT"


def test_order_not_transmitted_says_nothing_until_sent_again() -> None:
    """No callback at all; then it is an order like any other."""
    floor = Floor()
    assert floor.place(1, terms("BUY", 10, transmit=False)) == []
    assert floor.wait(minutes=1) == []
    assert statuses(floor.place(1, terms("BUY", 10))) == ["PreSubmitted"]
    floor.wait(seconds=2)
    assert floor.order(1).status is OrderStatus.FILLED


def test_order_outside_hours_waits_for_the_open() -> None:
    """PreSubmitted and 399 with the instant; it trades after the open."""
    floor = Floor(at("2013-03-02 12:00"))
    events = floor.place(1, terms("BUY", 10))
    assert statuses(events) == ["PreSubmitted", "399"]
    notice = events[-1]
    assert isinstance(notice, Notice)
    assert "BUY 10 AAPL NASDAQ.NMS" in notice.message
    assert "2013-03-04 09:30:00 US/Eastern" in notice.message
    assert floor.wait(hours=40) == []
    floor.now = at("2013-03-04 09:30")
    floor.wait(seconds=1)
    floor.wait(seconds=2)
    assert floor.order(1).status is OrderStatus.FILLED


def test_order_beyond_the_funds_is_rejected_and_kept_as_inactive() -> None:
    """201 with both amounts; nothing trades."""
    floor = Floor(cash=1_000)
    assert statuses(floor.place(1, terms("BUY", 1_000))) == ["201", "Inactive"]
    assert floor.wait(minutes=1) == []


def test_funds_bound_by_working_orders_are_not_free() -> None:
    """Two orders that fit one by one do not fit together."""
    floor = Floor(cash=100_000)
    order = terms("BUY", 3_000, "LMT", lmt_price=Decimal(100))
    assert "201" not in statuses(floor.place(1, order))
    assert "201" in statuses(floor.place(2, order))


def test_order_that_reduces_needs_no_funds() -> None:
    """Selling what is held is always possible."""
    floor = Floor(cash=-400_000, AAPL=1_000)
    assert statuses(floor.place(1, terms("SELL", 1_000))) == ["PreSubmitted"]


def test_cancel_all_ends_the_orders_of_every_client() -> None:
    """A global cancel knows no owner."""
    floor = Floor()
    for client in (1, 2):
        floor.place(1, terms("BUY", 10, "LMT", lmt_price=Decimal(100)), client=client)
    events = floor.exchange.cancel_all(by_client=1, now=floor.now)
    assert statuses(events).count("Cancelled") == 2
    assert not any(order.is_open for order in floor.book.orders())


def test_what_if_changes_nothing() -> None:
    """It answers the margin, or the refusal, and there is no order."""
    floor = Floor()
    found = floor.exchange.what_if(placed(1, terms("BUY", 100)), floor.now)
    assert isinstance(found, WhatIf)
    assert found.margin_change > 10_000
    assert (found.commission, found.currency, found.warning) == (1, "USD", "")
    refusal = floor.exchange.what_if(placed(1, terms("BUY", 0)), floor.now)
    assert isinstance(refusal, Refusal)
    assert floor.book.orders() == ()
    assert floor.book.next_order_id(1) == 1


def test_order_shown_carries_the_ids_of_its_owner() -> None:
    """Client, order and perm id identify it."""
    floor = Floor()
    shown = floor.place(3, terms("BUY", 10), client=9)[0]
    assert isinstance(shown, OrderShown)
    assert (shown.order.client_id, shown.order.order_id) == (9, 3)
