# SPDX-License-Identifier: Apache-2.0
"""### Rebalance a portfolio.

Compares what the account holds with what we know of it, plans the trades that bring it to its
target weights (`include/portfolios`), refuses them when a limit breaks (`include/limits`), asks
the broker what they would bind and cost, has a person approve them, sends each order exactly once,
waits for the fills, keeps them in the view `fills`, compares again, reports. Who waits for the
asset `ib_fills` is woken by them, and by those that came late.

* **It sends nothing unless two switches agree:** `dry_run` is off, and the connection's `read_only`
  is off. Scheduled runs use the defaults below, so they are dry runs until `DRY_RUN` is changed.
* **A live account's plan is approved by a person**, under Required Actions; `approval` asks for a
  paper account's too. The approval is of that very plan and grows old: `submit` cleared by itself
  sends nothing that was not approved.
* **What nobody can explain is locked:** a position that differs from the last one and our fills. A
  plan that trades it is refused; one that does not goes on. After the fills a difference fails the
  run.
* **Limits can be loosened for one plan** with `loosen` and a `reason`, as far as their file lets
  anybody (`may_loosen`). Such a plan is always asked for, and shows who, what and why.
* **One key, one rebalance:** the key is the session date, or `rebalance_id`. A second run with the
  same key finds the first one's plan and orders, and sends nothing again. So does a retry.
* A run that begins late is refused; backfills are. Clearing `submit` after a crash is safe: the
  broker is asked first. Where nobody can tell whether an order arrived, the task fails and says so.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Asset, CronTriggerTimetable, Param, TriggerRule

from ib_provider.operators.fills import IbFillsOperator
from ib_provider.operators.rebalance_approve import IbRebalanceApproveOperator
from ib_provider.operators.rebalance_plan import IbRebalancePlanOperator
from ib_provider.operators.rebalance_report import IbRebalanceReportOperator
from ib_provider.operators.rebalance_submit import IbRebalanceSubmitOperator
from ib_provider.operators.reconcile import IbReconcileOperator
from ib_provider.operators.trading_gate import IbTradingGateOperator
from ib_provider.sensors.fills import IbFillsSensor

DRY_RUN = True
ASK_FOR_PAPER = False

with DAG(
    dag_id="ib_rebalance",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("0 10 * * 1", timezone="America/New_York"),
    allowed_run_types=["scheduled", "manual"],  # type: ignore[list-item] # Airflow reads text
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "trading", "retries": 3, "retry_delay": timedelta(seconds=30)},
    tags=["interactive-brokers", "trading"],
    params={
        "portfolio": Param(
            "demo", type="string", title="Portfolio", description_md="In `include/portfolios`."
        ),
        "limits": Param(
            "demo", type="string", title="Limits", description_md="In `include/limits`."
        ),
        "account": Param(
            None,
            type=["string", "null"],
            title="Account",
            description_md="Empty: the connection's, or the login's only one.",
        ),
        "rebalance_id": Param(
            None,
            type=["string", "null"],
            pattern="^[A-Za-z0-9._-]{1,40}$",
            title="Rebalance id",
            description_md="Empty: the session date. The same id never trades twice.",
        ),
        "dry_run": Param(
            DRY_RUN,
            type="boolean",
            title="Dry run",
            description_md="Plan only; nothing is sent and the id stays free.",
        ),
        "approval": Param(
            ASK_FOR_PAPER,
            type="boolean",
            title="Ask for approval",
            description_md="Of a paper account's plan too; a live one's is always asked for.",
        ),
        "loosen": Param(
            {},
            type="object",
            additionalProperties={"type": "number"},
            title="Loosen limits",
            description_md='For this plan alone, such as `{"max_turnover": 1.5}`, as far as '
            "`may_loosen` of the limits lets anybody.",
        ),
        "reason": Param(
            None,
            type=["string", "null"],
            maxLength=500,
            title="Reason",
            description_md="Why the limits are loosened; needed then.",
        ),
    },
):
    gate = IbTradingGateOperator(task_id="gate", rebalance_id="{{ params.rebalance_id }}")
    before = IbReconcileOperator(
        task_id="reconcile_before",
        account="{{ params.account }}",
        fail_on_difference=False,
        execution_timeout=timedelta(minutes=10),
    )
    plan = IbRebalancePlanOperator(
        task_id="plan",
        portfolio="{{ params.portfolio }}",
        limits="{{ params.limits }}",
        account="{{ params.account }}",
        key="{{ ti.xcom_pull(task_ids='gate', key='key') }}",
        plan_only="{{ params.dry_run }}",
        loosen="{{ params.loosen | tojson }}",
        reason="{{ params.reason }}",
        execution_timeout=timedelta(minutes=10),
    )
    approve = IbRebalanceApproveOperator(
        task_id="approve",
        plan_id="{{ ti.xcom_pull(task_ids='plan', key='plan_id') }}",
        plan_only="{{ params.dry_run }}",
        always="{{ params.approval }}",
        response_timeout=timedelta(minutes=30),
    )
    submit = IbRebalanceSubmitOperator(
        task_id="submit",
        plan_id="{{ ti.xcom_pull(task_ids='plan', key='plan_id') }}",
        limits="{{ params.limits }}",
        plan_only="{{ params.dry_run }}",
        needs_approval="{{ params.approval }}",
        execution_timeout=timedelta(minutes=10),
    )
    fills = IbFillsSensor(
        task_id="fills",
        plan_id="{{ ti.xcom_pull(task_ids='plan', key='plan_id') }}",
        timeout=timedelta(hours=7),
    )
    keep_fills = IbFillsOperator(
        task_id="keep_fills",
        plan_ids="{{ ti.xcom_pull(task_ids='plan', key='plan_id') }}",
        outlets=[Asset("ib_fills")],
        trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,
        execution_timeout=timedelta(minutes=10),
    )
    after = IbReconcileOperator(
        task_id="reconcile_after",
        account="{{ params.account }}",
        execution_timeout=timedelta(minutes=10),
    )
    report = IbRebalanceReportOperator(
        task_id="report",
        plan_id="{{ ti.xcom_pull(task_ids='plan', key='plan_id') }}",
        # Also after orders that failed half-way, and not after a dry run.
        trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,
    )
    # What the report was the first to hear of; also where it failed.
    keep_late_fills = IbFillsOperator(
        task_id="keep_late_fills",
        plan_ids="{{ ti.xcom_pull(task_ids='plan', key='plan_id') }}",
        outlets=[Asset("ib_fills")],
        trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,
        execution_timeout=timedelta(minutes=10),
    )
    # Fills that were kept do not make up for a report that failed.
    result = EmptyOperator(task_id="result")
    gate >> before >> plan >> approve >> submit >> fills >> after
    # Who is woken by fills is woken before the report, which takes its time.
    [submit, fills] >> keep_fills
    [submit, fills, keep_fills] >> report
    [submit, report] >> keep_late_fills
    report >> result
