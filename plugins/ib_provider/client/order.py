# SPDX-License-Identifier: Apache-2.0
"""Orders, executions and commissions: what is asked of the gateway.

Rules:
    * Nothing here sends an order twice. An order id and an order_ref are used once a connection,
      whatever became of them; the caller asks the broker before it tries again on another one.
    * Giving up on an order's answer does not cancel the order: nobody knows what it did.
    * A what-if is a question: it enters no book, and its order_ref stays unused.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from ibapi.execution import ExecutionFilter
from ibapi.order_cancel import OrderCancel
from ibapi.server_versions import MIN_SERVER_VER_PARAMETRIZED_DAYS_OF_EXECUTIONS

from ib_provider.client.decode_contract import encode_contract
from ib_provider.client.decode_order import latest_revisions
from ib_provider.client.decode_time import render_instant
from ib_provider.client.encode_order import encode_order
from ib_provider.client.order_check import check_order
from ib_provider.client.order_listener import OrderListener
from ib_provider.client.order_stream import OrderNews, OrderStream
from ib_provider.client.question import Channel, OrderKey, OrderWish, Question
from ib_provider.domain.contract import Contract
from ib_provider.domain.order import Execution, Fill, Order, OrderState, OrderStatus
from ib_provider.domain.what_if import WhatIf
from ib_provider.errors import InvalidOrder, RequestTimeout

__all__ = ["OrderMixin"]

#: Between two looks at what a global cancel left open.
_LOOK_S: Final = 0.2
#: Days that a trade log holds at the most.
_MOST_DAYS: Final = 7


class OrderMixin(OrderListener):
    """Sends orders, and tells what became of them."""

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

    async def place_order(
        self, order_id: int, contract: Contract, order: Order, *, has_turn: bool = False
    ) -> OrderState:
        """Send an order and return the broker's first word on it.

        An order that is not to be transmitted is answered by nobody: its state is ApiPending.

        Args:
            has_turn: The caller awaited ``turn`` for it: its bytes go out before this first waits.

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
            if not has_turn:
                await self._pace()
            await self._write(message)
            return expected
        rows = await self.ask(
            Question(
                request=f"order {order.order_ref}",
                row=OrderState,
                key=OrderKey(order_id, OrderWish.PLACE),
                send=send,
                has_turn=has_turn,
            )
        )
        return rows[-1]

    async def what_if(self, contract: Contract, order: Order) -> WhatIf:
        """Return what an order would bind and cost. No order is made, whatever the answer.

        Raises:
            InvalidOrder, WrongAccount: It could not be sent either.
            RequestFailed: The broker does not say; its error tells why.
            RequestTimeout, ConnectionLost: No answer.
        """
        order_id = self.next_order_id()
        check_order(order_id, contract, order, managed_accounts=self.managed_accounts)
        ib_contract = encode_contract(contract)
        ib_order = encode_order(replace(order, transmit=True), what_if=True)
        rows = await self.ask(
            Question(
                request=f"what if order {order.order_ref}",
                row=WhatIf,
                key=OrderKey(order_id, OrderWish.WHAT_IF),
                send=lambda ib, _: ib.placeOrder(order_id, ib_contract, ib_order),
            )
        )
        return rows[-1]

    async def modify_order(self, order_id: int, order: Order) -> OrderState:
        """Change a working order of this client id, and return it as the broker then shows it.

        An order that is done before the change reaches it is returned as it ended.

        Args:
            order_id: Of an order that this connection knows: placed on it, or seen in
                ``open_orders``.
            order: All of it as it shall be, under the order_ref it has.

        Raises:
            InvalidOrder: It is not known, is done, or would become another order. Nothing was sent.
            RequestFailed: The broker refused the change (codes 104, 105, 201 …); ask for the order.
            RequestTimeout, ConnectionLost: Nobody knows which of the two it is now; ask.
        """
        known = self._orders.book.find(self.client_id, order_id)
        problems = _change_problems(known, order)
        if known is None or problems:
            raise InvalidOrder(order.order_ref, problems)
        check_order(order_id, known.contract, order, managed_accounts=self.managed_accounts)
        ib_contract, ib_order = encode_contract(known.contract), encode_order(order)
        self._orders.changes[order_id] = order
        try:
            rows = await self.ask(
                Question(
                    request=f"change order {order.order_ref}",
                    row=OrderState,
                    key=OrderKey(order_id, OrderWish.MODIFY),
                    send=lambda ib, _: ib.placeOrder(order_id, ib_contract, ib_order),
                )
            )
        finally:
            del self._orders.changes[order_id]
        return rows[-1]

    async def cancel_all(self, *, timeout_s: float = 30.0) -> tuple[OrderState, ...]:
        """Cancel every order of the login, of other clients and by hand, and return those it hit.

        Raises:
            RequestTimeout: Some are still open; it names them.
        """
        before = await self.open_orders()
        message = self._encode(lambda ib, _: ib.reqGlobalCancel(OrderCancel()), 0)
        await self._pace()
        await self._write(message)
        left: Sequence[OrderState] = before
        try:
            async with asyncio.timeout(timeout_s):
                while left:
                    found = await self.open_orders()
                    left = [state for state in found if not state.status.is_terminal]
                    # Orders of other clients change without a word to this one.
                    await asyncio.sleep(_LOOK_S if left else 0)
        except TimeoutError:
            names = ", ".join(o.order.order_ref or f"permId {o.perm_id}" for o in left)
            raise RequestTimeout(f"cancel of all orders ({names} still open)", timeout_s) from None
        return tuple(self._orders.book.latest(state) for state in before)

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

    async def executions(
        self, *, since: datetime | None = None, commission_wait_s: float = 2.0
    ) -> tuple[Fill, ...]:
        """Return executions, each with its commission as far as it came.

        An execution that was corrected is returned as corrected.

        Args:
            since: From when on, by the gateway's clock; None is today by the gateway's zone. A
                gateway keeps seven days at the most, a real one only where its trade log is set
                to, and leaves out without a word what it does not keep.
            commission_wait_s: How long commissions may trail the end of the executions that they
                belong to; a client is not always shown those of another's executions.

        Raises:
            RequestTimeout: The end of the list never came. Gateways do that: it is not "none".
        """
        wanted = _execution_filter(since, server_version=self.server_version)
        rows = await self.ask(
            Question(
                request=f"executions since {since:%F %T}" if since else "executions",
                row=Execution,
                send=lambda ib, i: ib.reqExecutions(i, wanted),
            )
        )
        latest = [row for row in latest_revisions(rows) if since is None or row.ts >= since]
        ids = [execution.exec_id for execution in latest]
        await self._wait_for_commissions(ids, wait_s=commission_wait_s)
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

    async def _wait_for_commissions(self, exec_ids: list[str], *, wait_s: float) -> None:
        """Return when every execution has its commission, or none more came in time."""
        came, book = self._orders.commission_came, self._orders.book
        try:
            async with asyncio.timeout(wait_s):
                while any(book.commission_of(exec_id) is None for exec_id in exec_ids):
                    came.clear()
                    await came.wait()
        except TimeoutError:
            return


