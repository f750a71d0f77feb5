# SPDX-License-Identifier: Apache-2.0
"""The simulated broker's intake: places, changes and cancels orders. Time is a parameter.

Sequences are those of a real paper gateway:
    * resting limit: PreSubmitted, then Submitted, each as order and status;
    * outside hours: PreSubmitted and notice 399, working from the next open;
    * a change: order and status, twice;
    * cancel: PendingCancel, Cancelled, then error 202;
    * ``transmit`` false: nothing at all, until the order, or one attached to the same parent, is
      sent with true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from ib_provider.domain.order import OrderStatus, Side, TimeInForce
from ib_provider.simulator.accounts.account import Account
from ib_provider.simulator.accounts.margin import Margin
from ib_provider.simulator.contracts import Listing
from ib_provider.simulator.exchange.change_rules import change_refusal, ended_refusal
from ib_provider.simulator.exchange.families import children_of, tree_of
from ib_provider.simulator.exchange.fills import reject
from ib_provider.simulator.exchange.marketplace import Marketplace
from ib_provider.simulator.exchange.order_book import OrderBook, cancelled
from ib_provider.simulator.exchange.order_notices import (
    LOCATE,
    accepted_notices,
    capped_price,
    waiting_notice,
)
from ib_provider.simulator.exchange.order_rules import OrderRules, with_defaults
from ib_provider.simulator.exchange.orders import (
    Event,
    Notice,
    OrderKey,
    SimOrder,
    ended,
    shown,
)
from ib_provider.simulator.exchange.trading_floor import TradingFloor, trades_outside
from ib_provider.simulator.exchange.what_if import WhatIf, what_if
from ib_provider.simulator.refusal import Refusal
from ib_provider.symbology.sessions import SessionHours
from ib_provider.wire.messages import WireOrder

__all__ = ["Exchange", "Placement"]

_NOW_ONLY: Final = (TimeInForce.IOC, TimeInForce.FOK)
_REJECTED: Final = "Order rejected - reason:"
_TOO_MANY: Final = "Too many active orders on this side of the contract in this account."


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """One order as a client sent it, with the contract it was found to mean."""

    key: OrderKey
    listing: Listing
    exchange: str
    terms: WireOrder


class Exchange:
    """Orders of every client of one login. What trades, and when, is the floor's business.

    Args:
        hard_to_borrow: Symbols whose short sales are held until shares are found (404).
    """

    def __init__(
        self,
        *,
        accounts: Mapping[str, Account],
        book: OrderBook,
        floor: TradingFloor,
        margin: Margin,
        marketplace: Marketplace,
        rules: OrderRules,
        hard_to_borrow: frozenset[str] = frozenset(),
    ) -> None:
        self._accounts = accounts
        self._book = book
        self._floor = floor
        self._margin = margin
        self._marketplace = marketplace
        self._rules = rules
        self._hard_to_borrow = hard_to_borrow

    def place(self, placement: Placement, now: datetime) -> list[Event]:
        """Take a new order, or change the open one of the same id."""
        client_id, order_id = placement.key
        placement = self._completed(placement, now)
        known = self._book.find(placement.key)
        refusal = self._id_refusal(placement.key, known)
        if refusal is None:
            self._book.use_order_id(client_id, order_id)
            refusal = self._terms_refusal(placement, now)
        if refusal is None and known is not None:
            refusal = self._change_refusal(known, placement, now)
        if refusal is None and known is None:
            refusal = self._parent_refusal(placement) or self._crowd_refusal(placement)
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
        events = cancelled(
            self._book, order, by_client=by_client, now=now, reason="Cancelled by Trader"
        )
        if order.filled < order.quantity:
            for child in tuple(children_of(self._book, order.key)):
                if child.is_open and "child" in child.waits_for:
                    events.extend(self.cancel(child.key, by_client=by_client, now=now))
        return events

    def cancel_all(self, *, by_client: int, now: datetime) -> list[Event]:
        """Cancel every open order of the login."""
        events: list[Event] = []
        for order in self._book.open_orders():
            known = self._book.find(order.key)
            if known is not None and known.is_open:
                events.extend(self.cancel(order.key, by_client=by_client, now=now))
        return events

    def what_if(self, placement: Placement, now: datetime) -> Refusal | WhatIf:
        """Return what an order would bind and cost, or why it would be refused."""
        placement = self._completed(placement, now)
        refusal = self._terms_refusal(placement, now)
        if refusal is not None:
            return refusal
        return what_if(
            self._accounts[placement.terms.account],
            placement.listing,
            placement.terms,
            margin=self._margin,
            marketplace=self._marketplace,
            now=now,
        )

    def release(self, symbol: str) -> None:
        """Find the shares that short sales of a symbol were held for."""
        self._hard_to_borrow -= {symbol}
        for order in self._book.open_orders():
            own = self._marketplace.listing(order.con_id).contract
            if own.symbol == symbol and "locate" in order.waits_for:
                waits_for = tuple(word for word in order.waits_for if word != "locate")
                self._book.put(replace(order, waits_for=waits_for))

    def _completed(self, placement: Placement, now: datetime) -> Placement:
        only = next(iter(self._accounts)) if len(self._accounts) == 1 else ""
        last = self._marketplace.last(placement.listing.contract.con_id, now)
        terms = with_defaults(placement.terms, only, placement.listing, last)
        return replace(placement, terms=terms)

    def _terms_refusal(self, placement: Placement, now: datetime) -> Refusal | None:
        last = self._marketplace.last(placement.listing.contract.con_id, now)
        return self._rules.route_refusal(placement.exchange) or self._rules.refusal(
            placement.terms, placement.listing, last
        )

    def _id_refusal(self, key: OrderKey, known: SimOrder | None) -> Refusal | None:
        if known is not None:
            return ended_refusal(known)
        spent = 0 <= key[1] < self._book.next_order_id(key[0])
        return Refusal(code=103, message="Duplicate order id") if spent else None

    def _parent_refusal(self, placement: Placement) -> Refusal | None:
        parent_id = placement.terms.parent_id
        if not parent_id:
            return None
        parent = self._book.find((placement.key[0], parent_id))
        alive = parent is not None and (
            parent.is_open or parent.is_held or parent.status is OrderStatus.FILLED
        )
        return None if alive else Refusal(code=10006, message="Missing parent order")

    def _crowd_refusal(self, placement: Placement) -> Refusal | None:
        terms, con_id = placement.terms, placement.listing.contract.con_id
        active = sum(
            order.terms.action == terms.action and order.account == terms.account
            for order in self._book.open_of(con_id)
        )
        if active < self._rules.most_active:
            return None
        return Refusal(code=201, message=f"{_REJECTED}{_TOO_MANY}")

    def _change_refusal(
        self, order: SimOrder, placement: Placement, now: datetime
    ) -> Refusal | None:
        terms, listing = placement.terms, placement.listing
        refusal = change_refusal(order, listing.contract.con_id, terms)
        quantity = terms.total_quantity or Decimal(0)
        if refusal is not None or order.is_held or quantity <= order.quantity:
            return refusal
        more = replace(terms, total_quantity=quantity - order.quantity)
        shortage = self._margin.shortage(self._accounts[terms.account], listing, more, now)
        return Refusal(code=201, message=f"{_REJECTED}{shortage}") if shortage else None

    def _take(self, placement: Placement, held: SimOrder | None, now: datetime) -> list[Event]:
        key, terms = placement.key, placement.terms
        order = SimOrder(
            client_id=key[0],
            order_id=key[1],
            perm_id=held.perm_id if held else self._book.ids.perm(),
            con_id=placement.listing.contract.con_id,
            exchange=placement.exchange,
            terms=terms,
            status=OrderStatus.API_PENDING,
            quantity=terms.total_quantity or Decimal(0),
            session=now.date(),
            placed_at=now,
            by_hand=key[1] < 0,
        )
        self._book.put(order)
        if not terms.transmit:
            return []
        events: list[Event] = []
        for member in (*tree_of(self._book, order), order):
            parent = member.parent_key and self._book.find(member.parent_key)
            if not parent or not parent.is_held:  # a parent that waits keeps its children waiting
                events.extend(self._transmit(member, now))
        return events

    def _transmit(self, order: SimOrder, now: datetime) -> list[Event]:
        """Bring an order to the market, or to where it waits for it."""
        listing, terms = self._marketplace.listing(order.con_id), order.terms
        order = replace(order, status=OrderStatus.PRE_SUBMITTED, placed_at=now)
        hours = self._first_window(order, now)
        if hours is None:
            return reject(self._book, order, "No session is known to come.", now)
        parent = order.parent_key and self._book.find(order.parent_key)
        waits = ("child",) if parent and parent.status is not OrderStatus.FILLED else ()
        account = self._accounts[order.account]
        if not waits:
            shortage = self._margin.shortage(account, listing, terms, now)
            if shortage:
                return reject(self._book, order, shortage, now)
        held = account.quantity(order.con_id)
        locate = self._must_locate(order, held)
        order = self._book.put(
            replace(
                order,
                session=hours.session,
                waits_for=(*waits, *(("locate",) if locate else ())),
                cap=capped_price(order, self._marketplace.last(order.con_id, now)),
            )
        )
        events: list[Event] = [*shown(order), *accepted_notices(order, held)]
        if locate:
            events.append(Notice(*order.key, 404, LOCATE))
        if hours.open > now:
            if terms.tif in _NOW_ONLY:
                gone = cancelled(
                    self._book, order, by_client=order.client_id, now=now, reason="No market"
                )
                return [*events, *gone]
            return [*events, waiting_notice(order, listing, hours.open)]
        asked = terms.conditions and not terms.conditions_cancel_order
        waiting = order.waits_for or asked or terms.good_after_time
        return events if waiting else [*events, *self._floor.start(order, now)]

    def _first_window(self, order: SimOrder, now: datetime) -> SessionHours | None:
        outside = trades_outside(order, self._marketplace)
        hours = self._marketplace.next_window(order.con_id, now, outside=outside)
        if hours and order.terms.tif == TimeInForce.OPG and hours.open <= now:
            return self._marketplace.next_window(order.con_id, hours.close, outside=False)
        return hours

    def _must_locate(self, order: SimOrder, held: Decimal) -> bool:
        own = self._marketplace.listing(order.con_id).contract
        short = order.side is Side.SELL and held < order.quantity
        return short and own.symbol in self._hard_to_borrow

    def _change(self, order: SimOrder, terms: WireOrder) -> list[Event]:
        fresh = order.terms.order_type != terms.order_type
        changed = self._book.put(
            replace(
                order,
                terms=terms,
                quantity=terms.total_quantity or order.quantity,
                triggered=False,
                stop=None,
                limit=None if fresh or terms.order_type != "MTL" else order.limit,
                eligible_at=None,
                conditions_met=order.conditions_met and order.terms.conditions == terms.conditions,
            )
        )
        return [*shown(changed), *shown(changed)]  # a real gateway echoes a change twice
