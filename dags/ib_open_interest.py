# SPDX-License-Identifier: Apache-2.0
"""### Keep the open interest of futures.

Once a day, before New York closes, the open interest of the nearest months of each of `futures` is
kept in `open_interest`, one number a contract and day. IB's bars carry none, and it tells no other
day's: a day without a run is lost, and `IbStitchOperator` with the rule `open_interest` refuses a
roll that depends on it.

The months come from the store: `ib_chains` loads them. A contract without a number spoils no
other; the task then fails and names it. It is retried in the same day.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, Asset, CronTriggerTimetable, Param

from ib_provider.operators.futures import IbOpenInterestOperator

with DAG(
    dag_id="ib_open_interest",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("30 15 * * 1-5", timezone="America/New_York"),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "market-data", "retries": 3, "retry_delay": timedelta(minutes=10)},
    tags=["interactive-brokers", "market-data", "live"],
    params={
        "futures": Param(
            ["ES.CME", "CL.NYMEX"],
            type="array",
            items={"type": "string"},
            title="Futures",
            description_md="Roots and their venues, `ES.CME`, one a line.",
        ),
        "nearest": Param(4, type="integer", minimum=1, title="How many months of each"),
        "lines": Param(50, type="integer", minimum=1, title="Subscriptions at once"),
    },
):
    IbOpenInterestOperator(
        task_id="keep",
        futures="{{ params.futures | join(',') }}",
        nearest="{{ params.nearest }}",
        lines="{{ params.lines }}",
        outlets=[Asset("ib_open_interest")],
        execution_timeout=timedelta(hours=1),
    )
