# SPDX-License-Identifier: Apache-2.0
"""The simulated broker's intake: places, changes and cancels orders. Time is a parameter.

Sequences are those of a real paper gateway:
    * resting limit: PreSubmitted, then Submitted, each as order and status;
    * outside hours: PreSubmitted and notice 399, working from the next open;
    * a change: order and status, twice;
    * cancel: PendingCancel, Cancelled, then error 202;
    * ``transmit`` false: nothing at all, until the order is sent again with true.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from ib_provider.domain.order import OrderStatus, TimeInForce
from ib_provider.simulator.accounts.margin import Margin
from ib_provider.simulator.contracts import Listing
from ib_provider.simulator.exchange.order_book import OrderBook
from ib_provider.simulator.exchange.order_rules import order_refusal, with_defaults
from ib_provider.simulator.exchange.orders import (
    Event,
    Notice,
    OrderKey,
    SimOrder,
    ended,
    shown,
)
from ib_provider.simulator.exchange.trading_floor import TradingFloor
from ib_provider.simulator.market.hours import next_or_running, zone_of
from ib_provider.simulator.refusal import Refusal
from ib_provider.wire.messages import WireOrder

__all__ = ["Exchange", "Placement"]

_NOW_ONLY: Final = (TimeInForce.IOC, TimeInForce.FOK)
_REJECTED: Final = "Order rejected - reason:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """One order as a client sent it, with the contract it was found to mean."""

    key: OrderKey
    listing: Listing
    exchange: str
    terms: WireOrder


class Exchange:
    """Orders of every client of one account. What trades, and when, is the floor's business."""

    def __init__(
        self, *, account_name: str, book: OrderBook, floor: TradingFloor, margin: Margin
    ) -> None:
        self._account_name = account_name
        self._book = book
        self._floor = floor
        self._margin = margin

    def place(self, placement: Placement, now: datetime) -> list[Event]:
        """Take a new order, or change the open one of the same id."""
        client_id, order_id = placement.key
        placement = replace(placement, terms=with_defaults(placement.terms, self._account_name))
        known = self._book.find(placement.key)
        refusal = self._id_refusal(placement.key, known)
        if refusal is None:
            self._book.use_order_id(client_id, order_id)
            refusal = order_refusal(placement.terms, placement.listing, self._account_name)
        if refusal is None and known is not None:
            refusal = self._change_refusal(known, placement, now)
        if refusal is not None:
            return [Notice(client_id, order_id, refusal.code, refusal.message)]
        if known is not None and known.is_open:
            return self._change(known, placement.terms)
        return self._take(placement, known, now)

    def cancel(self, key: OrderKey, *, by_client: int, now: datetime) -> list[Event]:
        """Cancel one order, in the name of a client that may not be its owner."""
        order = self._book.find(key)
        order_id = key[1]
        if order is None:
            text = f"OrderId {order_id} that needs to be cancelled is not found."
            return [Notice(by_client, order_id, 10147, text)]
        if order.is_held:
            dropped = replace(order, status=OrderStatus.API_CANCELLED, ended_at=now)
            return ended(self._book.put(dropped), by_client)
        if not order.is_open:
            text = (
                f"OrderId {order_id} that needs to be cancelled can not be cancelled, "
                f"state: {order.status}."
            )
            return [Notice(by_client, order_id, 10148, text)]
        return self._book.cancel(order, by_client=by_client, now=now, reason="Cancelled by Trader")

    def cancel_all(self, *, by_client: int, now: datetime) -> list[Event]:
        """Cancel every open order of the account."""
        events: list[Event] = []
        for order in self._book.orders():
            if order.is_open:
                events.extend(self.cancel(order.key, by_client=by_client, now=now))
        return events

    def what_if(self, listing: Listing, terms: WireOrder, now: datetime) -> Refusal | Decimal:
        """Return the margin in USD an order would need, or why it would be refused."""
        terms = with_defaults(terms, self._account_name)
        refusal = order_refusal(terms, listing, self._account_name)
        if refusal is not None:
            return refusal
        return self._margin.needed(listing, terms, now)

    def _id_refusal(self, key: OrderKey, known: SimOrder | None) -> Refusal | None:
        if known is None:
            spent = key[1] < self._book.next_order_id(key[0])
            return Refusal(code=103, message="Duplicate order id") if spent else None
        if known.is_open or known.is_held:
            return None
        if known.status is OrderStatus.FILLED:
            return Refusal(code=104, message="Cannot modify a filled order.")
        return Refusal(code=103, message="Duplicate order id")

    def _change_refusal(
        self, order: SimOrder, placement: Placement, now: datetime
    ) -> Refusal | None:
        terms, quantity = placement.terms, placement.terms.total_quantity or Decimal(0)
        same = (
            order.con_id == placement.listing.contract.con_id
            and order.terms.action == terms.action
            and order.filled < quantity
        )
        if not same:
            return Refusal(code=105, message="Order being modified does not match original order")
        if order.is_held or quantity <= order.quantity:
            return None
        more = replace(terms, total_quantity=quantity - order.quantity)
        shortage = self._margin.shortage(placement.listing, more, now)
        return Refusal(code=201, message=f"{_REJECTED}{shortage}") if shortage else None

    def _take(self, placement: Placement, held: SimOrder | None, now: datetime) -> list[Event]:
        key, listing, terms = placement.key, placement.listing, placement.terms
        hours = next_or_running(listing.venue, now)
        if hours is None:
            return [Notice(*key, 201, f"{_REJECTED}No session is known to come.")]
        order = SimOrder(
            client_id=key[0],
            order_id=key[1],
            perm_id=held.perm_id if held else self._book.new_perm_id(),
            con_id=listing.contract.con_id,
            exchange=placement.exchange,
            terms=terms,
            status=OrderStatus.PRE_SUBMITTED,
            quantity=terms.total_quantity or Decimal(0),
            session=hours.session,
            placed_at=now,
        )
        if not terms.transmit:
            self._book.put(replace(order, status=OrderStatus.API_PENDING))
            return []
        shortage = self._margin.shortage(listing, terms, now)
        if shortage:
            return self._reject(order, shortage, now)
        events: list[Event] = [*shown(self._book.put(order))]
        if hours.open <= now:
            return [*events, *self._floor.start(order, now)]
        if terms.tif in _NOW_ONLY:
            gone = self._book.cancel(order, by_client=key[0], now=now, reason="No market")
            return [*events, *gone]
        return [*events, Notice(*key, 399, _waiting_text(order, listing, hours.open))]

    def _reject(self, order: SimOrder, why: str, now: datetime) -> list[Event]:
        order = self._book.put(
            replace(order, status=OrderStatus.INACTIVE, ended_at=now, reason=why)
        )
        return [Notice(*order.key, 201, f"{_REJECTED}{why}"), *shown(order)]

    def _change(self, order: SimOrder, terms: WireOrder) -> list[Event]:
        changed = self._book.put(
            replace(
                order,
                terms=terms,
                quantity=terms.total_quantity or order.quantity,
                triggered=False,
                eligible_at=None,
            )
        )
        return [*shown(changed), *shown(changed)]  # a real gateway echoes a change twice


def _waiting_text(order: SimOrder, listing: Listing, opens: datetime) -> str:
    local = opens.astimezone(zone_of(listing.venue))
    own = listing.contract
    return (
        f"Order Message:\n{order.terms.action} {order.quantity:f} {own.symbol} "
        f"{own.primary_exchange}.{own.trading_class}\nWarning: Your order will not be placed "
        f"at the exchange until {local:%Y-%m-%d %H:%M:%S} {listing.time_zone}."
    )
