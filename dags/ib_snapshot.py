# SPDX-License-Identifier: Apache-2.0
"""### Price a universe.

A quarter of an hour before New York closes, one quote of each instrument is kept in `quotes`, many
at a time and never more than `lines`, for a login has only so many. Each quote says whether it was
live, frozen or delayed. An instrument without a quote spoils no other; the task then fails and
names it.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, Param

from ib_provider.operators.snapshot import IbSnapshotOperator

with DAG(
    dag_id="ib_snapshot",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("45 15 * * 1-5", timezone="America/New_York"),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "market-data", "retries": 2, "retry_delay": timedelta(seconds=30)},
    tags=["interactive-brokers", "market-data", "live"],
    params={
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
        "market_data": Param(
            "live",
            type="string",
            enum=["live", "frozen", "delayed", "delayed_frozen"],
            title="What may be sent",
        ),
        "lines": Param(50, type="integer", minimum=1, title="Quotes at once"),
    },
):
    IbSnapshotOperator(
        task_id="price",
        universe="{{ params.universe }}",
        instruments="{{ params.instruments | join(',') }}",
        market_data="{{ params.market_data }}",
        lines="{{ params.lines }}",
        execution_timeout=timedelta(hours=1),
    )
