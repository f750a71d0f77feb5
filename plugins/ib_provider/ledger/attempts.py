# SPDX-License-Identifier: Apache-2.0
"""What keeps the orders of one leg, one after the other, from being more than the leg."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, select

from ib_provider.domain.portfolio import OrderPlan, PlanLeg
from ib_provider.errors import LedgerError
from ib_provider.ledger.fills import standing_fills
from ib_provider.ledger.intent import NEXT_STATES, Intent, IntentState
from ib_provider.ledger.schema import leg_size, order_intent

__all__ = ["executed", "leg_part", "refuse_excess"]

_DONE: Final = frozenset(state for state, after in NEXT_STATES.items() if not after)


def leg_part(plan: OrderPlan, leg: PlanLeg) -> int | None:
    """Return which leg of a plan an order is a part of; None where it is of none, or exceeds it."""
    for index, known in enumerate(plan.legs):
        if known.instrument_id == leg.instrument_id and _is_part(known, leg):
            return index
    return None


def _is_part(known: PlanLeg, leg: PlanLeg) -> bool:
    same = replace(
        leg,
        quantity=known.quantity,
        limit_price=known.limit_price,
        attempt=known.attempt,
        order_ref=known.order_ref,
    )
    worse = known.side.sign * (leg.limit_price - known.limit_price)
    return (
        same == known
        and 0 < leg.quantity <= known.quantity
        and worse <= 0
        and leg.limit_price > 0
        and leg.attempt >= 1
        and (leg.attempt == 1) == (leg.order_ref == known.order_ref)
    )


def refuse_excess(connection: Connection, intent: Intent, leg: PlanLeg) -> None:
    """Refuse an order beside another of its leg, or for more than what is left of it.

    Raises:
        LedgerError: The leg's orders before are not all done, one is missing, or what they traded
            and this one are more than the leg, or than what it was cut to.
    """
    columns = order_intent.c
    rows = connection.execute(
        select(columns.order_ref, columns.attempt, columns.state, columns.filled)
        .where(columns.plan_id == intent.plan_id, columns.leg == intent.leg)
        .where(columns.order_ref != intent.order_ref)
        .order_by(columns.attempt)
    ).all()
    ref = intent.order_ref
    if [row.attempt for row in rows] != list(range(1, intent.attempt)):
        raise LedgerError(f"order {ref} is attempt {intent.attempt} at a leg of {len(rows)} before")
    spent = Decimal(0)
    for row in rows:
        if IntentState(row.state) not in _DONE:
            raise LedgerError(f"order {ref} would work beside {row.order_ref}, which is not done")
        spent += executed(connection, row.order_ref, row.filled)
    size = connection.execute(
        select(leg_size.c.quantity).where(
            leg_size.c.plan_id == intent.plan_id, leg_size.c.leg == intent.leg
        )
    ).scalar_one_or_none()
    allowed = leg.quantity if size is None else min(size, leg.quantity)
    if not (spent + intent.quantity <= allowed):
        raise LedgerError(
            f"order {ref} for {intent.quantity}: {spent} of {allowed} were traded before"
        )


def executed(connection: Connection, order_ref: str, told: Decimal) -> Decimal:
    """Return what an order traded: the larger of its status's word and of its executions.

    A correction may take executions back that the status still counts. What is left is then sent
    by nobody: too little is mended by the next plan, too much is not.
    """
    units = sum(
        (fill.execution.quantity for fill in standing_fills(connection, [order_ref])), Decimal(0)
    )
    return max(units, told)
