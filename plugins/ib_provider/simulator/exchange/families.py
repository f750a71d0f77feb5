# SPDX-License-Identifier: Apache-2.0
"""Orders that depend on one another: attached to a parent, or one cancelling all of its group.

Rules:
    * A child waits, ``child`` in its whyHeld, until its parent is filled whole. It goes with a
      parent that ends unfilled.
    * Group type 1 cancels the others at any fill of one; 2 and 3 reduce them by the part that
      filled, to nothing where that was all of it. What a type adds about blocking needs no more:
      one order trades at a time here, and its group hears of it before the next may.
    * The children of one parent that name no group are one of type 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal

from ib_provider.domain.order import OrderStatus
from ib_provider.simulator.exchange.order_book import OrderBook, cancelled
from ib_provider.simulator.exchange.orders import Event, OrderKey, SimOrder, shown

__all__ = ["children_of", "oca_type", "settle_group", "settle_parent", "tree_of"]

_REASON = "OCA group order filled"
_PARENT_GONE = "Parent order was cancelled"


def oca_type(order: SimOrder) -> int:
    """Return how the order's group works; a group that does not say cancels."""
    if order.terms.oca_group:
        return order.terms.oca_type or 1
    return 3


def children_of(book: OrderBook, key: OrderKey) -> Iterator[SimOrder]:
    """Yield the orders attached to one, held ones too."""
    return (order for order in book.orders() if order.parent_key == key)


def tree_of(book: OrderBook, order: SimOrder) -> list[SimOrder]:
    """Return the held orders that are transmitted with one: its parent first, then by id."""
    root = order.parent_key or order.key
    members = [found for found in (book.find(root), *children_of(book, root)) if found]
    held = (member for member in members if member.is_held and member.key != order.key)
    return sorted(held, key=lambda member: (member.parent_key is not None, member.order_id))


def settle_group(
    book: OrderBook, order: SimOrder, *, traded: Decimal, now: datetime
) -> list[Event]:
    """Cancel or reduce the others of an order's group after ``traded`` units of it filled."""
    if not order.oca_key or not traded:
        return []
    events: list[Event] = []
    part = traded / (order.remaining + traded)
    for other in book.open_orders():
        if other.key == order.key or other.oca_key != order.oca_key:
            continue
        if oca_type(order) == 1:
            less = other.remaining
        else:
            less = (other.remaining * part).to_integral_value(rounding=ROUND_FLOOR)
            less = other.remaining if part == 1 else less
        events.extend(_lessened(book, other, less, now))
    return events


def _lessened(book: OrderBook, order: SimOrder, less: Decimal, now: datetime) -> list[Event]:
    if less >= order.remaining:
        return cancelled(book, order, by_client=order.client_id, now=now, reason=_REASON)
    if not less:
        return []
    return [*shown(book.put(replace(order, quantity=order.quantity - less)))]


def settle_parent(book: OrderBook, order: SimOrder, now: datetime) -> tuple[SimOrder, list[Event]]:
    """Return a child as its parent's fate has it, and what is told of that."""
    parent = book.find(order.parent_key) if order.parent_key else None
    if parent is None or "child" not in order.waits_for:
        return order, []
    if parent.status is OrderStatus.FILLED:
        freed = replace(order, waits_for=tuple(set(order.waits_for) - {"child"}))
        return book.put(freed), []
    if parent.is_open or parent.is_held:
        return order, []
    events = cancelled(book, order, by_client=order.client_id, now=now, reason=_PARENT_GONE)
    return book.find(order.key) or order, events
