# SPDX-License-Identifier: Apache-2.0
"""### Keep what the accounts are worth.

Every quarter of an hour of New York's day, the values by currency, the positions and the profit and
loss of each account of the login are kept in `account_values`, `account_positions` and
`account_pnl`, which SQL reads through the catalog. A number that Interactive Brokers did not give
is NULL, never zero. A retry replaces what the failed try had kept.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, Param

from ib_provider.operators.account import IbAccountSnapshotOperator

with DAG(
    dag_id="ib_account",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("*/15 9-16 * * 1-5", timezone="America/New_York"),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "trading", "retries": 2, "retry_delay": timedelta(seconds=30)},
    tags=["interactive-brokers", "account"],
    params={
        "accounts": Param(
            [],
            type="array",
            items={"type": "string"},
            title="Accounts",
            description_md="Such as `DU1234567`, one a line. None: the connection's, or all.",
        ),
    },
):
    IbAccountSnapshotOperator(
        task_id="snapshot",
        accounts="{{ params.accounts | join(',') }}",
        execution_timeout=timedelta(minutes=10),
    )
