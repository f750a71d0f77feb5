# SPDX-License-Identifier: Apache-2.0
"""What is known of every order and execution of one connection, from messages in any order.

Rules:
    * IB repeats itself and overtakes itself: a status may come before its order, an execution
      before or after the status that counts it, everything twice. Taking in a message says what
      is new in it, and nothing where nothing is.
    * Filled, Cancelled and ApiCancelled are for good; a filled quantity never falls.
    * An order is (client id, order id) until IB has given its permId. Orders made by hand have no
      order id; a permId is theirs from the start.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from ib_provider.client.event import OrderSeen, StatusSeen
from ib_provider.domain.order import Commission, Execution, OrderState, OrderStatus

__all__ = ["OrderBook"]

_OrderKey = tuple[int, int]

#: In place of a client id, for orders that have a permId only.
_BY_PERM = -1


@dataclass(slots=True)
class OrderBook:
    """Every order, execution and commission that this connection was told of."""

    _orders: dict[_OrderKey, OrderState] = field(default_factory=dict)
    _by_perm: dict[int, _OrderKey] = field(default_factory=dict)
    _early: dict[_OrderKey, StatusSeen] = field(default_factory=dict)
    _executions: dict[str, Execution] = field(default_factory=dict)
    _commissions: dict[str, Commission] = field(default_factory=dict)

    def expect(self, state: OrderState) -> None:
        """Enter an order of ours before it is sent."""
        self._orders[state.client_id, state.order_id] = state

    def find(self, client_id: int, order_id: int) -> OrderState | None:
        """Return the last known state of an order, or None."""
        return self._orders.get((client_id, order_id))

    def latest(self, state: OrderState) -> OrderState:
        """Return the last known state of the order that a message named."""
        key = self._key(state.perm_id, state.client_id, state.order_id)
        return self._orders.get(key, state)

    def take_order(self, seen: OrderSeen) -> OrderState | None:
        """Take in an open order; return its state where that changed."""
        new, fills_known = seen.state, seen.fills_known
        if new.status is OrderStatus.FILLED and not fills_known:
            # The message does not count, and its status does: all of it is filled.
            fills_known, new = True, replace(new, filled=new.order.quantity, remaining=Decimal(0))
        key = self._key(new.perm_id, new.client_id, new.order_id)
        known = self._orders.get(key)
        if known is not None and known.perm_id and new.perm_id not in (0, known.perm_id):
            known = None  # the gateway's order ids were reset: another order under the same id
        if known is not None:
            new = _merge_order(known, new, fills_known=fills_known)
        early = self._early.pop(key, None)
        if early is not None:
            new = _merge_status(new, early)
        return self._store(key, new)

    def take_status(self, seen: StatusSeen) -> OrderState | None:
        """Take in a status; return the order's state where that changed.

        A status of an order that was not described yet waits for the description.
        """
        key = self._key(seen.perm_id, seen.client_id, seen.order_id)
        known = self._orders.get(key)
        if known is None:
            self._early[key] = seen
            return None
        return self._store(key, _merge_status(known, seen))

    def amend(
        self, client_id: int, order_id: int, *, warning: str, status: OrderStatus | None = None
    ) -> OrderState | None:
        """Attach a message to an order, and the status it implies; return what changed."""
        known = self._orders.get((client_id, order_id))
        if known is None:
            return None
        if status is None or known.status.is_terminal:
            status = known.status
        if warning not in known.warning:
            warning = f"{known.warning}\n{warning}".strip()
        else:
            warning = known.warning
        return self._store((client_id, order_id), replace(known, status=status, warning=warning))

    def take_execution(self, execution: Execution) -> bool:
        """Take in an execution; return whether it is new."""
        is_new = execution.exec_id not in self._executions
        self._executions[execution.exec_id] = execution
        return is_new

    def take_commission(self, commission: Commission) -> bool:
        """Take in a commission; return whether it says something new."""
        is_new = self._commissions.get(commission.exec_id) != commission
        self._commissions[commission.exec_id] = commission
        return is_new

    def commission_of(self, exec_id: str) -> Commission | None:
        """Return what an execution cost, or None where IB has not said yet."""
        return self._commissions.get(exec_id)

    def _key(self, perm_id: int, client_id: int, order_id: int) -> _OrderKey:
        # The permId first: a status may carry the id of the client that cancelled the order.
        if perm_id in self._by_perm:
            return self._by_perm[perm_id]
        return (client_id, order_id) if order_id else (_BY_PERM, perm_id)

    def _store(self, key: _OrderKey, state: OrderState) -> OrderState | None:
        if state.perm_id:
            self._by_perm[state.perm_id] = key
        changed = self._orders.get(key) != state
        self._orders[key] = state
        return state if changed else None


def _merge_order(known: OrderState, new: OrderState, *, fills_known: bool) -> OrderState:
    filled = max(known.filled, new.filled) if fills_known else known.filled
    status = known.status if known.status.is_terminal else new.status
    return replace(
        new,
        perm_id=new.perm_id or known.perm_id,
        status=status,
        filled=filled,
        remaining=_remaining(new, filled, known),
        avg_fill_price=known.avg_fill_price,
        why_held=known.why_held,
        warning=new.warning or known.warning,
    )


def _merge_status(known: OrderState, seen: StatusSeen) -> OrderState:
    if seen.filled < known.filled or (known.status.is_terminal and not seen.status.is_terminal):
        return replace(known, perm_id=known.perm_id or seen.perm_id)
    return replace(
        known,
        perm_id=seen.perm_id or known.perm_id,
        status=known.status if known.status.is_terminal else seen.status,
        filled=seen.filled,
        remaining=seen.remaining,
        avg_fill_price=seen.avg_fill_price if seen.filled else None,
        why_held=seen.why_held,
    )


def _remaining(new: OrderState, filled: Decimal, known: OrderState) -> Decimal:
    """Return what is left; an order that ended unfilled keeps what its last status said."""
    if known.status.is_terminal and known.status is not OrderStatus.FILLED:
        return known.remaining
    return max(new.order.quantity - filled, Decimal(0))