def _execution_filter(since: datetime | None, *, server_version: int) -> ExecutionFilter:
    """Return the filter for executions from an instant on, at least.

    Which days that are is for the gateway's zone to say: all that it keeps are asked for, and
    gateways that know no days are told the instant.
    """
    wanted = ExecutionFilter()
    if since is None:
        return wanted
    if server_version >= int(MIN_SERVER_VER_PARAMETRIZED_DAYS_OF_EXECUTIONS):
        wanted.lastNDays = _MOST_DAYS
    else:
        wanted.time = render_instant(since)
    return wanted


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


def _change_problems(known: OrderState | None, order: Order) -> list[str]:
    """Return why a change would not be one: IB takes it for a new order, or refuses it."""
    if known is None:
        return ["no such order of this client is known here; ask for the open orders first"]
    problems = []
    if known.status.is_terminal:
        problems.append(f"it is {known.status}")
    for name in ("order_ref", "side", "account", "parent_id", "oca_group", "oca_type"):
        was, asked = getattr(known.order, name), getattr(order, name)
        if was != asked:
            problems.append(f"its {name} is {str(was)!r} and cannot become {str(asked)!r}")
    if known.filled >= order.quantity:
        problems.append(f"{known.filled} of it are filled, {order.quantity} would be no more")
    return problems
