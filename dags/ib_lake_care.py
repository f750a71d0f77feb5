# SPDX-License-Identifier: Apache-2.0
"""### Every week, after the audit: tidy the lake, and copy it away.

* `tidy` makes one file a day of what killed captures left in many, and deletes temporary files of
  processes that died. What is being written is passed over.
* `mirror` copies what is published to the object store that `IB_PROVIDER_MIRROR` names, such as
  `s3://bucket/market`; only what changed is sent. Where it names none the task is skipped. A lake
  that cannot be tidied, for a file is damaged, is not copied over a sound mirror.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable

from ib_provider.operators.lake_care import IbLakeMirrorOperator, IbLakeTidyOperator

with DAG(
    dag_id="ib_lake_care",
    doc_md=__doc__,
    # ``ib_audit`` begins on Saturday at noon, and is bounded to thirteen hours.
    schedule=CronTriggerTimetable("0 6 * * 0", timezone="America/New_York"),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "market-data", "retries": 2, "retry_delay": timedelta(minutes=5)},
    tags=["interactive-brokers", "market-data"],
):
    tidy = IbLakeTidyOperator(task_id="tidy", execution_timeout=timedelta(hours=2))
    mirror = IbLakeMirrorOperator(task_id="mirror", execution_timeout=timedelta(hours=12))
    tidy >> mirror
