# SPDX-License-Identifier: Apache-2.0
"""Orders and trades as the simulated exchange keeps them, and what happens to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from ib_provider.domain.order import OrderStatus, Side
from ib_provider.wire.messages import WireOrder

__all__ = [
    "Charged",
    "Event",
    "Executed",
    "Notice",
    "OrderKey",
    "OrderShown",
    "SimOrder",
    "StatusShown",
    "Trade",
    "ended",
    "shown",
]

_CANCELLED_TEXT: Final = "Order Canceled - reason:"
_OPEN: Final = (OrderStatus.PRE_SUBMITTED, OrderStatus.SUBMITTED, OrderStatus.PENDING_CANCEL)

OrderKey = tuple[int, int]
"""Client id and order id: order ids are a space of each client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimOrder:
    """One order.

    Attributes:
        exchange: Where the client routed it.
        session: The session it trades in; a DAY order ends with it.
        working: At the exchange, not waiting for the open.
        triggered: A stop whose price has been reached.
        eligible_at: Simulated instant before which it cannot fill; None until one is set.
        traded_value: Sum of shares times price so far.
        ended_at: When it reached its last status.
        reason: Why it ended, for the list of completed orders.
    """

    client_id: int
    order_id: int
    perm_id: int
    con_id: int
    exchange: str
    terms: WireOrder
    status: OrderStatus
    quantity: Decimal
    session: date
    placed_at: datetime
    working: bool = False
    triggered: bool = False
    eligible_at: datetime | None = None
    filled: Decimal = Decimal(0)
    traded_value: Decimal = Decimal(0)
    last_price: Decimal = Decimal(0)
    ended_at: datetime | None = None
    reason: str = ""

    @property
    def key(self) -> OrderKey:
        """Return the client's id and its id for the order."""
        return self.client_id, self.order_id

    @property
    def side(self) -> Side:
        """Return whether it buys or sells."""
        return Side(self.terms.action)

    @property
    def remaining(self) -> Decimal:
        """Return the shares not traded."""
        return self.quantity - self.filled

    @property
    def avg_price(self) -> Decimal:
        """Return the mean price of what traded, zero before that, to eight decimals."""
        if not self.filled:
            return Decimal(0)
        return (self.traded_value / self.filled).quantize(Decimal("1e-8"))

    @property
    def is_open(self) -> bool:
        """Return whether it may still trade and is shown as an open order."""
        return self.status in _OPEN

    @property
    def is_held(self) -> bool:
        """Return whether it was sent with transmit false and waits to be sent again."""
        return self.status is OrderStatus.API_PENDING

    @property
    def why_held(self) -> str:
        """Return IB's word for what an order waits for."""
        waiting = self.terms.order_type.startswith("STP") and not self.triggered
        return "trigger" if self.is_open and waiting else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One execution, with what it cost."""

    exec_id: str
    client_id: int
    order_id: int
    perm_id: int
    con_id: int
    order_ref: str
    side: Side
    shares: Decimal
    price: Decimal
    at: datetime
    exchange: str
    cum_quantity: Decimal
    avg_price: Decimal
    commission: Decimal
    realized_pnl: Decimal | None


@dataclass(frozen=True, slots=True)
class OrderShown:
    """The owner is shown the order in full."""

    order: SimOrder


@dataclass(frozen=True, slots=True)
class StatusShown:
    """The owner is shown the order's status, under the id of the client that caused it."""

    order: SimOrder
    by_client: int


@dataclass(frozen=True, slots=True)
class Executed:
    """Shares traded."""

    trade: Trade


@dataclass(frozen=True, slots=True)
class Charged:
    """The commission of a trade is known."""

    trade: Trade


@dataclass(frozen=True, slots=True)
class Notice:
    """An error or warning about an order id."""

    client_id: int
    order_id: int
    code: int
    message: str


Event = OrderShown | StatusShown | Executed | Charged | Notice


def shown(order: SimOrder) -> tuple[Event, Event]:
    """Return an order shown to its owner as a real gateway does: in full, then its status."""
    return OrderShown(order), StatusShown(order, order.client_id)


def ended(order: SimOrder, by_client: int) -> list[Event]:
    """Return the cancellation of an order told to its owner, and to who cancelled it."""
    told = sorted({order.client_id, by_client})
    return [
        StatusShown(order, by_client),
        *(Notice(client, order.order_id, 202, _CANCELLED_TEXT) for client in told),
    ]
