# SPDX-License-Identifier: Apache-2.0
"""Order intents and the life they may have.

    intended ──► sent ──► working ──► filled
        │          │         │   └──► cancelled
        └──────────┴─────────┴──────► rejected
                   any of the three ─► unknown ─► what the broker says

What is filled, cancelled or rejected stays so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from ib_provider.domain.order import OrderStatus

__all__ = [
    "STATE_OF_STATUS",
    "UNRESOLVED",
    "Intent",
    "IntentState",
    "OrderEvent",
    "is_contradiction",
    "next_state",
]


class IntentState(StrEnum):
    """What is known of an order we meant to send."""

    INTENDED = "intended"
    SENT = "sent"
    WORKING = "working"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    UNKNOWN = "unknown"

    @property
    def is_terminal(self) -> bool:
        """Return whether nothing more can happen to the order."""
        return not NEXT_STATES[self]


_BROKER_SAYS: Final = frozenset(
    {
        IntentState.SENT,
        IntentState.WORKING,
        IntentState.FILLED,
        IntentState.CANCELLED,
        IntentState.REJECTED,
    }
)

#: Nobody knows whether the broker has such an order.
UNRESOLVED: Final = (IntentState.INTENDED, IntentState.UNKNOWN)

#: From a state to those that may follow. Anything else that is said is late, and changes nothing.
NEXT_STATES: Final[Mapping[IntentState, frozenset[IntentState]]] = {
    IntentState.INTENDED: _BROKER_SAYS | {IntentState.UNKNOWN},
    IntentState.SENT: (_BROKER_SAYS | {IntentState.UNKNOWN}) - {IntentState.SENT},
    IntentState.WORKING: frozenset(
        {
            IntentState.FILLED,
            IntentState.CANCELLED,
            IntentState.REJECTED,
            IntentState.UNKNOWN,
        }
    ),
    IntentState.UNKNOWN: _BROKER_SAYS,
    IntentState.FILLED: frozenset(),
    IntentState.CANCELLED: frozenset(),
    IntentState.REJECTED: frozenset(),
}

#: Ends that cannot both be true. A refused order is reported as rejected and as cancelled, in
#: either order, so those two agree.
_CONTRADICTIONS: Final = frozenset(
    {
        (IntentState.FILLED, IntentState.CANCELLED),
        (IntentState.FILLED, IntentState.REJECTED),
        (IntentState.CANCELLED, IntentState.FILLED),
        (IntentState.REJECTED, IntentState.FILLED),
    }
)

#: IB's statuses. ``Inactive`` may wake again, so it works.
STATE_OF_STATUS: Final[Mapping[OrderStatus, IntentState]] = {
    OrderStatus.API_PENDING: IntentState.SENT,
    OrderStatus.PENDING_SUBMIT: IntentState.SENT,
    OrderStatus.PRE_SUBMITTED: IntentState.WORKING,
    OrderStatus.SUBMITTED: IntentState.WORKING,
    OrderStatus.PENDING_CANCEL: IntentState.WORKING,
    OrderStatus.INACTIVE: IntentState.WORKING,
    OrderStatus.API_CANCELLED: IntentState.CANCELLED,
    OrderStatus.CANCELLED: IntentState.CANCELLED,
    OrderStatus.FILLED: IntentState.FILLED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One order that was meant to be sent, and what is known of it since. Times in UTC.

    Attributes:
        leg: Its place among the plan's legs.
        attempt: From 1: which order of the leg it is.
        quantity: What was sent of the leg.
        limit_price: Likewise.
        order_id: The client's id it was first sent under.
        perm_id: The account-wide id; 0 until IB has given one.
        filled: Units, as the broker's order status counts them; never falls.
        message: The last thing the broker, or we, had to say of it.
        called_off_at: When we asked for its cancel because its time was over; None where we did
            not.
    """

    order_ref: str
    plan_id: str
    leg: int
    attempt: int
    quantity: Decimal
    limit_price: Decimal
    order_id: int
    client_id: int
    perm_id: int
    state: IntentState
    filled: Decimal
    avg_fill_price: Decimal | None
    message: str
    created_at: datetime
    updated_at: datetime
    called_off_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvent:
    """One line of the audit: what was said of an order, and what it changed.

    Attributes:
        former: The state before; None for the intent itself.
        state: The state that was reported.
        applied: False where the report contradicted the ledger and changed nothing.
    """

    order_ref: str
    at: datetime
    former: IntentState | None
    state: IntentState
    applied: bool
    perm_id: int
    filled: Decimal | None
    message: str


def next_state(current: IntentState, said: IntentState) -> IntentState:
    """Return the state after ``said`` was reported: ``current`` where the report is late."""
    return said if said in NEXT_STATES[current] else current


def is_contradiction(current: IntentState, said: IntentState) -> bool:
    """Return whether a report cannot be true beside what the ledger knows."""
    return (current, said) in _CONTRADICTIONS
