# SPDX-License-Identifier: Apache-2.0
"""The life of an intent: what may follow what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.order import OrderStatus
from ib_provider.ledger.intent import (
    STATE_OF_STATUS,
    IntentState,
    is_contradiction,
    next_state,
)

STATES = st.sampled_from(IntentState)
ENDS = (IntentState.FILLED, IntentState.CANCELLED, IntentState.REJECTED)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("said", IntentState)
def test_state_at_its_end_stays(end: IntentState, said: IntentState) -> None:
    """Filled, cancelled and rejected never go back, whatever is said."""
    assert next_state(end, said) is end


@pytest.mark.parametrize("state", set(IntentState) - set(ENDS))
@pytest.mark.parametrize("end", ENDS)
def test_state_before_its_end_accepts_the_end(state: IntentState, end: IntentState) -> None:
    """What the broker says is final is taken from any state that is not."""
    assert next_state(state, end) is end
    assert not is_contradiction(state, end)


@given(said=st.lists(STATES, max_size=12))
def test_state_reaches_at_most_one_end(said: list[IntentState]) -> None:
    """In any sequence of reports the first end stands."""
    state, ends = IntentState.INTENDED, []
    for report in said:
        state = next_state(state, report)
        if state.is_terminal:
            ends.append(state)
    assert len(set(ends)) <= 1


@given(state=STATES)
def test_state_never_returns_to_intended(state: IntentState) -> None:
    """What may be at the broker is never again only meant."""
    if state is not IntentState.INTENDED:
        assert next_state(state, IntentState.INTENDED) is state


@pytest.mark.parametrize("said", [s for s in IntentState if s is not IntentState.INTENDED])
def test_state_unknown_is_resolved_by_what_is_said(said: IntentState) -> None:
    """Broker truth ends not knowing."""
    assert next_state(IntentState.UNKNOWN, said) is said


def test_contradictions_are_about_fills_only() -> None:
    """A refused order is also reported cancelled: those two agree; neither agrees with filled."""
    found = {(a, b) for a in IntentState for b in IntentState if is_contradiction(a, b)}
    assert found == {
        (IntentState.FILLED, IntentState.CANCELLED),
        (IntentState.FILLED, IntentState.REJECTED),
        (IntentState.CANCELLED, IntentState.FILLED),
        (IntentState.REJECTED, IntentState.FILLED),
    }


@pytest.mark.parametrize("status", OrderStatus)
def test_status_of_the_broker_has_a_state_as_final_as_itself(status: OrderStatus) -> None:
    """Every status is mapped, and to an end exactly where IB's is one."""
    assert STATE_OF_STATUS[status].is_terminal == status.is_terminal
