# SPDX-License-Identifier: Apache-2.0
"""### Look after the orders of an account.

Every five minutes while New York trades, the broker is asked for our orders and their fills. What
it says goes into the ledger, and the fills into the view `fills`; whoever waits for the asset
`ib_fills` is woken when there are new ones.

**A run fails when something needs a person:** an order that was cancelled or refused before it was
filled, one that the broker holds as inactive, one that has been out for an hour, one that nobody
can find, or an instrument that is locked. Each is told once a session; while it stands it is a
warning in the log. Nothing is cancelled, sent or unlocked from here.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, Asset, CronTriggerTimetable, Param, TriggerRule

from ib_provider.operators.fills import IbFillsOperator
from ib_provider.operators.orders_watch import IbOrdersWatchOperator

with DAG(
    dag_id="ib_orders_watch",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("*/5 9-16 * * 1-5", timezone="America/New_York"),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "trading", "retries": 2, "retry_delay": timedelta(seconds=30)},
    tags=["interactive-brokers", "trading"],
    params={
        "account": Param(
            None,
            type=["string", "null"],
            title="Account",
            description_md="Empty: the connection's, or the login's only one.",
        ),
    },
):
    watch = IbOrdersWatchOperator(
        task_id="watch",
        account="{{ params.account }}",
        inlets=[Asset("ib_orders")],
        execution_timeout=timedelta(minutes=4),
    )
    fills = IbFillsOperator(
        task_id="keep_fills",
        plan_ids="{{ (ti.xcom_pull(task_ids='watch', key='plan_ids') or []) | join(',') }}",
        outlets=[Asset("ib_fills")],
        # Also when something needs a person.
        trigger_rule=TriggerRule.ALL_DONE,
        execution_timeout=timedelta(minutes=10),
    )
    watch >> fills
