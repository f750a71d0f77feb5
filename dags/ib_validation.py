# SPDX-License-Identifier: Apache-2.0
"""### Look through what came into the lake.

Woken by the asset `ib_bars`, once a session. Which bars are new is read from the store, not from
the event, so it does not matter whether events were merged, came late, or got lost: the next run
finds what an earlier one did not see. By hand with `whole` it looks at every bar; `ib_audit` does
so every week.

Nothing is moved, repaired or hidden. A critical finding fails the task, is in the ledger and on
the desk, and names the bar.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, Asset, Param, PartitionedAssetTimetable

from ib_provider.operators.bar_checks import IbBarsSweepOperator

with DAG(
    dag_id="ib_validation",
    doc_md=__doc__,
    schedule=PartitionedAssetTimetable(assets=Asset("ib_bars")),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "market-data", "retries": 2, "retry_delay": timedelta(minutes=2)},
    tags=["interactive-brokers", "market-data"],
    params={
        "whole": Param(default=False, type="boolean", title="Every bar, not only new ones"),
    },
):
    IbBarsSweepOperator(
        task_id="sweep", whole="{{ params.whole }}", execution_timeout=timedelta(hours=2)
    )
