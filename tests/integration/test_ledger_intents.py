# SPDX-License-Identifier: Apache-2.0
"""Intents on both databases: once only, a life that goes forward, an audit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from ib_provider.domain.order import OrderStatus
from ib_provider.domain.portfolio import OrderPlan
from ib_provider.errors import LedgerError
from ib_provider.ledger import Intent, IntentState, Ledger
from tests.support.plans import AT, a_leg, a_plan, a_state

pytest_plugins = ("tests.support.ledgers",)

LATER = AT + timedelta(seconds=30)


@pytest.fixture
def plan(ledger: Ledger) -> OrderPlan:
    """Give a plan that the ledger holds."""
    return ledger.save_plan(a_plan())


def intend(ledger: Ledger, plan: OrderPlan) -> Intent:
    """Write the intent of the plan's first leg."""
    return ledger.intend(plan.legs[0], plan=plan, order_id=5, client_id=1, at=AT)


def test_intent_written_is_read_back_whole(ledger: Ledger, plan: OrderPlan) -> None:
    """What was intended is what is read, and its times are UTC."""
    written = intend(ledger, plan)
    assert ledger.intents(plan.plan_id) == (written,)
    assert ledger.find_intent(written.order_ref) == written
    assert written.state is IntentState.INTENDED
    assert written.created_at.tzinfo is UTC


def test_intent_second_insert_is_refused(ledger: Ledger, plan: OrderPlan) -> None:
    """The second intent of an order_ref is an error, and leaves the first untouched."""
    first = intend(ledger, plan)
    with pytest.raises(LedgerError, match="already meant to be sent"):
        ledger.intend(plan.legs[0], plan=plan, order_id=9, client_id=2, at=LATER)
    assert ledger.intents(plan.plan_id) == (first,)
    assert len(ledger.events(first.order_ref)) == 1


def test_intent_of_unsaved_plan_is_refused(ledger: Ledger) -> None:
    """No order is meant by a plan that the ledger does not hold."""
    plan = a_plan(key="never saved")
    with pytest.raises(LedgerError, match="not in the ledger"):
        intend(ledger, plan)


def test_intent_of_a_leg_of_another_plan_is_refused(ledger: Ledger, plan: OrderPlan) -> None:
    """A leg that was changed after the plan was made is not of the plan."""
    doubled = replace(plan.legs[0], quantity=plan.legs[0].quantity * 2)
    with pytest.raises(LedgerError, match="is not of plan"):
        ledger.intend(doubled, plan=plan, order_id=5, client_id=1, at=AT)
    forged = replace(plan, legs=(doubled,))
    with pytest.raises(LedgerError, match="is not of plan"):
        ledger.intend(doubled, plan=forged, order_id=5, client_id=1, at=AT)


def test_intents_of_a_plan_come_in_its_order(ledger: Ledger) -> None:
    """Intents are read in the plan's order of sending, whatever the order of writing."""
    legs = tuple(a_leg(f"ref-{n}") for n in range(4))
    plan = ledger.save_plan(a_plan(*legs, key="many"))
    for leg in (legs[2], legs[0], legs[3], legs[1]):
        ledger.intend(leg, plan=plan, order_id=5, client_id=1, at=AT)
    assert [i.order_ref for i in ledger.intents(plan.plan_id)] == [x.order_ref for x in legs]


def test_intent_followed_to_filled_keeps_every_step(ledger: Ledger, plan: OrderPlan) -> None:
    """Sent, working, partly filled, filled: each change is in the audit, each poll is not."""
    leg = plan.legs[0]
    intend(ledger, plan)
    for status, filled, perm_id in (
        (OrderStatus.PENDING_SUBMIT, "0", 0),
        (OrderStatus.SUBMITTED, "0", 2**40),
        (OrderStatus.SUBMITTED, "0", 2**40),
        (OrderStatus.SUBMITTED, "200", 2**40),
        (OrderStatus.FILLED, "465", 2**40),
        (OrderStatus.FILLED, "465", 2**40),
    ):
        state = a_state(leg, status, filled=filled, perm_id=perm_id, price="430.015")
        after = ledger.record_state(leg.order_ref, state, LATER)
    assert (after.state, after.filled, after.perm_id) == (IntentState.FILLED, Decimal(465), 2**40)
    assert after.avg_fill_price == Decimal("430.015")
    assert after.updated_at == LATER
    steps = [(e.former, e.state) for e in ledger.events(leg.order_ref)]
    assert steps == [
        (None, IntentState.INTENDED),
        (IntentState.INTENDED, IntentState.SENT),
        (IntentState.SENT, IntentState.WORKING),
        (IntentState.WORKING, IntentState.WORKING),
        (IntentState.WORKING, IntentState.FILLED),
    ]


