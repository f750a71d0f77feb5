# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import permutations

from ib_provider.client.event import OrderSeen, StatusSeen
from ib_provider.client.order_book import OrderBook
from ib_provider.domain.contract import Contract
from ib_provider.domain.order import (
    Commission,
    Order,
    OrderState,
    OrderStatus,
    OrderType,
    Side,
)

ZERO, TEN = Decimal(0), Decimal(10)
ORDER = Order(
    side=Side.BUY,
    quantity=Decimal(10),
    order_type=OrderType.MARKET,
    account="DU1",
    order_ref="ref",
)


def state(status: OrderStatus, *, order_id: int = 5, perm_id: int = 77) -> OrderState:
    return OrderState(
        order_id=order_id,
        perm_id=perm_id,
        client_id=3,
        contract=Contract(con_id=1),
        order=ORDER,
        status=status,
        filled=Decimal(0),
        remaining=Decimal(10),
        avg_fill_price=None,
    )


def opened(status: OrderStatus) -> OrderSeen:
    return OrderSeen(state(status), fills_known=False)


def told(status: OrderStatus, filled: int = 0, *, client_id: int = 3) -> StatusSeen:
    return StatusSeen(
        order_id=5,
        perm_id=77,
        client_id=client_id,
        status=status,
        filled=Decimal(filled),
        remaining=Decimal(10 - filled),
        avg_fill_price=Decimal(100) if filled else None,
        why_held="",
    )


def take(book: OrderBook, message: OrderSeen | StatusSeen) -> OrderState | None:
    if isinstance(message, OrderSeen):
        return book.take_order(message)
    return book.take_status(message)


MESSAGES: tuple[OrderSeen | StatusSeen, ...] = (
    opened(OrderStatus.PRE_SUBMITTED),
    told(OrderStatus.SUBMITTED),
    told(OrderStatus.SUBMITTED, 4),
    opened(OrderStatus.FILLED),
    told(OrderStatus.FILLED, 10),
)


def test_take_messages_in_any_order_end_filled() -> None:
    """However they overtake one another, and twice over, a filled order is filled."""
    for messages in permutations(MESSAGES):
        book = OrderBook()
        for message in [*messages, *messages]:
            take(book, message)
        found = book.find(3, 5)
        assert found is not None
        assert (found.status, found.filled, found.remaining) == (OrderStatus.FILLED, TEN, ZERO)
        assert found.avg_fill_price == 100


def test_take_a_message_twice_says_nothing_new() -> None:
    """A repetition is no news."""
    book = OrderBook()
    for message in MESSAGES:
        take(book, message)
        assert take(book, message) is None


def test_take_status_before_the_order_waits_for_it() -> None:
    """A status that came first is in the order's first state."""
    book = OrderBook()
    assert book.take_status(told(OrderStatus.SUBMITTED, 4)) is None
    found = book.take_order(opened(OrderStatus.PRE_SUBMITTED))
    assert found is not None
    assert (found.status, found.filled) == (OrderStatus.SUBMITTED, Decimal(4))


def test_take_status_of_the_client_that_cancelled_finds_the_order() -> None:
    """Another client's cancel carries that client's id: the permId says whose order it is."""
    book = OrderBook()
    book.take_order(opened(OrderStatus.SUBMITTED))
    found = book.take_status(told(OrderStatus.CANCELLED, client_id=0))
    assert found is not None
    assert (found.client_id, found.status) == (3, OrderStatus.CANCELLED)


def test_take_orders_made_by_hand_are_told_apart() -> None:
    """Orders without an order id are different orders by their permId."""
    book = OrderBook()
    for perm_id in (1, 2):
        hand = state(OrderStatus.SUBMITTED, order_id=0, perm_id=perm_id)
        assert book.take_order(OrderSeen(hand, fills_known=False)) == hand


def test_take_order_with_an_old_id_and_another_perm_id_is_another_order() -> None:
    """After the gateway's ids were reset, an id is a new order's."""
    book = OrderBook()
    take(book, opened(OrderStatus.FILLED))
    new = replace(state(OrderStatus.SUBMITTED), perm_id=78)
    found = book.take_order(OrderSeen(new, fills_known=False))
    assert found is not None
    assert (found.status, found.filled) == (OrderStatus.SUBMITTED, ZERO)


def test_amend_adds_each_warning_once_and_never_wakes_the_dead() -> None:
    """A message stays with the order; one that is done stays done."""
    book = OrderBook()
    book.take_order(opened(OrderStatus.FILLED))
    first = book.amend(3, 5, warning="399: later", status=OrderStatus.INACTIVE)
    assert first is not None
    assert (first.status, first.warning) == (OrderStatus.FILLED, "399: later")
    assert book.amend(3, 5, warning="399: later") is None
    assert book.amend(3, 6, warning="of nobody") is None


def test_take_commission_again_is_news_only_where_it_differs() -> None:
    """A corrected commission is news, a repeated one is not."""
    book = OrderBook()
    report = Commission(exec_id="x", commission=Decimal(1), currency="USD", realized_pnl=None)
    assert book.take_commission(report)
    assert not book.take_commission(report)
    assert book.take_commission(replace(report, commission=Decimal(2)))
    assert book.commission_of("x") == replace(report, commission=Decimal(2))
    assert book.commission_of("y") is None
