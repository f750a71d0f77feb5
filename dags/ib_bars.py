# SPDX-License-Identifier: Apache-2.0
"""### Download, validate and publish historical bars.

One run a session: the run's partition key is the session's date in New York, at 22:30 of that
day, when daily bars are final: six hours after the close. Those of futures settle a day late, so
each run takes the session before as well. A key on a holiday is skipped. Nothing that is covered
already is asked for again.

* **One session again, or a few:**
  `airflow backfill create --dag-id ib_bars --from-date A --to-date B` makes one run a session;
  `B` is the day after the last.
* **Years at once:** trigger by hand with `start` and `end`; one run asks for the whole range, which
  is far quicker than a run a session.
* **Neither:** a manual run without dates takes the last finished session.

`download` only stages. `validate` publishes what passes and sets aside what does not, also when a
part of the download failed; `publish` then marks the run, and the asset `ib_bars`, as complete,
with what was written. `count` fails, and so alerts, where series lack bars of sessions that are
over: how many there should be is what IB says of its sessions, else the exchange's calendar.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Asset, CronPartitionTimetable, Param, TriggerRule

from ib_provider.operators.bar_checks import IbBarsCountOperator
from ib_provider.operators.bars import (
    IbBarsOperator,
    IbBarsPublishOperator,
    IbBarsValidationOperator,
)
from ib_provider.operators.sessions import IbSessionsOperator

with DAG(
    dag_id="ib_bars",
    doc_md=__doc__,
    schedule=CronPartitionTimetable(
        "30 22 * * 1-5", timezone="America/New_York", key_format="%Y-%m-%d"
    ),
    catchup=False,
    max_active_runs=2,
    default_args={"owner": "market-data", "retries": 3, "retry_delay": timedelta(seconds=30)},
    tags=["interactive-brokers", "market-data"],
    params={
        "start": Param(None, type=["string", "null"], format="date", title="First session"),
        "end": Param(
            None, type=["string", "null"], format="date", title="Day after the last session"
        ),
        "universe": Param(
            "demo", type="string", title="Universe", description_md="In `include/universes`."
        ),
        "instruments": Param(
            [],
            type="array",
            items={"type": "string"},
            title="Instruments",
            description_md="Ids such as `AAPL.NASDAQ`, one a line. They replace the universe.",
        ),
        "venue": Param("NYSE", type="string", title="Whose calendar"),
        "specs": Param(
            ["1-DAY-LAST"],
            type="array",
            items={"type": "string", "pattern": "^[0-9]+-[A-Za-z]+-[A-Za-z_]+$"},
            title="Kinds of bars",
            description_md="`STEP-UNIT-KIND`, one a line: `1-HOUR-LAST`, `30-MINUTE-MID`, "
            "`1-DAY-ADJUSTED`.",
        ),
        "rth": Param(default=True, type="boolean", title="Regular trading hours only"),
    },
):
    sessions = IbSessionsOperator(
        task_id="sessions",
        start="{{ params.start }}",
        end="{{ params.end }}",
        venue="{{ params.venue }}",
    )
    series: dict[str, Any] = {
        "start": "{{ ti.xcom_pull(task_ids='sessions', key='start') }}",
        "end": "{{ ti.xcom_pull(task_ids='sessions', key='end') }}",
        "universe": "{{ params.universe }}",
        "instruments": "{{ params.instruments | join(',') }}",
        "specs": "{{ params.specs | join(',') }}",
        "rth": "{{ params.rth }}",
    }
    download = IbBarsOperator(
        task_id="download",
        batch="{{ ti.xcom_pull(task_ids='sessions', key='batch') }}",
        with_late=True,
        execution_timeout=timedelta(hours=12),
        **series,
    )
    validate = IbBarsValidationOperator(
        task_id="validate",
        batch="{{ ti.xcom_pull(task_ids='sessions', key='batch') }}",
        # Runs after a download that failed in part, and not after one that was skipped: `sessions`
        # stands before it as well, so that one success is always there.
        trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,
        execution_timeout=timedelta(hours=1),
    )
    publish = IbBarsPublishOperator(
        task_id="publish",
        start=series["start"],
        end=series["end"],
        sessions="{{ ti.xcom_pull(task_ids='sessions', key='sessions') }}",
        outlets=[Asset("ib_bars")],
        execution_timeout=timedelta(minutes=5),
    )
    count = IbBarsCountOperator(
        task_id="count", with_late=True, execution_timeout=timedelta(hours=1), **series
    )
    sessions >> download >> validate >> publish
    sessions >> validate
    download >> publish
    validate >> count
