# SPDX-License-Identifier: Apache-2.0
"""What a gateway is doing, counted as it happens: clients, requests, orders, fills."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from ib_provider.simulator.exchange.orders import Event, Executed, Notice, StatusShown

__all__ = ["Activity", "ClientRow", "FillRow", "GatewayView", "OrderRow"]

_FILLS: Final = 12
_ORDERS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRow:
    """One connected client. ``streams`` counts its open requests of every kind."""

    client_id: int
    server_version: int
    requests: int
    answers: int
    streams: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """One order as it was last shown; ``note`` is the last error or warning about it."""

    client_id: int
    order_id: int
    text: str
    status: str
    filled: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FillRow:
    """One execution; ``at`` is simulated time, UTC."""

    at: str
    client_id: int
    order_id: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayView:
    """Everything a console shows.

    Attributes:
        clock: The simulated instant, ISO.
        faults: One line for each fault that holds.
        requests: Class name of a request → how many came, most first.
    """

    title: str
    clock: str
    faults: tuple[str, ...]
    clients: tuple[ClientRow, ...]
    requests: tuple[tuple[str, int], ...]
    orders: tuple[OrderRow, ...]
    fills: tuple[FillRow, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self)


class Activity:
    """Counts requests, and keeps the last orders and fills."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self._orders: dict[tuple[int, int], OrderRow] = {}
        self._fills: deque[FillRow] = deque(maxlen=_FILLS)

    def asked(self, request: object) -> None:
        """Count a request."""
        self.requests[type(request).__name__] += 1

    def happened(self, event: Event, symbol_of: Callable[[int], str]) -> None:
        """Note what happened at the exchange. ``symbol_of`` names a contract by its id."""
        match event:
            case StatusShown(order, _):
                kept = self._orders.pop(order.key, None)
                symbol = symbol_of(order.con_id)
                terms = order.terms
                self._orders[order.key] = OrderRow(
                    client_id=order.client_id,
                    order_id=order.order_id,
                    text=f"{terms.action} {order.quantity} {symbol} {terms.order_type}",
                    status=str(order.status.value),
                    filled=f"{order.filled}/{order.quantity}",
                    note=kept.note if kept else "",
                )
            case Executed(trade):
                symbol = symbol_of(trade.con_id)
                self._fills.append(
                    FillRow(
                        at=trade.at.isoformat(timespec="seconds"),
                        client_id=trade.client_id,
                        order_id=trade.order_id,
                        text=f"{trade.side.value} {trade.shares} {symbol} at {trade.price}",
                    )
                )
            case Notice(client_id, order_id, code, message):
                self._note(client_id, order_id, f"{code} {message.splitlines()[0]}")
        while len(self._orders) > _ORDERS:
            del self._orders[next(iter(self._orders))]

    def orders(self) -> tuple[OrderRow, ...]:
        """Return the orders, the one that changed last first."""
        return tuple(reversed(self._orders.values()))

    def fills(self) -> tuple[FillRow, ...]:
        """Return the last fills, newest first."""
        return tuple(reversed(self._fills))

    def _note(self, client_id: int, order_id: int, note: str) -> None:
        kept = self._orders.pop((client_id, order_id), None)
        self._orders[client_id, order_id] = OrderRow(
            client_id=client_id,
            order_id=order_id,
            text=kept.text if kept else "",
            status=kept.status if kept else "refused",
            filled=kept.filled if kept else "",
            note=note,
        )
