# SPDX-License-Identifier: Apache-2.0
"""What a rebalance did, from the ledger: each leg with its fills, slippage and commission."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ib_provider.domain.order import Fill
from ib_provider.domain.portfolio import OrderPlan, PlanLeg
from ib_provider.ledger.intent import IntentState
from ib_provider.ledger.ledger import Ledger
from ib_provider.usecases.leg_progress import LegProgress, read_progress

__all__ = ["LegReport", "RebalanceReport", "rebalance_report"]

_BASIS_POINTS = Decimal(10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegReport:
    """One leg and what became of it.

    Attributes:
        state: The ledger's word on its last order, ``filled`` when together they filled it; ``not
            sent`` where there is none.
        avg_price: Of the fills; None without one.
        slippage_bp: Average fill against arrival price, positive when it cost money.
        shortfall: The same in money, in the contract's currency: the implementation shortfall of
            what was filled, commission apart.
        commission: In the portfolio's currency, of the reports that have come.
        uncharged: Fills whose commission has not come: where there are any, it is not all of it.
        message: The last thing the broker had to say of the order, such as why it refused it.
    """

    leg: PlanLeg
    state: str
    filled: Decimal
    fills: int
    avg_price: Decimal | None
    slippage_bp: Decimal | None
    commission: Decimal
    shortfall: Decimal | None = None
    uncharged: int = 0
    message: str = ""


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
    return RebalanceReport(
        plan=plan,
        legs=tuple(
            _leg_report(item, ledger.fills([order.order_ref for order in item.intents]))
            for item in read_progress(ledger, plan)
        ),
    )


def _state(item: LegProgress, filled: Decimal) -> str:
    if not item.intents:
        return "not sent"
    if item.at_work is None and filled == item.leg.quantity:
        return str(IntentState.FILLED)
    return str(item.intents[-1].state)


def _leg_report(item: LegProgress, fills: tuple[Fill, ...]) -> LegReport:
    leg = item.leg
    filled = sum((fill.execution.quantity for fill in fills), Decimal(0))
    paid = sum((fill.execution.quantity * fill.execution.price for fill in fills), Decimal(0))
    avg_price = paid / filled if filled else None
    slippage_bp = shortfall = None
    if avg_price is not None:
        worse = leg.side.sign * (avg_price - leg.arrival_price)
        slippage_bp = worse / leg.arrival_price * _BASIS_POINTS
        shortfall = worse * filled * Decimal(leg.contract.multiplier or 1)
    return LegReport(
        leg=leg,
        state=_state(item, filled),
        filled=filled,
        fills=len(fills),
        avg_price=avg_price,
        slippage_bp=slippage_bp,
        commission=sum(
            (fill.commission.commission for fill in fills if fill.commission is not None),
            Decimal(0),
        ),
        shortfall=shortfall,
        uncharged=sum(fill.commission is None for fill in fills),
        message=(item.intents[-1].message if item.intents else "") or item.note,
    )
