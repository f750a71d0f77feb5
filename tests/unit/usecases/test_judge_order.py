# SPDX-License-Identifier: Apache-2.0
"""One order of 100, out since 15:00: what is wrong with it, if anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from ib_provider.domain.order import Fill, OrderState, OrderStatus
from ib_provider.ledger.intent import Intent, IntentState
from ib_provider.usecases.broker_truth import BrokerTruth
from ib_provider.usecases.judge_order import ConcernKind, OrderConcern, judge_order
from tests.support.plans import AT, a_fill, a_leg, a_state

LEG = a_leg(quantity="100")
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
SENT = Intent(
    order_ref=LEG.order_ref,
    plan_id="plan",
    leg=0,
    attempt=1,
    quantity=LEG.quantity,
    limit_price=LEG.limit_price,
    order_id=5,
    client_id=1,
    perm_id=77,
    state=IntentState.WORKING,
    filled=Decimal(0),
    avg_fill_price=None,
    message="",
    created_at=AT,
    updated_at=AT,
)


def judged(
    intent: Intent,
    state: OrderState | None,
    *fills: Fill,
    is_completed: bool = False,
    working: tuple[OrderState, ...] = (),
    now: datetime = AT + timedelta(minutes=30),
) -> OrderConcern | None:
    ref = LEG.order_ref
    truth = BrokerTruth(
        orders={ref: state} if state else {},
        fills={ref: fills} if fills else {},
        completed=frozenset({ref} if is_completed else ()),
    )
    return judge_order(intent, truth, fills=fills, working=working, now=now, late_after=HOUR)


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (IntentState.INTENDED, ConcernKind.UNKNOWN),
        (IntentState.UNKNOWN, ConcernKind.UNKNOWN),
        (IntentState.SENT, ConcernKind.CONTRADICTION),
        (IntentState.WORKING, ConcernKind.CONTRADICTION),
    ],
)
def test_order_without_trace_is_told_after_two_minutes(
    state: IntentState, kind: ConcernKind
) -> None:
    """Not at the bound, but past it; what the broker once answered for is no mere unknown."""
    intent, bound = replace(SENT, state=state), AT + timedelta(minutes=2)
    assert judged(intent, None, now=bound) is None
    concern = judged(intent, None, now=bound + SECOND)
    assert concern is not None
    assert (concern.kind, concern.may_pass) == (kind, True)


def test_order_is_late_after_its_time() -> None:
    """Not at the bound, but past it."""
    state = a_state(LEG, OrderStatus.SUBMITTED)
    assert judged(SENT, state, now=AT + HOUR) is None
    concern = judged(SENT, state, now=AT + HOUR + SECOND)
    assert concern is not None
    assert str(concern) == f"late: {LEG.order_ref}: out since 2013-03-04 15:00:00 UTC"


@pytest.mark.parametrize(
    ("status", "filled", "executed", "said"),
    [
        ("Submitted", "0", (), None),
        ("Submitted", "60", ("60",), None),
        ("Submitted", "60", ("20", "40"), None),
        ("Submitted", "60", ("20",), "60 filled by its status, 20 by its executions"),
        ("Submitted", "20", ("60",), "20 filled by its status, 60 by its executions"),
        ("Filled", "100", ("100",), None),
        ("Filled", "100", ("99",), "filled, 99 of 100 by its executions"),
        ("Filled", "50", ("50",), "filled, 50 of 100 by its executions"),
    ],
)
def test_executions_are_what_was_filled(
    status: str, filled: str, executed: tuple[str, ...], said: str | None
) -> None:
    """More of them, fewer, or an order that was made smaller at the broker's own screen."""
    intent = replace(SENT, state=IntentState.FILLED) if status == "Filled" else SENT
    fills = [a_fill(f"{n}.01", quantity=units) for n, units in enumerate(executed)]
    concern = judged(intent, a_state(LEG, OrderStatus(status), filled=filled), *fills)
    assert (concern.text if concern else None) == said
    assert concern is None or (concern.kind, concern.may_pass) == (ConcernKind.CONTRADICTION, True)


def test_order_with_a_corrected_execution_is_not_counted_out() -> None:
    """The exchange took shares back, and the status does not say so."""
    intent = replace(SENT, state=IntentState.FILLED)
    state = a_state(LEG, OrderStatus.FILLED, filled="100")
    assert judged(intent, state, a_fill("1.02", quantity="40"), is_completed=True) is None


def test_order_at_the_broker_twice_is_told_at_once() -> None:
    """One of them is done and hides the other from the truth by order_ref."""
    intent = replace(SENT, state=IntentState.FILLED)
    done, fill = a_state(LEG, OrderStatus.FILLED, filled="100"), a_fill("1.01", quantity="100")
    again = a_state(LEG, OrderStatus.SUBMITTED, perm_id=78)
    assert judged(intent, done, fill, is_completed=True) is None
    concern = judged(intent, done, fill, is_completed=True, working=(again,))
    assert concern is not None
    assert concern.text == "at the broker twice: permId 77, and permId 78 works"
    assert (concern.kind, concern.may_pass) == (ConcernKind.CONTRADICTION, False)


@pytest.mark.parametrize("state", [IntentState.CANCELLED, IntentState.REJECTED])
def test_order_that_ended_unfilled_and_is_executed_whole_contradicts(state: IntentState) -> None:
    """Also where the broker tells the executions alone, and where we called it off."""
    intent = replace(SENT, state=state, called_off_at=AT)
    concern = judged(intent, None, a_fill("1.01", quantity="100"))
    assert concern is not None
    assert concern.kind is ConcernKind.CONTRADICTION
    assert concern.text == f"{state} in the ledger, 100 of 100 filled by its executions"


def test_refused_order_that_is_shown_inactive_ended_short_and_contradicts_nothing() -> None:
    """A gateway may show what it refused for the rest of the day."""
    intent = replace(SENT, state=IntentState.REJECTED, message="error 201: no")
    concern = judged(intent, a_state(LEG, OrderStatus.INACTIVE))
    assert concern is not None
    assert concern.kind is ConcernKind.SHORT
    assert concern.text == "rejected at the broker, 0 filled: error 201: no"


def test_order_that_we_called_off_is_nobodys_concern() -> None:
    """What it had filled by then counts, and its rest is sent again."""
    intent = replace(SENT, state=IntentState.CANCELLED, called_off_at=AT)
    state = a_state(LEG, OrderStatus.CANCELLED, filled="60")
    assert judged(intent, state, a_fill("1.01", quantity="60"), is_completed=True) is None
    # The list of what is done need not say how much was filled.
    state = a_state(LEG, OrderStatus.CANCELLED)
    assert judged(intent, state, a_fill("1.01", quantity="60"), is_completed=True) is None


def test_part_of_an_order_that_the_broker_lists_no_more_is_told() -> None:
    """A day order of yesterday: its executions are left, its end is not known here."""
    concern = judged(SENT, None, a_fill("1.01", quantity="60"))
    assert concern is not None
    assert str(concern) == (
        f"contradiction: {LEG.order_ref}: working in the ledger since 2013-03-04 15:00:00 UTC, "
        "and the broker has no such order; 60 of 100 filled by its executions"
    )
