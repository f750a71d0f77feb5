# SPDX-License-Identifier: Apache-2.0
"""The tasks and parameters of a run over bars, for DAGs that differ in how much a run takes.

with DAG("ib_bars", …, params=bar_params()):
add_bar_tasks()
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, Param, TriggerRule

from ib_provider.operators.bar_checks import IbBarsCountOperator
from ib_provider.operators.bars import (
    IbBarsOperator,
    IbBarsPublishOperator,
    IbBarsValidationOperator,
)
from ib_provider.operators.sessions import IbSessionsOperator

__all__ = ["add_bar_tasks", "bar_params"]


def bar_params() -> dict[str, Param]:
    """Return what a person may ask of a run by hand: range, instruments, kinds of bars."""
    return {
        "start": Param(None, type=["string", "null"], format="date", title="First session"),
        "end": Param(
            None, type=["string", "null"], format="date", title="Day after the last session"
        ),
        "universe": Param(
            "demo", type="string", title="Universe", description_md="In `include/universes`."
        ),
        "instruments": Param(
            [],
            type="array",
            items={"type": "string"},
            title="Instruments",
            description_md="Ids such as `AAPL.NASDAQ`, one a line. They replace the universe.",
        ),
        "venue": Param("NYSE", type="string", title="Whose calendar"),
        "specs": Param(
            ["1-DAY-LAST"],
            type="array",
            items={"type": "string", "pattern": "^[0-9]+-[A-Za-z]+-[A-Za-z_]+$"},
            title="Kinds of bars",
            description_md="`STEP-UNIT-KIND`, one a line: `1-HOUR-LAST`, `30-MINUTE-MID`, "
            "`1-DAY-ADJUSTED`.",
        ),
        "rth": Param(default=True, type="boolean", title="Regular trading hours only"),
    }


def add_bar_tasks() -> None:
    """Add to the DAG being defined: sessions, download, validate, publish and count."""
    sessions = IbSessionsOperator(
        task_id="sessions",
        start="{{ params.start }}",
        end="{{ params.end }}",
        venue="{{ params.venue }}",
    )
    series: dict[str, Any] = {
        "start": "{{ ti.xcom_pull(task_ids='sessions', key='start') }}",
        "end": "{{ ti.xcom_pull(task_ids='sessions', key='end') }}",
        "universe": "{{ params.universe }}",
        "instruments": "{{ params.instruments | join(',') }}",
        "specs": "{{ params.specs | join(',') }}",
        "rth": "{{ params.rth }}",
    }
    download = IbBarsOperator(
        task_id="download",
        batch="{{ ti.xcom_pull(task_ids='sessions', key='batch') }}",
        with_late=True,
        execution_timeout=timedelta(hours=12),
        **series,
    )
    validate = IbBarsValidationOperator(
        task_id="validate",
        batch="{{ ti.xcom_pull(task_ids='sessions', key='batch') }}",
        # Runs after a download that failed in part, and not after one that was skipped: `sessions`
        # stands before it as well, so that one success is always there.
        trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,
        execution_timeout=timedelta(hours=1),
    )
    publish = IbBarsPublishOperator(
        task_id="publish",
        start=series["start"],
        end=series["end"],
        sessions="{{ ti.xcom_pull(task_ids='sessions', key='sessions') }}",
        outlets=[Asset("ib_bars")],
        execution_timeout=timedelta(minutes=5),
    )
    count = IbBarsCountOperator(
        task_id="count", with_late=True, execution_timeout=timedelta(hours=1), **series
    )
    sessions >> download >> validate >> publish
    sessions >> validate
    download >> publish
    validate >> count
