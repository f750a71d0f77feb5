# SPDX-License-Identifier: Apache-2.0
"""What a rebalance did, from the ledger: each leg with its fills, slippage and commission."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ib_provider.domain.order import Fill
from ib_provider.domain.portfolio import OrderPlan, PlanLeg
from ib_provider.ledger.ledger import Ledger

__all__ = ["LegReport", "RebalanceReport", "rebalance_report"]

_BASIS_POINTS = Decimal(10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegReport:
    """One order and what became of it.

    Attributes:
        state: The ledger's word; ``not sent`` where there is no intent.
        avg_price: Of the fills; None without one.
        slippage_bp: Average fill against arrival price, positive when it cost money.
        commission: In the portfolio's currency, of the reports that have come.
    """

    leg: PlanLeg
    state: str
    filled: Decimal
    fills: int
    avg_price: Decimal | None
    slippage_bp: Decimal | None
    commission: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RebalanceReport:
    """A plan with what became of each leg."""

    plan: OrderPlan
    legs: tuple[LegReport, ...]

    @property
    def fills(self) -> int:
        """Return how many executions the ledger holds for the plan."""
        return sum(leg.fills for leg in self.legs)


def rebalance_report(ledger: Ledger, plan_id: str) -> RebalanceReport:
    """Return the report of one plan, as far as the ledger knows.

    Raises:
        LedgerError: There is no such plan.
    """
    plan = ledger.plan(plan_id)
    states = {intent.order_ref: str(intent.state) for intent in ledger.intents(plan_id)}
    return RebalanceReport(
        plan=plan,
        legs=tuple(
            _leg_report(leg, states.get(leg.order_ref, "not sent"), ledger.fills([leg.order_ref]))
            for leg in plan.legs
        ),
    )


def _leg_report(leg: PlanLeg, state: str, fills: tuple[Fill, ...]) -> LegReport:
    filled = sum((fill.execution.quantity for fill in fills), Decimal(0))
    paid = sum((fill.execution.quantity * fill.execution.price for fill in fills), Decimal(0))
    avg_price = paid / filled if filled else None
    slippage_bp = (
        leg.side.sign * (avg_price - leg.arrival_price) / leg.arrival_price * _BASIS_POINTS
        if avg_price is not None
        else None
    )
    return LegReport(
        leg=leg,
        state=state,
        filled=filled,
        fills=len(fills),
        avg_price=avg_price,
        slippage_bp=slippage_bp,
        commission=sum(
            (fill.commission.commission for fill in fills if fill.commission is not None),
            Decimal(0),
        ),
    )
