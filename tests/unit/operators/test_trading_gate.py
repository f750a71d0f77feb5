# SPDX-License-Identifier: Apache-2.0
"""Whether a run may trade."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from ib_provider.operators.trading_gate import (
    IbTradingGateOperator,
    rebalance_key,
    refuse_late_run,
)

NOON = datetime(2013, 3, 4, 17, 0, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)


@dataclass
class Run:
    """What the gate looks at in a run."""

    run_after: datetime
    run_type: str = "manual"


def context(run_after: datetime, run_type: str = "manual") -> Any:
    return {"dag_run": Run(run_after, run_type)}


def test_late_run_is_refused() -> None:
    """A run cleared the next morning does not act on yesterday's intention."""
    with pytest.raises(AirflowFailException, match="Trigger a new run"):
        refuse_late_run(context(NOON - timedelta(hours=20)), max_delay=HALF_AN_HOUR, now=NOON)


def test_run_in_time_passes() -> None:
    """A few minutes in a queue are no harm."""
    refuse_late_run(context(NOON - timedelta(minutes=29)), max_delay=HALF_AN_HOUR, now=NOON)


def test_backfill_is_refused_however_young() -> None:
    """``dag.test`` and other runners do not ask the DAG which runs it allows."""
    with pytest.raises(AirflowFailException, match="backfill"):
        refuse_late_run(context(NOON, "backfill"), max_delay=HALF_AN_HOUR, now=NOON)


def test_key_is_the_session_date_or_what_a_person_gave() -> None:
    """Two runs of one day are one rebalance."""
    assert rebalance_key("None", date(2013, 3, 4)) == "2013-03-04"
    assert rebalance_key("q1-2013", date(2013, 3, 4)) == "q1-2013"


def _recent(weekday: int) -> datetime:
    """Return noon in New York of the last such day of the week."""
    now = datetime.now(UTC)
    return (now - timedelta(days=(now.weekday() - weekday) % 7)).replace(hour=17, minute=0)


def test_gate_skips_a_scheduled_run_on_a_closed_day() -> None:
    """A holiday is no failure, and no trade."""
    gate = IbTradingGateOperator(task_id="gate", max_delay=timedelta(days=8))
    with pytest.raises(AirflowSkipException, match="no session of NYSE"):
        gate.execute(context(_recent(5), "scheduled"))


def test_gate_lets_a_person_plan_on_a_closed_day() -> None:
    """The limits and the venue judge what is sent."""
    gate = IbTradingGateOperator(task_id="gate", max_delay=timedelta(days=8))
    saturday = _recent(5)
    assert gate.execute(context(saturday)) == {"key": saturday.date().isoformat()}
