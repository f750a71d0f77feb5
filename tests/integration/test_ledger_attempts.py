# SPDX-License-Identifier: Apache-2.0
"""What the orders of one leg trade together is never more than the leg, on both databases."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_provider.domain.order import OrderStatus
from ib_provider.domain.portfolio import OrderPlan, PlanLeg
from ib_provider.errors import LedgerError
from ib_provider.ledger import Ledger
from ib_provider.ledger.leg_sizes import LegSize
from tests.support.plans import AT, a_fill, a_leg, a_plan, a_state

pytest_plugins = ("tests.support.ledgers",)


def _attempt(leg: PlanLeg, number: int, quantity: int) -> PlanLeg:
    ref = leg.order_ref if number == 1 else f"{leg.order_ref}-{number}"
    return replace(leg, order_ref=ref, attempt=number, quantity=Decimal(quantity))


def _mean(ledger: Ledger, plan: OrderPlan, order: PlanLeg) -> None:
    ledger.intend(order, plan=plan, order_id=order.attempt, client_id=1, at=AT)


def _end(ledger: Ledger, order: PlanLeg, *, filled: int = 0) -> None:
    state = a_state(order, OrderStatus.CANCELLED, filled=str(filled), perm_id=order.attempt)
    ledger.record_state(order.order_ref, state, AT)


def test_second_order_of_a_leg_waits_for_the_end_of_the_first(ledger: Ledger) -> None:
    """Two at work could trade the leg twice."""
    plan = ledger.save_plan(a_plan())
    first, second = (_attempt(plan.legs[0], number, 465) for number in (1, 2))
    _mean(ledger, plan, first)
    with pytest.raises(LedgerError, match="which is not done"):
        _mean(ledger, plan, second)
    _end(ledger, first)
    _mean(ledger, plan, second)
    assert [order.attempt for order in ledger.intents(plan.plan_id)] == [1, 2]


def test_attempt_that_skips_one_is_refused(ledger: Ledger) -> None:
    """The numbers are those of the orders before."""
    plan = ledger.save_plan(a_plan())
    with pytest.raises(LedgerError, match="attempt 2 at a leg of 0 before"):
        _mean(ledger, plan, _attempt(plan.legs[0], 2, 1))


@pytest.mark.parametrize("told", ["status", "executions"])
def test_next_order_is_for_no_more_than_what_is_left(ledger: Ledger, told: str) -> None:
    """Whichever of status and executions knows of more."""
    plan = ledger.save_plan(a_plan())
    first = _attempt(plan.legs[0], 1, 465)
    _mean(ledger, plan, first)
    if told == "executions":
        ledger.record_fill(a_fill("1.1.1.01", order_ref=first.order_ref, quantity="400"))
    _end(ledger, first, filled=400 if told == "status" else 0)
    with pytest.raises(LedgerError, match="400 of 465 were traded before"):
        _mean(ledger, plan, _attempt(first, 2, 66))
    _mean(ledger, plan, _attempt(first, 2, 65))


def test_order_of_a_leg_that_was_cut_is_for_no_more_than_that(ledger: Ledger) -> None:
    """The size was decided once, and a later word changes nothing."""
    plan = ledger.save_plan(a_plan(replace(a_leg(), wave=2)))
    kept = ledger.size_wave(plan, 2, {0: LegSize(quantity=Decimal(100), note="cash")}, AT)
    again = ledger.size_wave(plan, 2, {0: LegSize(quantity=Decimal(465))}, AT)
    assert kept == again == {0: LegSize(quantity=Decimal(100), note="cash")}
    with pytest.raises(LedgerError, match="0 of 100 were traded before"):
        _mean(ledger, plan, _attempt(plan.legs[0], 1, 101))
    _mean(ledger, plan, _attempt(plan.legs[0], 1, 100))


@pytest.mark.parametrize("quantity", ["466", "-1", "NaN"])
def test_wave_is_never_sized_beyond_what_was_approved(ledger: Ledger, quantity: str) -> None:
    """Nor by what is no number."""
    plan = ledger.save_plan(a_plan(replace(a_leg(), wave=2)))
    with pytest.raises((LedgerError, ArithmeticError)):
        ledger.size_wave(plan, 2, {0: LegSize(quantity=Decimal(quantity))}, AT)
    assert ledger.leg_sizes(plan.plan_id) == {}


@pytest.mark.parametrize(
    "change",
    [{"limit_price": Decimal("432.16")}, {"quantity": Decimal(466)}, {"attempt": 2}, {"wave": 1}],
    ids=str,
)
def test_order_that_is_more_than_its_leg_is_not_of_the_plan(
    ledger: Ledger, change: dict[str, object]
) -> None:
    """Dearer, larger, another attempt under the same reference, another wave."""
    plan = ledger.save_plan(a_plan(replace(a_leg(), wave=2)))
    with pytest.raises(LedgerError, match="is not of plan"):
        _mean(ledger, plan, replace(plan.legs[0], **change))  # type: ignore[arg-type]


@settings(max_examples=25, deadline=None)
@given(
    tries=st.lists(
        st.tuples(st.integers(1, 500), st.integers(0, 500), st.booleans(), st.booleans()),
        max_size=8,
    )
)
def test_executions_over_all_attempts_never_exceed_the_leg(
    tries: list[tuple[int, int, bool, bool]],
) -> None:
    """Whatever is asked for, whatever trades, and in whichever way it is told."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Ledger.open(f"sqlite:///{folder}/ledger.db", locks=Path(folder)) as ledger,
    ):
        plan = ledger.save_plan(a_plan())
        traded, number = Decimal(0), 1
        for asked, may_trade, by_status, ends in tries:
            order = _attempt(plan.legs[0], number, min(asked, 465))
            try:
                _mean(ledger, plan, order)
            except LedgerError:
                continue
            number += 1
            units = min(Decimal(may_trade), order.quantity)
            traded += units
            if units and not by_status:
                fill = a_fill(f"{number}.1.1.01", order_ref=order.order_ref, quantity=str(units))
                ledger.record_fill(fill)
            if ends:
                _end(ledger, order, filled=int(units) if by_status else 0)
        assert traded <= plan.legs[0].quantity
