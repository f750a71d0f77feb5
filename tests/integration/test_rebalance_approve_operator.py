# SPDX-License-Identifier: Apache-2.0
"""What a person answers is written beside the plan that was shown, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from ib_provider.config import load_settings
from ib_provider.domain.portfolio import OrderPlan
from ib_provider.ledger.ledger import Ledger
from ib_provider.operators.rebalance_approve import IbRebalanceApproveOperator, approval_request
from tests.support.airflow_home import gateway_connection
from tests.support.plans import a_plan


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OrderPlan:
    """Save a plan in a ledger of its own."""
    monkeypatch.setenv("IB_PROVIDER_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("AIRFLOW_CONN_IB_DEFAULT", gateway_connection(4002))
    settings = load_settings()
    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        return ledger.save_plan(a_plan())


class Store(dict[str, Any]):
    """A task's state store: what a retry finds of the try before it."""

    def set(self, key: str, value: Any) -> None:
        self[key] = value


def _operator(plan: OrderPlan) -> IbRebalanceApproveOperator:
    return IbRebalanceApproveOperator(
        task_id="approve", plan_id=plan.plan_id, plan_only=False, always=True
    )


def _context(store: Store, *, max_tries: int = 3) -> Any:
    return {
        "task_state_store": store,
        "dag_run": SimpleNamespace(dag_id="ib_rebalance", run_id="r1"),
        "ti": SimpleNamespace(max_tries=max_tries),
    }


def _answer(plan: OrderPlan, option: str, *, shown: str | None = None) -> Any:
    operator = _operator(plan)
    context = _context(Store(asked_for_plan={"plan_id": shown or plan.plan_id}))
    event = {
        "chosen_options": [option],
        "params_input": {},
        "responded_at": datetime(2026, 3, 2, 15, tzinfo=UTC),
        "responded_by_user": {"id": "7", "name": "ada"},
    }
    return operator.execute_complete(context, event)


def _approvals(plan: OrderPlan) -> list[tuple[bool, str, str]]:
    settings = load_settings()
    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        return [(a.is_approved, a.who, a.via) for a in ledger.approvals(plan.plan_id)]


def test_approval_is_written_down_with_who_and_where(plan: OrderPlan) -> None:
    """The function that sends orders finds it under the plan's own hash."""
    assert _answer(plan, "Approve") == {"plan_id": plan.plan_id, "approved_by": "ada"}
    assert _approvals(plan) == [(True, "ada", "ib_rebalance r1")]


def test_rejection_is_written_down_and_skips_what_follows(plan: OrderPlan) -> None:
    """A submit that is cleared later finds the no."""
    with pytest.raises(AirflowSkipException, match="ada rejected"):
        _answer(plan, "Reject")
    assert _approvals(plan) == [(False, "ada", "ib_rebalance r1")]


def test_answer_about_another_plan_than_was_shown_is_none(plan: OrderPlan) -> None:
    """The run was changed under the person's hands."""
    with pytest.raises(AirflowFailException, match="was shown"):
        _answer(plan, "Approve", shown="0" * 64)
    assert _approvals(plan) == []


QUESTION = {"via": "ib_rebalance r1", "max_tries": 3}


def test_try_that_was_lost_after_a_yes_goes_on(plan: OrderPlan) -> None:
    """Airflow may fail a task that was answered at once; nobody has to say it twice."""
    store = Store(asked_for_plan=QUESTION | {"plan_id": plan.plan_id}, answers_before=0)
    first = _answer(plan, "Approve")
    assert _operator(plan).execute(_context(store)) == first


def test_try_that_was_lost_after_a_no_stops(plan: OrderPlan) -> None:
    """A rejection that was written down is not asked for again until it is a yes."""
    store = Store(asked_for_plan=QUESTION | {"plan_id": plan.plan_id}, answers_before=0)
    with pytest.raises(AirflowSkipException):
        _answer(plan, "Reject")
    with pytest.raises(AirflowSkipException, match="ada rejected"):
        _operator(plan).execute(_context(store))


def test_cleared_task_asks_again(plan: OrderPlan) -> None:
    """A clear raises how often a task may be tried: the former answer was to another question."""
    store = Store(asked_for_plan=QUESTION | {"plan_id": plan.plan_id}, answers_before=0)
    _answer(plan, "Approve")
    # What asks is Airflow's own, and wants its task instance.
    with pytest.raises(KeyError, match="task_instance"):
        _operator(plan).execute(_context(store, max_tries=7))
    assert store["asked_for_plan"]["max_tries"] == 7
    assert store["answers_before"] == 1


def test_request_shows_every_order_and_the_whole_hash(plan: OrderPlan) -> None:
    """Nobody approves what he cannot read."""
    subject, body = approval_request(plan, None)
    assert plan.account in subject
    assert plan.plan_id in body
    for leg in plan.legs:
        assert f"{leg.side.value} {leg.instrument_id} | {leg.quantity} | {leg.limit_price}" in body
