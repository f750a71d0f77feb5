# SPDX-License-Identifier: Apache-2.0
"""What is wrong with one order, by the ledger and the broker's word. Asks nobody, writes nothing.

Rules:
    * What cannot be true at once comes before all else: an order that is over here and works
      there, one that works here and is nowhere there, one that is there twice, executions that are
      not what was filled.
    * Most of that is also seen for a moment while an order moves, for the broker is asked one
      question after another: it is marked, and counts when it stands in several looks.
    * An execution that was corrected may change what is filled: such an order is not counted out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from ib_provider.domain.order import Fill, OrderState, OrderStatus
from ib_provider.ledger.fills import execution_family
from ib_provider.ledger.intent import UNRESOLVED, Intent, IntentState
from ib_provider.usecases.broker_truth import BrokerTruth

__all__ = ["ConcernKind", "OrderConcern", "judge_order"]

#: An order that is being sent has no answer yet.
_ON_ITS_WAY: Final = timedelta(minutes=2)


class ConcernKind(StrEnum):
    """What needs a person."""

    SHORT = "ended short"
    INACTIVE = "inactive"
    LATE = "late"
    UNKNOWN = "unknown"
    UNRECORDED = "unrecorded"
    CONTRADICTION = "contradiction"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderConcern:
    """One thing that needs a person: about an order, or an instrument.

    Attributes:
        may_pass: It is also seen for a moment where nothing is wrong.
    """

    kind: ConcernKind
    subject: str
    text: str
    may_pass: bool = False

    @property
    def key(self) -> str:
        """Return what is the same for the same concern, seen again."""
        return f"{self.kind}: {self.subject}"

    def __str__(self) -> str:
        return f"{self.key}: {self.text}"


def judge_order(
    intent: Intent,
    truth: BrokerTruth,
    *,
    fills: tuple[Fill, ...],
    working: Iterable[OrderState],
    now: datetime,
    late_after: timedelta,
    beside: Decimal | None = None,
) -> OrderConcern | None:
    """Return what is wrong with an order that was open, or of which the broker still tells.

    Args:
        intent: The broker's truth written down.
        fills: Of the ledger, as last corrected.
        working: What works at the broker under the order's order_ref.
        late_after: An order that has been out for longer is late.
        beside: Of an exit, which is never late: what the other one traded; it ends, or lessens,
            this one.
    """
    ref, age = intent.order_ref, now - intent.created_at
    if text := _doubled(intent, working):
        return _contradiction(ref, text, may_pass=False)
    if text := _outlived(intent, truth) or _miscounted(intent, truth, fills, beside or Decimal(0)):
        return _contradiction(ref, text)
    if intent.state.is_terminal:
        return _short(intent, fills, beside or Decimal(0))
    state, kind, text = truth.orders.get(ref), None, ""
    if state is None:
        return _missing(intent, fills) if age > _ON_ITS_WAY else None
    if state.status is OrderStatus.INACTIVE:
        kind = ConcernKind.INACTIVE
        text = state.warning or state.why_held or "the broker gives no reason"
    elif age > late_after and beside is None:
        kind, text = ConcernKind.LATE, f"out since {_since(intent)}"
    return OrderConcern(kind=kind, subject=ref, text=text) if kind else None


def _contradiction(order_ref: str, text: str, *, may_pass: bool = True) -> OrderConcern:
    kind = ConcernKind.CONTRADICTION
    return OrderConcern(kind=kind, subject=order_ref, text=text, may_pass=may_pass)


def _doubled(intent: Intent, working: Iterable[OrderState]) -> str:
    """Return that another order works under the order's own name; empty where none does."""
    others = [one.perm_id for one in working if one.perm_id not in (0, intent.perm_id)]
    if not intent.perm_id or not others:
        return ""
    return f"at the broker twice: permId {intent.perm_id}, and permId {others[0]} works"


def _outlived(intent: Intent, truth: BrokerTruth) -> str:
    """Return how an order works at the broker that is over in the ledger; empty where none does."""
    state = truth.orders.get(intent.order_ref)
    if state is None or not intent.state.is_terminal or truth.is_settled(intent.order_ref):
        return ""
    # What was refused may be shown for the rest of the day.
    if intent.state is IntentState.REJECTED and state.status is OrderStatus.INACTIVE:
        return ""
    return (
        f"{intent.state} in the ledger, and works at the broker: {state.status}, "
        f"{state.filled} of {state.order.quantity} filled"
    )


def _miscounted(
    intent: Intent, truth: BrokerTruth, fills: tuple[Fill, ...], beside: Decimal
) -> str:
    """Return how executions are not what was filled; empty where they are, or nobody can say."""
    ref, executed = intent.order_ref, _executed(fills)
    state, text = truth.orders.get(ref), ""
    if any(execution_family(fill.execution.exec_id)[1] > 1 for fill in fills):
        pass
    elif intent.state is IntentState.FILLED:
        if executed not in (intent.quantity, intent.quantity - beside):
            text = f"filled, {executed} of {intent.quantity} by its executions"
    elif intent.state.is_terminal and executed == intent.quantity:
        text = f"{intent.state} in the ledger, {executed} of {executed} filled by its executions"
    # A list of what is done need not say how much of a cancelled order was filled.
    elif state is None or (not state.filled and ref in truth.completed):
        pass
    elif executed != state.filled:
        text = f"{state.filled} filled by its status, {executed} by its executions"
    return text


def _missing(intent: Intent, fills: tuple[Fill, ...]) -> OrderConcern:
    """Return what is to be said of an order that the broker does not list."""
    if intent.state in UNRESOLVED and not fills:
        text = f"{intent.state} since {_since(intent)}, and no trace of it"
        kind = ConcernKind.UNKNOWN
        return OrderConcern(kind=kind, subject=intent.order_ref, text=text, may_pass=True)
    text = f"{intent.state} in the ledger since {_since(intent)}, and the broker has no such order"
    filled = f"{_executed(fills)} of {intent.quantity} filled by" if fills else "nor any of"
    return _contradiction(intent.order_ref, f"{text}; {filled} its executions")


def _short(intent: Intent, fills: tuple[Fill, ...], beside: Decimal) -> OrderConcern | None:
    """Return that an order ended before it was filled, unless it is known why."""
    if intent.state is IntentState.FILLED:
        return None
    if intent.state is IntentState.CANCELLED and intent.called_off_at is not None:
        return None  # by us: the rest is sent again, or stands in the plan's report
    if intent.state is IntentState.CANCELLED and beside and _is_ended(intent, fills, beside):
        return None  # by the other exit
    reason = f": {intent.message}" if intent.message else ""
    text = f"{intent.state} at the broker, {_executed(fills)} filled{reason}"
    return OrderConcern(kind=ConcernKind.SHORT, subject=intent.order_ref, text=text)


def _is_ended(intent: Intent, fills: tuple[Fill, ...], beside: Decimal) -> bool:
    return _executed(fills) + beside >= intent.quantity


def _executed(fills: tuple[Fill, ...]) -> Decimal:
    return sum((fill.execution.quantity for fill in fills), Decimal(0))


def _since(intent: Intent) -> str:
    return f"{intent.created_at:%F %T} UTC"
