# SPDX-License-Identifier: Apache-2.0
"""### Reconcile an account.

Before New York opens and after it has closed, fills that nobody wrote down are read from the
gateway, and what the account holds is compared with what the ledger knows: the positions of the
last time, and our fills since. The first run takes what is held.

**A difference locks its instrument** and fails the run: no order of it is sent until a later run
explains the difference, or a person unlocks it. Orders made by hand in the same account are such
differences.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, Param

from ib_provider.operators.reconcile import IbReconcileOperator

with DAG(
    dag_id="ib_reconcile",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("30 8,16 * * 1-5", timezone="America/New_York"),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "trading", "retries": 3, "retry_delay": timedelta(seconds=30)},
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
    IbReconcileOperator(
        task_id="reconcile",
        account="{{ params.account }}",
        execution_timeout=timedelta(minutes=10),
    )
