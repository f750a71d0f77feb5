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
from ib_provider.domain.rebalance_report import LegReport, RebalanceReport
from ib_provider.ledger.intent import Intent, IntentState
from ib_provider.ledger.ledger import Ledger
from ib_provider.rebalance.shortfall import (
    average_price,
    charged,
    currency_rates,
    leg_costs,
    money_unit,
)

__all__ = ["LegReport", "RebalanceReport", "rebalance_report", "report_of_plan"]

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
    orders: dict[str, tuple[Intent, ...]] = {}
    for intent in ledger.intents(plan_id):
        orders[intent.order_ref] = (*orders.get(intent.order_ref, ()), intent)
    gates = ledger.gate_records(plan_id)
    return RebalanceReport(
        plan=plan,
        legs=tuple(
            _leg_report(
                plan,
                leg,
                orders=orders.get(leg.order_ref, ()),
                fills=ledger.fills([order.order_ref for order in orders.get(leg.order_ref, ())]),
                gates=gates,
                market=(markets or {}).get(leg.order_ref, _NEVER_ASKED),
            )
            for leg in plan.legs
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
            _leg_report(plan, leg, orders=(), fills=(), gates=(), market=_NEVER_ASKED)
            for leg in plan.legs
        ),
    )


def _arrival(orders: Sequence[Intent], gates: Sequence[GateRecord]) -> _Arrival:
    """Return what the gates last saw of a leg's first order, which they then let pass.

    An order that was meant, never left, and was sent by a later try arrived with that one.
    """
    if not orders:
        return _Arrival()
    first = orders[0]
    for record in reversed(gates):
        for quote in record.quotes:
            if quote.order_ref == first.order_ref and not record.breaches:
                at = max(first.created_at, record.at)
                lead = record.clock_lead
                return _Arrival(price=quote.mid, sent_at=None if lead is None else at + lead)
    return _Arrival()


def _leg_report(
    plan: OrderPlan,
    leg: PlanLeg,
    *,
    orders: Sequence[Intent],
    fills: tuple[Fill, ...],
    gates: Sequence[GateRecord],
    market: LegMarket,
) -> LegReport:
    filled, average = average_price(fills)
    commission, commissions, uncharged = charged(fills, currency_rates(plan))
    arrival = _arrival(orders, gates)
    return LegReport(
        leg=leg,
        state=_state(leg, orders, filled),
        filled=filled,
        executions=fills,
        avg_price=average,
        arrival_price=arrival.price,
        sent_at=arrival.sent_at,
        commission=commission,
        commissions=commissions,
        uncharged=uncharged,
        costs=leg_costs(
            leg,
            unit=money_unit(plan, leg),
            filled=filled,
            average=average,
            arrival=arrival.price,
            market=market,
            fees=None if uncharged else commission,
        ),
        market=market,
        message=orders[-1].message if orders else "",
    )


def _state(leg: PlanLeg, orders: Sequence[Intent], filled: Decimal) -> str:
    """Return the ledger's word on a leg's last order, ``filled`` when together they filled it."""
    if not orders:
        return "not sent"
    if filled == leg.quantity and all(order.state.is_terminal for order in orders):
        return IntentState.FILLED.value
    return orders[-1].state.value
