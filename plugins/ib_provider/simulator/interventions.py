# SPDX-License-Identifier: Apache-2.0
"""What happens at the broker without a client: orders by hand, corrections, shares found."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ib_provider.domain.order import OrderStatus
from ib_provider.simulator.brokerage import Brokerage
from ib_provider.simulator.contracts import Listing
from ib_provider.simulator.exchange.exchange import Placement
from ib_provider.simulator.exchange.fills import reject
from ib_provider.simulator.exchange.order_book import BY_HAND
from ib_provider.simulator.exchange.orders import OrderKey, shown
from ib_provider.wire.messages import WireOrder

__all__ = [
    "cancel_by_hand",
    "correct_execution",
    "enter_order",
    "find_shares",
    "hold_order",
    "reject_order",
]


def enter_order(brokerage: Brokerage, listing: Listing, terms: WireOrder) -> OrderKey:
    """Place an order by hand, as at the gateway's own screen, and return its key.

    It belongs to no client until client 0 binds it.
    """
    number = brokerage.book.next_order_id(BY_HAND)
    brokerage.book.use_order_id(BY_HAND, number)
    key = (BY_HAND, -number)
    placement = Placement(key=key, listing=listing, exchange=listing.venue, terms=terms)
    brokerage.place(placement)
    if brokerage.binds_by_hand and (order := brokerage.book.find(key)):
        return brokerage.bind(order)
    return key


def cancel_by_hand(brokerage: Brokerage, key: OrderKey) -> None:
    """Cancel a client's order at the gateway's own screen; its client is told."""
    brokerage.cancel(key, by_client=BY_HAND)


def hold_order(brokerage: Brokerage, key: OrderKey, why: str = "locate") -> bool:
    """Hold an order as inactive: still open, and not worked; False where none is open.

    Args:
        why: In IB's words; what is held for shares, ``locate``, wakes when they are found.
    """
    order = brokerage.book.find(key)
    if order is None or not order.is_open:
        return False
    asleep = replace(order, status=OrderStatus.INACTIVE, working=False, waits_for=(why,))
    brokerage.commit([*shown(brokerage.book.put(asleep))])
    return True


def reject_order(brokerage: Brokerage, key: OrderKey, reason: str) -> bool:
    """Reject an order that was taken, as an exchange does late; False where none is open."""
    order = brokerage.book.find(key)
    if order is None or not order.is_open:
        return False
    brokerage.commit(reject(brokerage.book, order, reason, brokerage.clock.now()))
    return True


def correct_execution(
    brokerage: Brokerage, exec_id: str, price: Decimal, shares: Decimal | None = None
) -> bool:
    """Correct the price of an execution, and take shares of it back; False where there is none.

    Args:
        shares: What is left of it; None leaves all.
    """
    events = brokerage.floor.fills.correct(exec_id, price, shares)
    brokerage.commit(events)
    return bool(events)


def find_shares(brokerage: Brokerage, symbol: str) -> None:
    """Find the shares that short sales of a symbol are held for."""
    brokerage.exchange.release(symbol)
    brokerage.commit([])
