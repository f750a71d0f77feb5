# SPDX-License-Identifier: Apache-2.0
"""What a rebalance did, from the ledger and what was kept of the market around its orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ib_provider.domain.gate_record import GateRecord
from ib_provider.domain.leg_market import LegMarket
from ib_provider.domain.order import Fill
from ib_provider.domain.portfolio import OrderPlan, PlanLeg
from ib_provider.domain.rebalance_report import LegCosts, LegReport, RebalanceReport
from ib_provider.ledger.intent import Intent, IntentState
from ib_provider.ledger.ledger import Ledger
from ib_provider.rebalance.shortfall import (
    average_price,
    charged,
    currency_rates,
    leg_costs,
    money_unit,
)
from ib_provider.usecases.leg_progress import LegProgress, read_progress

__all__ = ["LegReport", "RebalanceReport", "rebalance_report", "report_of_plan"]

#: An exit is for no price that was decided on: it is measured against none.
_NO_COSTS = LegCosts(value=None, delay=None, trading=None, opportunity=None, fees=None)
_NEVER_ASKED = LegMarket(vwap_problem="the gateway was not asked", end_problem="not asked")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrival:
    """How an order met the market: mid and instant, each None where nobody kept it."""

    price: Decimal | None = None
    sent_at: datetime | None = None


def rebalance_report(
    ledger: Ledger,
    plan_id: str,
    *,
    markets: Mapping[str, LegMarket] | None = None,
    reported_at: datetime | None = None,
) -> RebalanceReport:
    """Return the report of one plan, as far as the ledger knows.

    Args:
        markets: What the market did around each order, by order_ref; see ``measure_market``.
        reported_at: When the market was asked.

    Raises:
        LedgerError: There is no such plan.
    """
    plan = ledger.plan(plan_id)
    gates = ledger.gate_records(plan_id)
    known = markets or {}
    fills: dict[str, tuple[Fill, ...]] = {}
    legs = read_progress(ledger, plan)
    for fill in ledger.fills([order.order_ref for item in legs for order in item.intents]):
        ref = fill.execution.order_ref
        fills[ref] = (*fills.get(ref, ()), fill)
    return RebalanceReport(
        plan=plan,
        legs=tuple(
            _leg_report(
                plan,
                item.leg,
                fills=_together(fills, item),
                progress=item,
                arrival=_arrival(item.intents[0] if item.intents else None, gates),
                market=known.get(item.leg.order_ref, _NEVER_ASKED),
            )
            for item in legs
        ),
        approvals=ledger.approvals(plan_id),
        gates=gates,
        reported_at=reported_at,
        preview=ledger.find_preview(plan_id),
        override=ledger.find_override(plan_id),
    )


def report_of_plan(plan: OrderPlan) -> RebalanceReport:
    """Return the report of a plan of which nothing was sent, kept or not."""
    return RebalanceReport(
        plan=plan,
        legs=tuple(
            _leg_report(plan, leg, fills=(), progress=None, arrival=_Arrival(), market=_NEVER_ASKED)
            for leg in plan.legs
        ),
    )


def _arrival(intent: Intent | None, gates: Sequence[GateRecord]) -> _Arrival:
    """Return what the gates last saw of an order that they then let pass.

    An order that was meant, never left, and was sent by a later try arrived with that one.
    """
    if intent is None:
        return _Arrival()
    for record in reversed(gates):
        for quote in record.quotes:
            if quote.order_ref == intent.order_ref and not record.breaches:
                at = max(intent.created_at, record.at)
                lead = record.clock_lead
                return _Arrival(price=quote.mid, sent_at=None if lead is None else at + lead)
    return _Arrival()


def _together(fills: Mapping[str, tuple[Fill, ...]], item: LegProgress) -> tuple[Fill, ...]:
    """Return the fills of all orders of a leg, oldest first."""
    found = [fill for order in item.intents for fill in fills.get(order.order_ref, ())]
    return tuple(sorted(found, key=lambda fill: (fill.execution.ts, fill.execution.exec_id)))


def _state(progress: LegProgress | None, filled: Decimal) -> str:
    """Return the ledger's word on a leg's last order; ``filled`` when together they filled it."""
    if progress is None or not progress.intents:
        return "not sent"
    if progress.at_work is None and filled == progress.leg.quantity:
        return str(IntentState.FILLED)
    return str(progress.intents[-1].state)


def _message(progress: LegProgress | None) -> str:
    """Return what was last said of a leg, or why it was cut."""
    if progress is None:
        return ""
    return (progress.intents[-1].message if progress.intents else "") or progress.note


def _leg_report(
    plan: OrderPlan,
    leg: PlanLeg,
    *,
    fills: tuple[Fill, ...],
    progress: LegProgress | None,
    arrival: _Arrival,
    market: LegMarket,
) -> LegReport:
    filled, average = average_price(fills)
    commission, commissions, uncharged = charged(fills, currency_rates(plan))
    return LegReport(
        leg=leg,
        state=_state(progress, filled),
        filled=filled,
        executions=fills,
        avg_price=average,
        arrival_price=arrival.price,
        sent_at=arrival.sent_at,
        commission=commission,
        commissions=commissions,
        uncharged=uncharged,
        costs=_NO_COSTS
        if leg.is_exit
        else leg_costs(
            leg,
            unit=money_unit(plan, leg),
            filled=filled,
            average=average,
            arrival=arrival.price,
            market=market,
            fees=None if uncharged else commission,
        ),
        market=market,
        message=_message(progress),
    )
