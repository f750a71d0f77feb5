# SPDX-License-Identifier: Apache-2.0
"""Orders, executions and commissions.

Rules:
    * Nothing here sends an order twice. An order id and an order_ref are used once a connection,
      whatever became of them; the caller asks the broker before it tries again on another one.
    * Giving up on an order's answer does not cancel the order: nobody knows what it did.
    * An error's code decides: a refusal raises at once, a notice stays with the order and the
      answer is awaited. A code that is not known leaves the outcome unknown, and says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from ibapi.execution import ExecutionFilter
from ibapi.order_cancel import OrderCancel

from ib_provider.client.base import ClientBase
from ib_provider.client.decode_contract import encode_contract
from ib_provider.client.decode_order import encode_order, latest_revisions
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
)
from ib_provider.client.order_book import OrderBook
from ib_provider.client.order_check import check_order
from ib_provider.client.order_ids import OrderIds
from ib_provider.client.order_stream import OrderNews, OrderStream
from ib_provider.client.pending import REQUEST_ID_BASE, Key
from ib_provider.client.question import Channel, OrderKey, OrderWish, Question
from ib_provider.domain.contract import Contract
from ib_provider.domain.order import Execution, Fill, Order, OrderState, OrderStatus
from ib_provider.errors import (
    OrderOutcomeUnknown,
    OrderRejected,
    RequestFailed,
)

__all__ = ["OrderMixin"]

#: How long a refusal may trail the Inactive status that announces it, or an acknowledgement the
#: error of a code we do not know. Captures show them within milliseconds of each other.
_GRACE_S: Final = 1.0

#: How long commissions may trail the end of the executions that they belong to.
_COMMISSION_WAIT_S: Final = 2.0

_REFUSALS: Final = frozenset(
    {
        ErrorKind.ORDER_REJECTED,
        ErrorKind.ORDER_CANCELLED,
        ErrorKind.REQUEST_FAILED,
        ErrorKind.NO_DEFINITION,
        ErrorKind.PACING,
        ErrorKind.PERMISSION,
    }
)
#: Order rejected, whenever it comes.
_REJECTED: Final = 201

_NOTICES: Final = frozenset({ErrorKind.ORDER_NOTICE, ErrorKind.NOTICE})


@dataclass(slots=True, kw_only=True)
class _OrderMixinState:
    """What this connection knows of orders, and who follows them."""

    ids: OrderIds = field(default_factory=OrderIds)
    book: OrderBook = field(default_factory=OrderBook)
    streams: list[OrderStream] = field(default_factory=list)
    commission_came: asyncio.Event = field(default_factory=asyncio.Event)


class OrderMixin(ClientBase):
    """Sends orders, and tells what became of them."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self._orders = _OrderMixinState()
        self._listen(NextOrderId, self._on_next_id)
        self._listen(OrderSeen, self._on_order)
        self._listen(StatusSeen, self._on_status)
        self._listen(ExecutionSeen, self._on_execution)
        self._listen(CommissionReported, self._on_commission)
        self._listen(ErrorReceived, self._on_order_error)
        self._listen(LinkLost, self._on_orders_lost)

    @property
    def first_valid_order_id(self) -> int:
        """Return the next order id the gateway expected of this client id at connection."""
        return self._orders.ids.first_valid

    def next_order_id(self) -> int:
        """Reserve an order id above every one seen on this connection.

        Raises:
            ConnectionLost: The gateway has not given one: there is no session.
        """
        return self._orders.ids.take_next()

    def claim_order_id(self, order_id: int) -> int:
        """Reserve one order id, so that it is not given out again.

        Raises:
            LocalProtocolError: It is no order id, or was reserved before.
        """
        return self._orders.ids.claim(order_id)

    async def place_order(self, order_id: int, contract: Contract, order: Order) -> OrderState:
        """Send an order and return the broker's first word on it.

        An order that is not to be transmitted is answered by nobody: its state is ApiPending.

        Raises:
            InvalidOrder, WrongAccount: It must not be sent, and was not.
            OrderRejected: The broker refused it; raised when its error came.
            OrderOutcomeUnknown: The broker answered with an error that we do not know, and with
                nothing else. It may be working.
            RequestTimeout, ConnectionLost: No answer. It may be working.
        """
        check_order(order_id, contract, order, managed_accounts=self.managed_accounts)
        self._orders.ids.refuse_repeat(order_id, order)
        ib_contract, ib_order = encode_contract(contract), encode_order(order)
        expected = _expected(order_id, self.client_id, contract, order)

        def send(ib: Any, _: int) -> None:
            ib.placeOrder(order_id, ib_contract, ib_order)

        # Encoded before it counts as sent: what cannot be encoded did not leave.
        message = self._encode(send, 0)
        self._orders.ids.mark_sent(order_id, order)
        self._orders.book.expect(expected)
        if not order.transmit:
            await self._pace()
            await self._write(message)
            return expected
        rows = await self.ask(
            Question(
                request=f"order {order.order_ref}",
                row=OrderState,
                key=OrderKey(order_id, OrderWish.PLACE),
                send=send,
            )
        )
        return rows[-1]

    async def cancel_order(self, order_id: int) -> OrderState:
        """Cancel an order of this client id and return its final state.

        An order that is already done is not cancelled again: its state is returned.

        Raises:
            RequestFailed: The broker will not cancel it (codes 135, 161, 10147, 10148).
            RequestTimeout: It did not become final in time; it may yet.
        """
        known = self._orders.book.find(self.client_id, order_id)
        if known is not None and known.status.is_terminal:
            return known
        rows = await self.ask(
            Question(
                request=f"cancel order {order_id}",
                row=OrderState,
                key=OrderKey(order_id, OrderWish.CANCEL),
                send=lambda ib, _: ib.cancelOrder(order_id, OrderCancel()),
            )
        )
        return rows[-1]

    async def open_orders(self) -> tuple[OrderState, ...]:
        """Return the working orders of every client id, and those made by hand.

        One that is done while the list comes is in it, with its final status.

        Raises:
            RequestTimeout: The end of the list never came: what did come is not the list.
        """
        rows = await self.ask(
            Question(
                request="open orders",
                row=OrderState,
                key=Channel.OPEN_ORDERS,
                send=lambda ib, _: ib.reqAllOpenOrders(),
            )
        )
        latest = [self._orders.book.latest(row) for row in rows]
        return tuple({(s.perm_id, s.client_id, s.order_id): s for s in latest}.values())

    async def completed_orders(self) -> tuple[OrderState, ...]:
        """Return the orders that are done, as far back as the gateway tells, of every client id.

        Raises:
            RequestTimeout: The end of the list never came: what did come is not the list.
        """
        rows = await self.ask(
            Question(
                request="completed orders",
                row=OrderState,
                key=Channel.COMPLETED_ORDERS,
                send=lambda ib, _: ib.reqCompletedOrders(apiOnly=False),
            )
        )
        return tuple(rows)

    async def executions(self) -> tuple[Fill, ...]:
        """Return today's executions, each with its commission as far as it came.

        An execution that was corrected is returned as corrected.

        Raises:
            RequestTimeout: The end of the list never came. Gateways do that: it is not "none".
        """
        rows = await self.ask(
            Question(
                request="executions",
                row=Execution,
                send=lambda ib, i: ib.reqExecutions(i, ExecutionFilter()),
            )
        )
        latest = latest_revisions(rows)
        await self._wait_for_commissions([execution.exec_id for execution in latest])
        commission_of = self._orders.book.commission_of
        return tuple(Fill(execution=e, commission=commission_of(e.exec_id)) for e in latest)

    @asynccontextmanager
    async def order_events(self) -> AsyncIterator[AsyncIterator[OrderNews]]:
        """Yield an iterator over order states, executions and commissions, as they change.

        Any number of subscribers; each gets everything from its subscription on, each fact once.
        The iterator raises ``ConnectionLost`` when the link ends.
        """
        stream = OrderStream()
        if not self.is_connected:
            stream.end(self._session.lost)
        self._orders.streams.append(stream)
        try:
            yield stream
        finally:
            self._orders.streams.remove(stream)

    async def _wait_for_commissions(self, exec_ids: list[str]) -> None:
        """Return when every execution has its commission, or none more came in time."""
        came, book = self._orders.commission_came, self._orders.book
        try:
            async with asyncio.timeout(_COMMISSION_WAIT_S):
                while any(book.commission_of(exec_id) is None for exec_id in exec_ids):
                    came.clear()
                    await came.wait()
        except TimeoutError:
            return

    def _on_next_id(self, event: NextOrderId) -> None:
        self._orders.ids.told(event.order_id)

    def _on_order(self, event: OrderSeen) -> None:
        self._orders.ids.see(event.state.order_id)
        self._note(event.state.client_id, event.state.order_id, self._orders.book.take_order(event))

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
            status=_status_after(event.code, kind, is_placing=is_placing),
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
        elif kind is None:
            text = f"error {event.code}, which we do not know: {event.message}"
            self._later(lambda: self._pending.fail(key, OrderOutcomeUnknown([ref], text)))

    def _answer_cancel(self, order_id: int, event: ErrorReceived, kind: ErrorKind | None) -> None:
        """Fail a cancel that was refused. Error 202 is its success, and a notice says nothing."""
        if kind in _NOTICES or kind is ErrorKind.ORDER_CANCELLED:
            return
        error = RequestFailed(event.code, event.message, f"cancel order {order_id}")
        self._pending.fail(OrderKey(order_id, OrderWish.CANCEL), error)

    def _on_orders_lost(self, event: LinkLost) -> None:
        for stream in self._orders.streams:
            stream.end(event.reason)

    def _publish(self, news: OrderNews) -> None:
        for stream in self._orders.streams:
            stream.put(news)

    def _answer(self, key: Key, state: OrderState) -> None:
        self._pending.add(key, lambda: state)
        self._pending.end(key)

    def _later(self, act: Callable[[], None]) -> None:
        """Act after the grace; where the question was answered by then, that changes nothing."""
        asyncio.get_running_loop().call_later(_GRACE_S, act)


def _expected(order_id: int, client_id: int, contract: Contract, order: Order) -> OrderState:
    """Return the state of an order that nobody has answered for yet."""
    return OrderState(
        order_id=order_id,
        perm_id=0,
        client_id=client_id,
        contract=contract,
        order=order,
        status=OrderStatus.API_PENDING,
        filled=Decimal(0),
        remaining=order.quantity,
        avg_fill_price=None,
    )


def _status_after(code: int, kind: ErrorKind | None, *, is_placing: bool) -> OrderStatus | None:
    """Return the status an error leaves an order in, for IB does not always send it.

    None where the order is as it was: a change or a cancel of it may have been refused.
    """
    if kind is ErrorKind.ORDER_CANCELLED:
        return OrderStatus.CANCELLED
    if code == _REJECTED or (is_placing and kind in _REFUSALS):
        return OrderStatus.INACTIVE
    return None
