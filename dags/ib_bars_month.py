# SPDX-License-Identifier: Apache-2.0
"""### Download, validate and publish historical bars, a month a run.

The tasks are those of `ib_bars`. A run's partition key is a month, such as `2013-02`; it is due at
22:30 in New York on the 28th, and asks for what is missing of the month's finished sessions.

* **Years of the past:**
  `airflow backfill create --dag-id ib_bars_month --from-date 2011-03-01 --to-date 2013-03-01` makes
  a run for every month whose 28th lies in the range: 24 of them, where `ib_bars` would make 522.
  A run costs Airflow the same however much it downloads.
* **Every month:** what the month's daily runs did not get is asked for again.

Nothing that is covered already is asked for, so it may run beside `ib_bars`. Stopped and started
again it goes on where it was.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronPartitionTimetable

from ib_provider.operators.bar_tasks import add_bar_tasks, bar_params

with DAG(
    dag_id="ib_bars_month",
    doc_md=__doc__,
    schedule=CronPartitionTimetable(
        "30 22 28 * *", timezone="America/New_York", key_format="%Y-%m"
    ),
    catchup=False,
    max_active_runs=2,
    default_args={"owner": "market-data", "retries": 3, "retry_delay": timedelta(seconds=30)},
    tags=["interactive-brokers", "market-data"],
    params=bar_params(),
):
    add_bar_tasks()
