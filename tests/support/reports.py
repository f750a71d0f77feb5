# SPDX-License-Identifier: Apache-2.0
"""Builders of reports for tests of what a rebalance cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ib_provider.domain.gate_record import GateRecord, SeenQuote
from ib_provider.domain.leg_market import LegMarket
from ib_provider.domain.limits import Breach
from ib_provider.domain.order import Fill
from ib_provider.domain.portfolio import PlanLeg
from ib_provider.domain.rebalance_report import LegReport, RebalanceReport
from ib_provider.rebalance.shortfall import average_price, leg_costs
from tests.support.plans import AT, a_fill, a_leg, a_plan

__all__ = ["GATEWAY_AT", "a_gate_record", "a_leg_report", "a_report", "late_fill"]

#: What the gateway's clock says at ``AT`` of ours: it is a day and a minute behind.
GATEWAY_AT = AT - timedelta(days=1, minutes=1)


def a_gate_record(
    plan_id: str, *legs: PlanLeg, bid: str = "430.00", ask: str = "430.10", breach: str = ""
) -> GateRecord:
    """Build what the gates saw of these legs, and that nothing or one limit broke."""
    found = Breach(limit=breach, subject="AAPL.NASDAQ", found="2 <b>", allowed="1")
    return GateRecord(
        plan_id=plan_id,
        at=AT,
        gateway_at=GATEWAY_AT,
        limits="demo",
        quotes=tuple(
            SeenQuote(
                order_ref=leg.order_ref, bid=Decimal(bid), ask=Decimal(ask), at=AT, kind="live"
            )
            for leg in legs
        ),
        breaches=(found,) if breach else (),
    )


def late_fill(exec_id: str, seconds: float, **more: Any) -> Fill:
    """Build a fill so many seconds after ``GATEWAY_AT``."""
    fill = a_fill(exec_id, **more)
    ts = GATEWAY_AT + timedelta(seconds=seconds)
    return replace(fill, execution=replace(fill.execution, ts=ts))


def a_leg_report(
    leg: PlanLeg,
    *fills: Fill,
    state: str = "filled",
    arrival: str | None = "430.05",
    market: LegMarket | None = None,
    message: str = "",
    sent_at: datetime | None = GATEWAY_AT,
) -> LegReport:
    """Build the report of one leg; its fees are one dollar a fill."""
    filled, average = average_price(fills)
    at = None if arrival is None else Decimal(arrival)
    known = market or LegMarket()
    fees = Decimal(len(fills))
    return LegReport(
        leg=leg,
        state=state,
        filled=filled,
        executions=fills,
        avg_price=average,
        arrival_price=at,
        sent_at=sent_at,
        commission=fees,
        commissions=(("USD", fees),) if fills else (),
        uncharged=0,
        costs=leg_costs(
            leg,
            unit=Decimal(1),
            filled=filled,
            average=average,
            arrival=at,
            market=known,
            fees=fees,
        ),
        market=known,
        message=message,
    )


def a_report(*legs: LegReport, key: str = "2013-03-04", **more: Any) -> RebalanceReport:
    """Build a report of these legs; one whole and one refused by default."""
    whole = a_leg("ibp-demo-AAPL-1", quantity="100")
    refused = a_leg("ibp-demo-AAPL-2", quantity="50")
    legs = legs or (
        a_leg_report(whole, late_fill("0001.01", 2, quantity="100", price="430.25")),
        a_leg_report(refused, state="rejected", arrival=None, message="error 201: <i>no</i>"),
    )
    plan = a_plan(*(leg.leg for leg in legs), key=key)
    return RebalanceReport(plan=plan, legs=legs, **more)
