# SPDX-License-Identifier: Apache-2.0
"""What an account's orders are doing, and what of it needs a person. Only reads, and writes down.

Rules:
    * Fills and states that the broker tells are in the ledger before anything is judged.
    * One order whose story contradicts the ledger is named, and keeps no other from being read.
    * An order that ended short, waits inactive, works too long or left no trace needs a person; so
      does an instrument that is locked. Somebody else's order does not: it is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.order import OrderStatus
from ib_provider.errors import LedgerError, WrongAccount
from ib_provider.ledger.intent import Intent, IntentState
from ib_provider.ledger.ledger import Ledger
from ib_provider.rebalance import ORDER_REF_PREFIX
from ib_provider.usecases.broker_truth import BrokerTruth, read_broker_truth, settle
from ib_provider.usecases.progress import Progress, silent

__all__ = ["ConcernKind", "OrderConcern", "OrdersReview", "review_orders"]

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
    """One thing that needs a person: about an order, or an instrument."""

    kind: ConcernKind
    subject: str
    text: str

    @property
    def key(self) -> str:
        """Return what is the same for the same concern, seen again."""
        return f"{self.kind}: {self.subject}"

    def __str__(self) -> str:
        return f"{self.key}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersReview:
    """What was seen.

    Attributes:
        working: Orders of ours that are not done.
        others: Open orders of the account that are not ours.
        new_fills: Fills that the ledger lacked.
        plan_ids: The plans of which the broker told anything, or whose orders were open.
    """

    account: str
    at: datetime
    working: int
    others: int
    new_fills: int
    plan_ids: tuple[str, ...]
    concerns: tuple[OrderConcern, ...]


async def review_orders(
    client: IbClient,
    *,
    ledger: Ledger,
    account: str,
    late_after: timedelta,
    progress: Progress = silent,
) -> OrdersReview:
    """Write down what the broker says of an account's orders; return what needs a person.

    Args:
        client: Under the client id that sent the orders: a gateway may show others less.
        late_after: An order that has been out for longer is late.

    Raises:
        WrongAccount: The login does not hold the account.
        RequestTimeout, ConnectionLost: The broker's truth is not known; nothing was judged.
    """
    if account not in client.managed_accounts:
        raise WrongAccount(account, client.managed_accounts)
    open_before = ledger.orders_of(account, only_open=True)
    truth = await read_broker_truth(client)
    working = [state for state in await client.open_orders() if state.order.account == account]
    ours = set(ledger.orders_of(account))
    told = sorted(ours.intersection({*truth.orders, *truth.fills}))
    new, concerns = _settle(ledger, told, truth)
    now = datetime.now(UTC)
    intents = [
        intent
        for ref in sorted({*told, *open_before})
        if (intent := ledger.find_intent(ref)) is not None
    ]
    for intent in intents:
        is_late = now - intent.created_at > late_after
        if concern := _concern(ledger, intent, truth, now=now, is_late=is_late):
            concerns.append(concern)
    strangers = [state for state in working if state.order.order_ref not in ours]
    concerns += [
        OrderConcern(
            kind=ConcernKind.UNRECORDED,
            subject=state.order.order_ref,
            text="works at the broker, has our mark, and the ledger does not know it",
        )
        for state in strangers
        if state.order.order_ref.startswith(ORDER_REF_PREFIX)
    ]
    concerns += [
        OrderConcern(kind=ConcernKind.LOCKED, subject=lock.instrument_id, text=lock.why)
        for lock in ledger.locked_instruments(account)
    ]
    for concern in concerns:
        progress(str(concern))
    review = OrdersReview(
        account=account,
        at=now,
        working=sum(not intent.state.is_terminal for intent in intents),
        others=len(strangers),
        new_fills=new,
        plan_ids=tuple(sorted({intent.plan_id for intent in intents})),
        concerns=tuple(concerns),
    )
    progress(
        f"{account}: {review.working} order(s) at work, {review.others} of others, "
        f"{new} new fill(s), {len(concerns)} concern(s)"
    )
    return review


def _settle(
    ledger: Ledger, order_refs: list[str], truth: BrokerTruth
) -> tuple[int, list[OrderConcern]]:
    """Write down each order's story; return how many fills were new, and what contradicts."""
    new, concerns = 0, []
    for ref in order_refs:
        try:
            new += settle(ledger, [ref], truth)
        except LedgerError as error:
            concerns.append(
                OrderConcern(kind=ConcernKind.CONTRADICTION, subject=ref, text=str(error))
            )
    return new, concerns


def _concern(
    ledger: Ledger, intent: Intent, truth: BrokerTruth, *, now: datetime, is_late: bool
) -> OrderConcern | None:
    """Return what is wrong with an order that was open, or of which the broker still tells."""
    ref, since = intent.order_ref, f"{intent.created_at:%F %T} UTC"
    state = truth.orders.get(ref)
    kind, text = None, ""
    if intent.state is IntentState.FILLED:
        pass
    elif intent.state is IntentState.CANCELLED and intent.called_off_at is not None:
        pass  # by us: the rest is sent again, or stands in the plan's report
    elif intent.state.is_terminal:
        filled = sum(fill.execution.quantity for fill in ledger.fills([ref]))
        reason = f": {intent.message}" if intent.message else ""
        kind, text = ConcernKind.SHORT, f"{intent.state} at the broker, {filled} filled{reason}"
    elif not truth.knows(ref):
        if now - intent.created_at > _ON_ITS_WAY:
            kind, text = ConcernKind.UNKNOWN, f"{intent.state} since {since}, and no trace of it"
    elif state is not None and state.status is OrderStatus.INACTIVE:
        reason = state.warning or state.why_held or "the broker gives no reason"
        kind, text = ConcernKind.INACTIVE, reason
    elif is_late:
        kind, text = ConcernKind.LATE, f"out since {since}"
    return None if kind is None else OrderConcern(kind=kind, subject=ref, text=text)
