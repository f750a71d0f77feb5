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
  is far quicker than a run a session. `airflow backfill create --dag-id ib_bars_month` makes a run
  a month.
* **Neither:** a manual run without dates takes the last finished session.

`download` only stages. `validate` publishes what passes and sets aside what does not, also when a
part of the download failed; `publish` then marks the run, and the asset `ib_bars`, as complete,
with what was written. `count` fails, and so alerts, where series lack bars of sessions that are
over: how many there should be is what IB says of its sessions, else the exchange's calendar.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronPartitionTimetable

from ib_provider.operators.bar_tasks import add_bar_tasks, bar_params

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
    params=bar_params(),
):
    add_bar_tasks()
