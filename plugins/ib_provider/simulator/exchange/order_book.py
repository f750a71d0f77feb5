# SPDX-License-Identifier: Apache-2.0
"""Every order and trade of the account, and the ids that were given out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from ib_provider.domain.order import OrderStatus
from ib_provider.simulator.exchange.orders import (
    Event,
    OrderKey,
    SimOrder,
    StatusShown,
    Trade,
    ended,
)

__all__ = ["BookState", "OrderBook"]

#: Ids as real ones look; where the counting starts means nothing.
_FIRST_PERM_ID: Final = 1_426_086_045
_EXEC_PREFIX: Final = "0000e0d5"
_FIRST_EXEC: Final = 0x69DD7411


@dataclass(frozen=True, slots=True, kw_only=True)
class BookState:
    """What of a book outlives the process."""

    orders: tuple[SimOrder, ...] = ()
    trades: tuple[Trade, ...] = ()
    next_order_ids: dict[int, int] = field(default_factory=dict)
    next_perm_id: int = _FIRST_PERM_ID
    next_exec: int = _FIRST_EXEC


class OrderBook:
    """Orders by client id and order id, trades in the order they happened."""

    def __init__(self, state: BookState | None = None) -> None:
        state = state or BookState()
        # a restarted clock may be earlier than the one an order was last seen by
        restored = (replace(order, eligible_at=None) for order in state.orders)
        self._orders = {order.key: order for order in restored}
        self._trades = list(state.trades)
        self._next_order_ids = dict(state.next_order_ids)
        self._next_perm_id = state.next_perm_id
        self._next_exec = state.next_exec

    def state(self) -> BookState:
        """Return everything there is to keep."""
        return BookState(
            orders=tuple(self._orders.values()),
            trades=tuple(self._trades),
            next_order_ids=dict(self._next_order_ids),
            next_perm_id=self._next_perm_id,
            next_exec=self._next_exec,
        )

    def next_order_id(self, client_id: int) -> int:
        """Return the lowest order id this client may use."""
        return self._next_order_ids.get(client_id, 1)

    def use_order_id(self, client_id: int, order_id: int) -> None:
        """Note that a client has used an id; lower ones are spent with it."""
        self._next_order_ids[client_id] = max(self.next_order_id(client_id), order_id + 1)

    def new_perm_id(self) -> int:
        """Return an id no order of the account has had."""
        self._next_perm_id += 1
        return self._next_perm_id - 1

    def new_exec_id(self) -> str:
        """Return an id no execution has had."""
        self._next_exec += 1
        return f"{_EXEC_PREFIX}.{self._next_exec - 1:08x}.01.01"

    def find(self, key: OrderKey) -> SimOrder | None:
        """Return an order, open or not."""
        return self._orders.get(key)

    def put(self, order: SimOrder) -> SimOrder:
        """Keep an order's newest shape, and return it."""
        self._orders[order.key] = order
        return order

    def add(self, trade: Trade) -> None:
        """Keep a trade."""
        self._trades.append(trade)

    def orders(self) -> Iterable[SimOrder]:
        """Return every order, oldest first."""
        return tuple(self._orders.values())

    def trades(self) -> Iterable[Trade]:
        """Return every trade, oldest first."""
        return tuple(self._trades)

    def cancel(self, order: SimOrder, *, by_client: int, now: datetime, reason: str) -> list[Event]:
        """End an open order, and return how that is told."""
        pending = replace(order, status=OrderStatus.PENDING_CANCEL)
        gone = replace(order, status=OrderStatus.CANCELLED, ended_at=now, reason=reason)
        return [StatusShown(pending, by_client), *ended(self.put(gone), by_client)]
