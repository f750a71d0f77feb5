# SPDX-License-Identifier: Apache-2.0
"""When a leg's next order may follow, and for how much."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from ib_provider.domain.execution_style import ExecutionStyle
from ib_provider.ledger.intent import Intent, IntentState
from ib_provider.usecases.leg_progress import LegProgress, wave_at_work
from tests.support.plans import AT, a_leg

_STYLE = ExecutionStyle(work_s=Decimal(30), attempts=3)


def _order(attempt: int = 1, state: IntentState = IntentState.CANCELLED, *, ours: bool) -> Intent:
    return Intent(
        order_ref=f"ref-{attempt}",
        plan_id="p",
        leg=0,
        attempt=attempt,
        quantity=Decimal(465),
        limit_price=Decimal("432.15"),
        order_id=attempt,
        client_id=1,
        perm_id=attempt,
        state=state,
        filled=Decimal(0),
        avg_fill_price=None,
        message="",
        created_at=AT,
        updated_at=AT,
        called_off_at=AT if ours else None,
    )


def _leg(*orders: Intent, executed: str = "0", style: ExecutionStyle = _STYLE) -> LegProgress:
    return LegProgress(
        index=0,
        leg=a_leg(),
        style=style,
        size=Decimal(465),
        note="",
        intents=orders,
        executed=Decimal(executed),
    )


def test_leg_without_an_order_begins() -> None:
    """With its first."""
    assert _leg().next_attempt == 1
    assert not _leg().is_done


@pytest.mark.parametrize(
    "state", [state for state in IntentState if not state.is_terminal], ids=str
)
def test_leg_with_an_order_that_may_work_gets_no_other(state: IntentState) -> None:
    """One of which nobody knows the end, too, may work."""
    leg = _leg(_order(state=state, ours=True))
    assert leg.next_attempt is None
    assert not leg.is_done
    assert leg.deadline == AT + timedelta(seconds=30)


def test_rest_of_an_order_that_we_called_off_is_sent_again() -> None:
    """As the next attempt, for what did not trade."""
    leg = _leg(_order(ours=True), executed="65")
    assert (leg.next_attempt, leg.left) == (2, 400)


@pytest.mark.parametrize(
    "leg",
    [
        _leg(_order(ours=False)),
        _leg(_order(ours=True), executed="465"),
        _leg(_order(ours=True), executed="500"),
        _leg(_order(state=IntentState.REJECTED, ours=True)),
        _leg(_order(state=IntentState.FILLED, ours=True)),
        _leg(*(_order(number, ours=True) for number in (1, 2, 3))),
        replace(_leg(), size=Decimal(0)),
    ],
    ids=["by hand", "all traded", "too much traded", "refused", "filled", "the last", "cut"],
)
def test_leg_that_is_done_gets_no_other_order(leg: LegProgress) -> None:
    """Whatever is left of it."""
    assert leg.next_attempt is None
    assert leg.is_done
    assert leg.deadline is None


def test_wave_at_work_is_the_first_that_is_not_done() -> None:
    """A later one waits, though nothing of it was sent."""
    done, open_ = _leg(_order(ours=False)), _leg()
    second = replace(open_, leg=replace(open_.leg, wave=2))
    assert wave_at_work([second, open_]) == 1
    assert wave_at_work([second, done]) == 2
    assert wave_at_work([done]) is None
