# SPDX-License-Identifier: Apache-2.0
"""What the gateway says of orders, as it comes: who waits is answered, who follows is told.

Rules:
    * An error's code decides: a refusal raises at once, a notice stays with the order and the
      answer is awaited. A code that is not known leaves the outcome unknown, and says so.
    * An order's error never answers a request, nor the reverse.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from ib_provider.client.base import ClientBase
from ib_provider.client.endpoint import Endpoint
from ib_provider.client.error_table import ErrorKind, classify
from ib_provider.client.event import (
    CommissionReported,
    ErrorReceived,
    ExecutionSeen,
    LinkLost,
    NextOrderId,
    OrderSeen,
    StatusSeen,
    WhatIfSeen,
)
from ib_provider.client.order_book import OrderBook
from ib_provider.client.order_ids import OrderIds
from ib_provider.client.order_stream import OrderNews, OrderStream
from ib_provider.client.pending import REQUEST_ID_BASE, Key
from ib_provider.client.question import OrderKey, OrderWish
from ib_provider.domain.order import Order, OrderState, OrderStatus
from ib_provider.domain.what_if import WhatIf
from ib_provider.errors import OrderOutcomeUnknown, OrderRejected, RequestFailed

__all__ = ["OrderListener"]

#: How long a refusal may trail the Inactive status that announces it, or an acknowledgement the
#: error of a code we do not know. Captures show them within milliseconds of each other.
_GRACE_S: Final = 1.0

_REFUSALS: Final = frozenset(
    {
        ErrorKind.ORDER_REJECTED,
        ErrorKind.ORDER_CANCELLED,
        ErrorKind.REQUEST_FAILED,
        ErrorKind.INVALID,
        ErrorKind.NO_DEFINITION,
        ErrorKind.PACING,
        ErrorKind.PERMISSION,
    }
)
#: Order rejected, whenever it comes.
_REJECTED: Final = 201

_CHANGEABLE_PRICES: Final = (
    *("limit_price", "stop_price", "trail_amount", "trail_percent", "limit_offset", "offset"),
)
_NOTICES: Final = frozenset({ErrorKind.ORDER_NOTICE, ErrorKind.NOTICE})
#: Leave the answer to come. A kind that is neither this nor a refusal leaves the outcome unknown.
_HARMLESS: Final = _NOTICES | {
    ErrorKind.CANCEL_REFUSED,
    ErrorKind.CONNECTIVITY,
    ErrorKind.FARM,
}


@dataclass(slots=True, kw_only=True)
class _OrderMixinState:
    """What this connection knows of orders, and who follows them."""

    ids: OrderIds = field(default_factory=OrderIds)
    book: OrderBook = field(default_factory=OrderBook)
    streams: list[OrderStream] = field(default_factory=list)
    commission_came: asyncio.Event = field(default_factory=asyncio.Event)
    changes: dict[int, Order] = field(default_factory=dict)


class OrderListener(ClientBase):
    """Keeps the book of orders of one connection, and answers who waits for one."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self._orders = _OrderMixinState()
        self._listen(NextOrderId, self._on_next_id)
        self._listen(OrderSeen, self._on_order)
        self._listen(StatusSeen, self._on_status)
        self._listen(ExecutionSeen, self._on_execution)
        self._listen(CommissionReported, self._on_commission)
        self._listen(ErrorReceived, self._on_order_error)
        self._listen(WhatIfSeen, self._on_what_if)
        self._listen(LinkLost, self._on_orders_lost)

    def _on_next_id(self, event: NextOrderId) -> None:
        self._orders.ids.told(event.order_id)

    def _on_order(self, event: OrderSeen) -> None:
        self._orders.ids.see(event.state.order_id)
        self._note(event.state.client_id, event.state.order_id, self._orders.book.take_order(event))
        asked = self._orders.changes.get(event.state.order_id)
        is_ours = event.state.client_id == self.client_id
        if is_ours and asked is not None and _reflects(event.state.order, asked):
            key = OrderKey(event.state.order_id, OrderWish.MODIFY)
            self._answer(key, self._orders.book.latest(event.state))

    def _on_status(self, event: StatusSeen) -> None:
        self._orders.ids.see(event.order_id)
        self._note(event.client_id, event.order_id, self._orders.book.take_status(event))

    def _note(self, client_id: int, order_id: int, changed: OrderState | None) -> None:
        """Publish what changed, and answer who waits for this order."""
        if changed is not None:
            self._publish(changed)
        state = changed or self._orders.book.find(client_id, order_id)
        if state is None or state.client_id != self.client_id:
            return
        place = OrderKey(state.order_id, OrderWish.PLACE)
        if state.status is OrderStatus.INACTIVE:
            self._later(lambda: self._answer(place, self._orders.book.latest(state)))
        else:
            self._answer(place, state)
        self._answer_if_done(state)

    def _answer_if_done(self, state: OrderState) -> None:
        """Answer who waits for an order to be cancelled, however it came to its end."""
        if state.status.is_terminal or state.status is OrderStatus.INACTIVE:
            self._answer(OrderKey(state.order_id, OrderWish.CANCEL), state)
        if state.status.is_terminal:
            self._answer(OrderKey(state.order_id, OrderWish.MODIFY), state)

    def _on_what_if(self, event: WhatIfSeen) -> None:
        self._orders.ids.see(event.order_id)
        self._answer(OrderKey(event.order_id, OrderWish.WHAT_IF), event.answer)

    def _on_execution(self, event: ExecutionSeen) -> None:
        if event.execution.client_id == self.client_id:
            self._orders.ids.see(event.execution.order_id)
        if self._orders.book.take_execution(event.execution):
            self._publish(event.execution)

    def _on_commission(self, event: CommissionReported) -> None:
        if self._orders.book.take_commission(event.commission):
            self._orders.commission_came.set()
            self._publish(event.commission)

    def _on_order_error(self, event: ErrorReceived) -> None:
        if not 0 <= event.identifier < REQUEST_ID_BASE:
            return
        order_id, kind = event.identifier, classify(event.code, event.message)
        self._answer_cancel(order_id, event, kind)
        self._answer_refused(order_id, event, kind)
        known = self._orders.book.find(self.client_id, order_id)
        if known is None or kind is ErrorKind.CANCEL_REFUSED:
            return
        is_placing = self._pending.find(OrderKey(order_id, OrderWish.PLACE)) is not None
        if is_placing:
            self._answer_place(known, event, kind)
        changed = self._orders.book.amend(
            self.client_id,
            order_id,
            warning=f"{event.code}: {event.message}",
            # A change that was refused leaves the order as it was.
            status=None
            if order_id in self._orders.changes
            else _status_after(event.code, kind, is_placing=is_placing),
        )
        # An error is no acknowledgement: it never answers who placed the order but with a refusal.
        if changed is not None:
            self._publish(changed)
            self._answer_if_done(changed)

    def _answer_place(
        self, known: OrderState, event: ErrorReceived, kind: ErrorKind | None
    ) -> None:
        """Fail a placement that was refused; one that met an unknown error gets the grace."""
        key, ref = OrderKey(known.order_id, OrderWish.PLACE), known.order.order_ref
        if kind in _REFUSALS:
            self._pending.fail(key, OrderRejected(ref, event.code, event.message))
        elif kind not in _HARMLESS:
            text = f"error {event.code}, which is not known of orders: {event.message}"
            self._later(lambda: self._pending.fail(key, OrderOutcomeUnknown([ref], text)))

    def _answer_cancel(self, order_id: int, event: ErrorReceived, kind: ErrorKind | None) -> None:
        """Fail a cancel that was refused. Error 202 is its success, and a notice says nothing."""
        if kind in _NOTICES or kind is ErrorKind.ORDER_CANCELLED:
            return
        error = RequestFailed(event.code, event.message, f"cancel order {order_id}")
        self._pending.fail(OrderKey(order_id, OrderWish.CANCEL), error)

    def _answer_refused(self, order_id: int, event: ErrorReceived, kind: ErrorKind | None) -> None:
        """Fail a question about an order, or a change of one, that met an error; not a notice."""
        if kind in _NOTICES or kind is ErrorKind.CANCEL_REFUSED:
            return
        for wish in (OrderWish.WHAT_IF, OrderWish.MODIFY):
            key = OrderKey(order_id, wish)
            asked = self._pending.find(key)
            if asked is not None:
                error = RequestFailed(event.code, event.message, asked.request)
                self._pending.fail(key, error)

    def _on_orders_lost(self, event: LinkLost) -> None:
        for stream in self._orders.streams:
            stream.end(event.reason)

    def _publish(self, news: OrderNews) -> None:
        for stream in self._orders.streams:
            stream.put(news)

    def _answer(self, key: Key, answer: OrderState | WhatIf) -> None:
        self._pending.add(key, lambda: answer)
        self._pending.end(key)

    def _later(self, act: Callable[[], None]) -> None:
        """Act after the grace; where the question was answered by then, that changes nothing."""
        asyncio.get_running_loop().call_later(_GRACE_S, act)


def _status_after(code: int, kind: ErrorKind | None, *, is_placing: bool) -> OrderStatus | None:
    """Return the status an error leaves an order in, for IB does not always send it.

    None where the order is as it was: a change or a cancel of it may have been refused.
    """
    if kind is ErrorKind.ORDER_CANCELLED:
        return OrderStatus.CANCELLED
    if code == _REJECTED or (is_placing and kind in _REFUSALS):
        return OrderStatus.INACTIVE
    return None


def _reflects(shown: Order, asked: Order) -> bool:
    """Return whether an order is shown as it was asked to be, in what a change may change."""
    return all(
        getattr(asked, name) in (None, getattr(shown, name))
        for name in ("quantity", "order_type", "tif", *_CHANGEABLE_PRICES)
    )
