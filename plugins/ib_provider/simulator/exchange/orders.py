# SPDX-License-Identifier: Apache-2.0
"""Orders and trades as the simulated exchange keeps them, and what happens to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from ib_provider.domain.order import OrderStatus, Side
from ib_provider.simulator.exchange.order_kinds import Trigger, kind_of
from ib_provider.wire.messages import WireOrder

__all__ = [
    "Bound",
    "Charged",
    "Event",
    "Executed",
    "Held",
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
        began_at: When it last began to work, for those worked over time.
        eligible_at: Simulated instant before which it cannot fill; None until one is set.
        traded_value: Sum of shares times price so far.
        stop, limit: Prices the order made for itself by following the market, or by its first fill.
        waits_for: What keeps it from working, in IB's words: ``child``, ``locate``.
        conditions_met: They held once; they are not asked again.
        cap: Where the broker capped the price of a limit order; zero where it did not.
        by_hand: Entered at the gateway's own screen, not by a client.
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
    began_at: datetime | None = None
    eligible_at: datetime | None = None
    filled: Decimal = Decimal(0)
    traded_value: Decimal = Decimal(0)
    last_price: Decimal = Decimal(0)
    stop: Decimal | None = None
    limit: Decimal | None = None
    waits_for: tuple[str, ...] = ()
    conditions_met: bool = False
    cap: Decimal = Decimal(0)
    by_hand: bool = False
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
        asleep = self.status is OrderStatus.INACTIVE and self.ended_at is None
        return asleep or self.status in _OPEN

    @property
    def is_held(self) -> bool:
        """Return whether it was sent with transmit false and waits to be sent again."""
        return self.status is OrderStatus.API_PENDING

    @property
    def why_held(self) -> str:
        """Return IB's words for what an order waits for."""
        kind = kind_of(self.terms.order_type)
        waiting = kind is not None and kind.trigger is not Trigger.NONE and not self.triggered
        words = (*self.waits_for, *(("trigger",) if waiting else ()))
        return ",".join(words) if self.is_open else ""

    @property
    def account(self) -> str:
        """Return the account it trades for."""
        return self.terms.account

    @property
    def parent_key(self) -> OrderKey | None:
        """Return the order it is attached to, or None."""
        return (self.client_id, self.terms.parent_id) if self.terms.parent_id else None

    @property
    def oca_key(self) -> str:
        """Return what the orders that cancel one another have in common; empty for none.

        The children of one order are a group of their own unless they name another.
        """
        if self.terms.oca_group:
            return f"{self.account}/{self.terms.oca_group}"
        return f"{self.client_id}>{self.terms.parent_id}" if self.terms.parent_id else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One execution, with what it cost. ``exercise_kind`` is IB's number of why an option went."""

    exec_id: str
    client_id: int
    order_id: int
    perm_id: int
    con_id: int
    account: str
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
    liquidity: int = 2
    exercise_kind: int = 0


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
class Bound:
    """An order entered by hand has got a client and an id."""

    order: SimOrder


@dataclass(frozen=True, slots=True)
class Held:
    """An account holds another quantity of a contract, and nothing traded."""

    account: str
    con_id: int


@dataclass(frozen=True, slots=True)
class Notice:
    """An error or warning about an order id."""

    client_id: int
    order_id: int
    code: int
    message: str


Event = OrderShown | StatusShown | Executed | Charged | Bound | Held | Notice


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
