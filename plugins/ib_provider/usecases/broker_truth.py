# SPDX-License-Identifier: Apache-2.0
"""What the broker itself says of our orders, by order_ref: the answer before any resend.

Three questions, because each alone forgets: open orders forget what is done, completed orders
forget what is working, executions forget what never traded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.order import Fill, OrderState, OrderStatus
from ib_provider.errors import LedgerError, LedgerUnavailable
from ib_provider.ledger.ledger import Ledger
from ib_provider.usecases.preview_plan import order_of

__all__ = ["BrokerTruth", "read_broker_truth", "settle"]

#: Earlier than any execution.
_BEFORE_ANY: Final = datetime(1980, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerTruth:
    """Orders and fills of every client of the login, by order_ref.

    Attributes:
        completed: The orders that the broker counts as done, whatever their status says.
    """

    orders: dict[str, OrderState]
    fills: dict[str, tuple[Fill, ...]]
    completed: frozenset[str]

    def knows(self, order_ref: str) -> bool:
        """Return whether the broker has ever heard of an order, as far as it still tells."""
        return order_ref in self.orders or order_ref in self.fills

    def ids_of(self, order_ref: str) -> tuple[int, int]:
        """Return the order id and client id of a known order; 0 where IB no longer tells."""
        state = self.orders.get(order_ref)
        if state is not None and state.order_id:
            return state.order_id, state.client_id
        for fill in self.fills.get(order_ref, ()):
            return fill.execution.order_id, fill.execution.client_id
        return 0, 0

    def is_settled(self, order_ref: str) -> bool:
        """Return whether nothing more will happen to an order."""
        state = self.orders.get(order_ref)
        return state is not None and (state.status.is_terminal or order_ref in self.completed)

    def is_refused(self, order_ref: str) -> bool:
        """Return whether an order ended without being filled or cancelled: IB calls it inactive."""
        state = self.orders.get(order_ref)
        return (
            order_ref in self.completed
            and state is not None
            and state.status is OrderStatus.INACTIVE
        )


async def read_broker_truth(
    client: IbClient, *, whole_log: bool = False, commission_wait_s: float = 2.0
) -> BrokerTruth:
    """Ask for open orders, completed orders and executions, in the order that misses nothing.

    An order that fills between two questions is then seen by the later one. Orders are those of
    every client id; executions may be the asking client id's own only, as the gateway decides: who
    wants fills asks under the id that sent the orders.

    Args:
        whole_log: Executions as far back as the gateway keeps them, which may be a week, and not
            of today alone: for who may have been away over a weekend.
        commission_wait_s: How long to wait for commissions that trail their executions.

    Raises:
        RequestTimeout: One question went unanswered: the truth is not known.
    """
    working = await client.open_orders()
    completed = await client.completed_orders()
    executions = await client.executions(
        since=_BEFORE_ANY if whole_log else None, commission_wait_s=commission_wait_s
    )
    orders = {state.order.order_ref: state for state in working}
    orders |= {state.order.order_ref: state for state in completed}
    orders.pop("", None)
    fills: dict[str, tuple[Fill, ...]] = {}
    for fill in executions:
        if ref := fill.execution.order_ref:
            fills[ref] = (*fills.get(ref, ()), fill)
    done = frozenset(state.order.order_ref for state in completed)
    return BrokerTruth(orders=orders, fills=fills, completed=done)


def settle(ledger: Ledger, order_refs: Iterable[str], truth: BrokerTruth) -> int:
    """Write what the broker says of these orders into the ledger.

    Returns:
        How many fills the ledger did not hold yet.

    Raises:
        LedgerError: Some of it contradicts the ledger. All else is written down: no execution is
            lost because the state of its order, or another order, is not believed.
        LedgerUnavailable: Some of it may not be written down; worth a retry.
    """
    at = datetime.now(UTC)
    new, problems = 0, []
    for ref in order_refs:
        fills = truth.fills.get(ref, ())
        try:
            _settle_state(ledger, ref, truth, at)
        except LedgerUnavailable:
            raise
        except LedgerError as error:
            problems.append(str(error))
        for fill in fills:
            try:
                new += ledger.record_fill(fill)
            except LedgerUnavailable:
                raise
            except LedgerError as error:
                problems.append(str(error))
        if fills and ref not in truth.orders:
            _settle_by_fills(ledger, ref, at)
    if problems:
        raise LedgerError("; ".join(problems))
    return new


def _settle_state(ledger: Ledger, order_ref: str, truth: BrokerTruth, at: datetime) -> None:
    state = truth.orders.get(order_ref)
    if state is None:
        return
    ledger.record_state(order_ref, state, at)
    if truth.is_refused(order_ref):
        reason = state.warning or state.why_held or "inactive at the broker"
        ledger.record_rejected(order_ref, 0, reason, at)


def _settle_by_fills(ledger: Ledger, order_ref: str, at: datetime) -> None:
    """Write down that an order is filled of which the broker still tells the executions alone.

    It forgets orders that are done overnight; fills of the whole quantity are its end all the same.
    """
    intent = ledger.find_intent(order_ref)
    if intent is None or intent.state.is_terminal:
        return
    plan = ledger.plan(intent.plan_id)
    leg = plan.legs[intent.leg]
    order = replace(order_of(plan, leg), order_ref=order_ref, quantity=intent.quantity)
    fills = ledger.fills([order_ref])
    filled = sum((fill.execution.quantity for fill in fills), Decimal(0))
    if filled != intent.quantity:
        return
    paid = sum((fill.execution.quantity * fill.execution.price for fill in fills), Decimal(0))
    state = OrderState(
        order_id=intent.order_id,
        perm_id=fills[-1].execution.perm_id,
        client_id=intent.client_id,
        contract=leg.contract,
        order=order,
        status=OrderStatus.FILLED,
        filled=filled,
        remaining=Decimal(0),
        avg_fill_price=paid / filled,
    )
    ledger.record_state(order_ref, state, at)
