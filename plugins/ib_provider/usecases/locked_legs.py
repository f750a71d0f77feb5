# SPDX-License-Identifier: Apache-2.0
"""What of a plan may not be traded now, because broker and ledger do not agree about it."""

from __future__ import annotations

from collections.abc import Sequence

from ib_provider.domain.portfolio import Breach, OrderPlan, PlanLeg
from ib_provider.ledger.ledger import Ledger

__all__ = ["locked_legs"]


def locked_legs(ledger: Ledger, plan: OrderPlan, legs: Sequence[PlanLeg]) -> list[Breach]:
    """Return a breach for each leg whose instrument is locked.

    One is locked by a reconciliation or a person; or while nobody knows whether an order of it,
    of another plan, is at the broker.
    """
    locked = {lock.instrument_id: lock.why for lock in ledger.locked_instruments(plan.account)}
    for intent in ledger.unresolved_orders(plan.account):
        if intent.plan_id != plan.plan_id:
            name = ledger.plan(intent.plan_id).legs[intent.leg].instrument_id
            locked[name] = f"nobody knows what became of order {intent.order_ref}"
    return [
        Breach(
            limit="locked",
            subject=leg.instrument_id,
            found=locked[leg.instrument_id],
            allowed="broker and ledger agree",
        )
        for leg in legs
        if leg.instrument_id in locked
    ]
