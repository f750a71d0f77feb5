# SPDX-License-Identifier: Apache-2.0
"""### Every week: does IB still say what it said, and is the lake still sound?

* `audit` asks again for a few old pieces of what is stored, drawn at random by the run's id. What
  differs is recorded as a finding, check `revised`, and staged.
* `validate` judges what was staged and publishes it over the old bars. A split replaces a series.
* `sweep` looks through every bar of the lake.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, CronTriggerTimetable, Param, TriggerRule

from ib_provider.operators.bar_checks import IbBarsAuditOperator, IbBarsSweepOperator
from ib_provider.operators.bars import IbBarsValidationOperator

with DAG(
    dag_id="ib_audit",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("0 12 * * 6", timezone="America/New_York"),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "market-data", "retries": 2, "retry_delay": timedelta(minutes=5)},
    tags=["interactive-brokers", "market-data"],
    params={
        "pieces": Param(
            20, type="integer", minimum=1, maximum=1000, title="Pieces to ask for again"
        ),
    },
):
    audit = IbBarsAuditOperator(
        task_id="audit",
        batch="audit-{{ run_id }}",
        pieces="{{ params.pieces }}",
        execution_timeout=timedelta(hours=6),
    )
    validate = IbBarsValidationOperator(
        task_id="validate",
        batch="audit-{{ run_id }}",
        # What was staged before a piece failed is judged all the same.
        trigger_rule=TriggerRule.ALL_DONE,
        execution_timeout=timedelta(hours=1),
    )
    sweep = IbBarsSweepOperator(
        task_id="sweep",
        whole=True,
        trigger_rule=TriggerRule.ALL_DONE,
        execution_timeout=timedelta(hours=6),
    )
    # A sweep that succeeds does not make up for an audit that failed.
    result = EmptyOperator(task_id="result")
    audit >> validate >> sweep >> result
    [audit, validate] >> result
