# SPDX-License-Identifier: Apache-2.0
"""Every order and trade of the login, and the ids that were given out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from ib_provider.domain.order import OrderStatus
from ib_provider.simulator.exchange.order_ids import IdState, OrderIds
from ib_provider.simulator.exchange.orders import (
    Event,
    OrderKey,
    SimOrder,
    StatusShown,
    Trade,
    ended,
)

__all__ = ["BY_HAND", "BookState", "OrderBook", "cancelled"]

#: The client id of orders entered by hand, until a client binds them. Never on the wire.
BY_HAND: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class BookState:
    """What of a book outlives the process."""

    orders: tuple[SimOrder, ...] = ()
    trades: tuple[Trade, ...] = ()
    next_order_ids: dict[int, int] = field(default_factory=dict)
    ids: IdState = field(default_factory=IdState)


class OrderBook:
    """Orders by client id and order id, trades in the order they happened.

    Attributes:
        editions: By conId, how often an order of it has changed.
    """

    def __init__(self, state: BookState | None = None) -> None:
        state = state or BookState()
        # a restarted clock may be earlier than the one an order was last seen by
        restored = (replace(order, eligible_at=None) for order in state.orders)
        self._orders = {order.key: order for order in restored}
        self._open: dict[OrderKey, SimOrder] = {}
        self._open_by_contract: dict[int, dict[OrderKey, SimOrder]] = {}
        self.editions: Counter[int] = Counter()
        for order in self._orders.values():
            self._index(order)
        self._trades = list(state.trades)
        self._next_order_ids = dict(state.next_order_ids)
        self.ids = OrderIds(state.ids)

    def state(self) -> BookState:
        """Return everything there is to keep."""
        return BookState(
            orders=tuple(self._orders.values()),
            trades=tuple(self._trades),
            next_order_ids=dict(self._next_order_ids),
            ids=self.ids.state(),
        )

    def next_order_id(self, client_id: int) -> int:
        """Return the lowest order id this client may use."""
        return self._next_order_ids.get(client_id, 1)

    def use_order_id(self, client_id: int, order_id: int) -> None:
        """Note that a client has used an id; lower ones are spent with it."""
        self._next_order_ids[client_id] = max(self.next_order_id(client_id), order_id + 1)

    def find(self, key: OrderKey) -> SimOrder | None:
        """Return an order, open or not."""
        return self._orders.get(key)

    def put(self, order: SimOrder) -> SimOrder:
        """Keep an order's newest shape, and return it."""
        self._orders[order.key] = order
        self._index(order)
        return order

    def add(self, trade: Trade) -> None:
        """Keep a trade, or the correction of one."""
        self._trades.append(trade)

    def orders(self) -> Iterable[SimOrder]:
        """Return every order, oldest first."""
        return tuple(self._orders.values())

    def open_orders(self) -> tuple[SimOrder, ...]:
        """Return the orders that may trade, oldest first."""
        return tuple(self._open.values())

    def open_of(self, con_id: int) -> tuple[SimOrder, ...]:
        """Return the open orders of one contract, oldest first."""
        return tuple(self._open_by_contract.get(con_id, {}).values())

    def trades(self) -> tuple[Trade, ...]:
        """Return every trade, oldest first."""
        return tuple(self._trades)

    def bind(self, order: SimOrder, key: OrderKey) -> SimOrder:
        """Give an order entered by hand to a client, under an id of that client."""
        self._orders.pop(order.key, None)
        self._open.pop(order.key, None)
        self._open_by_contract.get(order.con_id, {}).pop(order.key, None)
        self.editions[order.con_id] += 1
        return self.put(replace(order, client_id=key[0], order_id=key[1]))

    def forget(self, before: datetime) -> None:
        """Drop orders that ended, and trades that happened, before an instant."""
        ended = [
            order.key
            for order in self._orders.values()
            if order.ended_at and order.ended_at < before
        ]
        for key in ended:
            del self._orders[key]
        self._trades = [trade for trade in self._trades if trade.at >= before]

    def _index(self, order: SimOrder) -> None:
        peers = self._open_by_contract.setdefault(order.con_id, {})
        self.editions[order.con_id] += 1
        if order.is_open:
            self._open[order.key] = peers[order.key] = order
        else:
            self._open.pop(order.key, None)
            peers.pop(order.key, None)


def cancelled(
    book: OrderBook, order: SimOrder, *, by_client: int, now: datetime, reason: str
) -> list[Event]:
    """End an open order, and return how that is told."""
    pending = replace(order, status=OrderStatus.PENDING_CANCEL)
    gone = replace(order, status=OrderStatus.CANCELLED, ended_at=now, reason=reason, waits_for=())
    return [StatusShown(pending, by_client), *ended(book.put(gone), by_client)]