def test_intent_filled_ignores_a_late_working_status(ledger: Ledger, plan: OrderPlan) -> None:
    """A status that comes after the end changes nothing, and its count does not fall."""
    leg = plan.legs[0]
    intend(ledger, plan)
    done = ledger.record_state(leg.order_ref, a_state(leg, OrderStatus.FILLED, filled="465"), AT)
    late = a_state(leg, OrderStatus.SUBMITTED, filled="200", price="429")
    assert ledger.record_state(leg.order_ref, late, LATER) == done


def test_intent_cancelled_then_filled_is_raised_and_kept_in_the_audit(
    ledger: Ledger, plan: OrderPlan
) -> None:
    """Two ends that cannot both be true are an error, and on record."""
    leg = plan.legs[0]
    intend(ledger, plan)
    ledger.record_state(leg.order_ref, a_state(leg, OrderStatus.CANCELLED), AT)
    with pytest.raises(LedgerError, match="is cancelled and was reported filled"):
        ledger.record_state(leg.order_ref, a_state(leg, OrderStatus.FILLED, filled="465"), LATER)
    assert ledger.intents(plan.plan_id)[0].state is IntentState.CANCELLED
    last = ledger.events(leg.order_ref)[-1]
    assert (last.state, last.applied) == (IntentState.FILLED, False)


def test_intent_with_two_perm_ids_is_raised(ledger: Ledger, plan: OrderPlan) -> None:
    """One order_ref under two account-wide ids is an order sent twice."""
    leg = plan.legs[0]
    intend(ledger, plan)
    ledger.record_state(leg.order_ref, a_state(leg, OrderStatus.SUBMITTED, perm_id=77), AT)
    with pytest.raises(LedgerError, match="at the broker twice: permId 77 and permId 78"):
        ledger.record_state(leg.order_ref, a_state(leg, OrderStatus.FILLED, perm_id=78), LATER)


def test_intent_rejected_stays_rejected_when_also_cancelled(
    ledger: Ledger, plan: OrderPlan
) -> None:
    """IB reports a refused order as cancelled as well: the refusal and its text stay."""
    leg = plan.legs[0]
    intend(ledger, plan)
    ledger.record_rejected(leg.order_ref, 201, "Order rejected - reason: margin", AT)
    after = ledger.record_state(leg.order_ref, a_state(leg, OrderStatus.CANCELLED), LATER)
    assert after.state is IntentState.REJECTED
    assert after.message == "error 201: Order rejected - reason: margin"


def test_intent_unknown_is_resolved_by_the_broker(ledger: Ledger, plan: OrderPlan) -> None:
    """What nobody knew becomes what the broker says, and its old reason goes."""
    leg = plan.legs[0]
    intend(ledger, plan)
    assert ledger.record_unknown(leg.order_ref, "link lost", AT).state is IntentState.UNKNOWN
    after = ledger.record_state(leg.order_ref, a_state(leg, OrderStatus.SUBMITTED), LATER)
    assert (after.state, after.message) == (IntentState.WORKING, "")


def test_intent_filled_never_becomes_unknown(ledger: Ledger, plan: OrderPlan) -> None:
    """An order whose end is known keeps it."""
    leg = plan.legs[0]
    intend(ledger, plan)
    ledger.record_state(leg.order_ref, a_state(leg, OrderStatus.FILLED, filled="465"), AT)
    after = ledger.record_unknown(leg.order_ref, "link lost", LATER)
    assert after.state is IntentState.FILLED


def test_state_of_another_order_is_refused(ledger: Ledger, plan: OrderPlan) -> None:
    """A state never lands on an order it is not about."""
    intend(ledger, plan)
    other = a_state(a_leg("ref-of-another"), OrderStatus.FILLED)
    with pytest.raises(LedgerError, match="was given for"):
        ledger.record_state(plan.legs[0].order_ref, other, AT)


def test_state_without_an_intent_is_refused(ledger: Ledger) -> None:
    """Nothing is recorded of an order that was never meant."""
    leg = a_leg("ref-never-meant")
    with pytest.raises(LedgerError, match="never meant"):
        ledger.record_state(leg.order_ref, a_state(leg, OrderStatus.FILLED), AT)


def test_intent_time_without_zone_is_refused(ledger: Ledger, plan: OrderPlan) -> None:
    """A time that could be any zone's never gets in."""
    with pytest.raises(LedgerError, match="no time zone"):
        ledger.intend(
            plan.legs[0],
            plan=plan,
            order_id=5,
            client_id=1,
            at=datetime(2013, 3, 4),  # noqa: DTZ001
        )
    assert ledger.intents(plan.plan_id) == ()


def test_intent_time_of_another_zone_is_the_same_instant(ledger: Ledger, plan: OrderPlan) -> None:
    """New York's morning is read back as UTC's afternoon."""
    new_york = AT.astimezone(timezone(timedelta(hours=-5)))
    ledger.intend(plan.legs[0], plan=plan, order_id=5, client_id=1, at=new_york)
    (read,) = ledger.intents(plan.plan_id)
    assert read.created_at == AT
    assert read.created_at.isoformat() == "2013-03-04T15:00:00+00:00"
