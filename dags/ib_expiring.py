# SPDX-License-Identifier: Apache-2.0
"""### Take the bars of options before they expire.

IB serves nothing of an option once it has expired. So every weekday, twenty minutes after New York
closes, each option of the store whose last session is today gets the bars that it lacks, up to and
with that session, in every kind of `specs`. Which options are in the store, `ib_chains` decides;
nothing is asked again that is stored. With `days` above zero what ends later this week is taken as
well, which spreads the work of a monthly expiry over several days.

A day on which nothing ends is skipped. `download` fails, and so alerts, where an option could not
be had: that evening is the last on which a person can get it. Sessions in which an option was not
traded have no bar, so bars are not counted here.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, CronTriggerTimetable, Param, TriggerRule

from ib_provider.operators.bars import IbBarsOperator, IbBarsValidationOperator
from ib_provider.operators.expiring import IbExpiringOperator

with DAG(
    dag_id="ib_expiring",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("20 16 * * 1-5", timezone="America/New_York"),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "market-data", "retries": 3, "retry_delay": timedelta(minutes=2)},
    tags=["interactive-brokers", "market-data"],
    params={
        "days": Param(0, type="integer", minimum=0, title="Also what ends within so many days"),
        "look_back": Param(
            60, type="integer", minimum=0, title="How many days back bars are wanted"
        ),
        "kinds": Param(
            ["OPT", "FOP"], type="array", items={"type": "string"}, title="Security types"
        ),
        "specs": Param(
            ["1-DAY-LAST"],
            type="array",
            items={"type": "string", "pattern": "^[0-9]+-[A-Za-z]+-[A-Za-z_]+$"},
            title="Kinds of bars",
            description_md="`STEP-UNIT-KIND`, one a line: `1-DAY-LAST`, `30-MINUTE-MID`.",
        ),
        "rth": Param(default=True, type="boolean", title="Regular trading hours only"),
    },
):
    expiring = IbExpiringOperator(
        task_id="expiring",
        days="{{ params.days }}",
        look_back="{{ params.look_back }}",
        kinds="{{ params.kinds | join(',') }}",
        execution_timeout=timedelta(minutes=10),
    )
    series: dict[str, Any] = {
        "start": "{{ ti.xcom_pull(task_ids='expiring', key='start') }}",
        "end": "{{ ti.xcom_pull(task_ids='expiring', key='end') }}",
        "instruments": "{{ ti.xcom_pull(task_ids='expiring', key='instruments') | join(',') }}",
        "specs": "{{ params.specs | join(',') }}",
        "rth": "{{ params.rth }}",
    }
    download = IbBarsOperator(
        task_id="download",
        batch="{{ ti.xcom_pull(task_ids='expiring', key='batch') }}",
        execution_timeout=timedelta(hours=6),
        **series,
    )
    validate = IbBarsValidationOperator(
        task_id="validate",
        batch="{{ ti.xcom_pull(task_ids='expiring', key='batch') }}",
        # What came is published although a part of the download failed.
        trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,
        execution_timeout=timedelta(hours=1),
    )
    # A validation that succeeds does not make up for a download that failed.
    result = EmptyOperator(task_id="result")
    expiring >> download >> validate >> result
    expiring >> validate
    download >> result
