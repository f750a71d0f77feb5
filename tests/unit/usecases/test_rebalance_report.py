# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ib_provider.domain.leg_market import LegMarket
from ib_provider.domain.order import OrderStatus
from ib_provider.ledger.ledger import Ledger
from ib_provider.usecases.rebalance_report import rebalance_report
from tests.support.desk_home import home_settings, open_ledger
from tests.support.plans import AT, a_leg, a_plan, a_state
from tests.support.reports import GATEWAY_AT, a_gate_record, late_fill

LEG = a_leg(quantity="100")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """Return an empty ledger."""
    return open_ledger(home_settings(tmp_path))


def _sent(ledger: Ledger, *, seen: bool = True) -> str:
    """Plan, check and send one order; return the plan's id."""
    plan = ledger.save_plan(a_plan(LEG))
    if seen:
        ledger.record_gates(a_gate_record(plan.plan_id, LEG, bid="430.00", ask="430.10"))
    ledger.intend(LEG, plan=plan, order_id=5, client_id=1, at=AT + timedelta(seconds=1))
    return plan.plan_id


def test_report_measures_against_the_mid_that_the_gates_saw(ledger: Ledger) -> None:
    """Decided at 430.025, sent at 430.05 on the gateway's clock, 100 had at 430.20, for 1.05.

    2.50 of delay, 15.00 of trading and 1.05 are 18.55; the first fill took 4 s, the last 9.
    """
    plan_id = _sent(ledger)
    ledger.record_fill(late_fill("1.01", 5, quantity="40", price="430.20", commission="0.55"))
    ledger.record_fill(late_fill("2.01", 10, quantity="60", price="430.20", commission="0.50"))
    ledger.record_state(LEG.order_ref, a_state(LEG, OrderStatus.FILLED, filled="100"), AT)
    (leg,) = rebalance_report(ledger, plan_id).legs
    assert (leg.arrival_price, leg.sent_at) == (Decimal("430.05"), GATEWAY_AT + timedelta(0, 1))
    assert (leg.costs.delay, leg.costs.trading, leg.costs.fees) == (
        Decimal("2.5"),
        15,
        Decimal("1.05"),
    )
    assert leg.shortfall == Decimal("18.55")
    assert (leg.first_fill_s, leg.last_fill_s) == (4, 9)
    assert leg.slippage_bp is not None
    assert round(leg.slippage_bp, 3) == Decimal("3.488")  # 0.15 of 430.05


def test_report_of_an_order_that_no_gate_saw_knows_no_arrival(ledger: Ledger) -> None:
    """The decision's price stands in, and neither delay nor times are made up."""
    plan_id = _sent(ledger, seen=False)
    ledger.record_fill(late_fill("1.01", 5, quantity="100", price="430.20", commission="1"))
    (leg,) = rebalance_report(ledger, plan_id).legs
    assert (leg.arrival_price, leg.sent_at, leg.first_fill_s) == (None, None, None)
    assert (leg.costs.delay, leg.costs.trading) == (None, Decimal("17.5"))
    assert leg.shortfall == Decimal("18.5")


def test_report_counts_arrival_from_the_try_that_sent_the_order(ledger: Ledger) -> None:
    """The gates refused it at first; a later try saw another market and let it pass."""
    plan = ledger.save_plan(a_plan(LEG))
    refused = a_gate_record(plan.plan_id, LEG, bid="400", ask="401", breach="max_orders")
    later = a_gate_record(plan.plan_id, LEG, bid="430.40", ask="430.60")
    ledger.record_gates(refused)
    ledger.intend(LEG, plan=plan, order_id=5, client_id=1, at=AT)
    minute = timedelta(minutes=1)
    ledger.record_gates(replace(later, at=AT + minute, gateway_at=GATEWAY_AT + minute))
    report = rebalance_report(ledger, plan.plan_id)
    assert report.legs[0].arrival_price == Decimal("430.5")
    assert report.legs[0].sent_at == GATEWAY_AT + minute
    assert [bool(record.breaches) for record in report.gates] == [True, False]


def test_report_without_a_commission_knows_no_shortfall(ledger: Ledger) -> None:
    """What has come is shown; the sum waits."""
    plan_id = _sent(ledger)
    ledger.record_fill(late_fill("1.01", 5, quantity="40", commission="0.55"))
    ledger.record_fill(late_fill("2.01", 6, quantity="60"))
    report = rebalance_report(ledger, plan_id)
    assert (report.legs[0].commission, report.legs[0].uncharged) == (Decimal("0.55"), 1)
    assert report.legs[0].shortfall is None
    assert (report.total_shortfall.unknown, report.shortfall_bp) == (1, None)


def test_report_measures_the_rest_where_the_market_went(ledger: Ledger) -> None:
    """60 of 100 not had, and now 2.00 dearer: 120 missed."""
    plan_id = _sent(ledger)
    ledger.record_fill(late_fill("1.01", 5, quantity="40", price="430.05", commission="1"))
    market = LegMarket(end_price=Decimal("432.025"), vwap=Decimal("430.00"))
    report = rebalance_report(ledger, plan_id, markets={LEG.order_ref: market})
    (leg,) = report.legs
    assert leg.costs.opportunity == 120
    assert report.short == (leg,)
    assert leg.vwap_slippage_bp is not None
    assert round(leg.vwap_slippage_bp, 3) == Decimal("1.163")  # 0.05 of 430


def test_report_of_an_execution_before_its_order_was_meant_waits_for_nothing(
    ledger: Ledger,
) -> None:
    """Executions are stamped in whole seconds, and clocks differ by less than one."""
    plan_id = _sent(ledger)
    ledger.record_fill(late_fill("1.01", 0.5, quantity="100"))
    assert rebalance_report(ledger, plan_id).legs[0].first_fill_s == 0
