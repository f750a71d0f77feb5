# SPDX-License-Identifier: Apache-2.0
"""### Load instruments.

Asks IB for the contracts of a universe (`include/universes/<name>.yaml`) and keeps its answers:
conId, exchange, time zone, tick size, trading hours. Bars and rebalances need them.

Runs every weekday before New York opens, because tick sizes and trading hours change. Run it by
hand with `instruments` to load a few by id, such as `AAPL.NASDAQ`. A bad id does not keep the
others from being loaded; the task then fails and names it.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, Param

from ib_provider.operators.instruments import IbInstrumentsOperator

with DAG(
    dag_id="ib_instruments",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("0 8 * * 1-5", timezone="America/New_York"),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "market-data", "retries": 3, "retry_delay": timedelta(seconds=30)},
    tags=["interactive-brokers", "market-data"],
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
        "sec_types": Param(
            [],
            type="array",
            items={"type": "string"},
            title="Security types",
            description_md="Such as `STK`, `FUT`. Empty: those of the universe, or all.",
        ),
        "max_age_hours": Param(
            None,
            type=["number", "null"],
            minimum=0,
            title="Age in hours",
            description_md="What IB has confirmed within it is not asked for again. Empty asks.",
        ),
        "tolerate_failures": Param(
            default=False, type="boolean", title="Succeed although some could not be loaded"
        ),
    },
):
    IbInstrumentsOperator(
        task_id="load",
        universe="{{ params.universe }}",
        instruments="{{ params.instruments | join(',') }}",
        sec_types="{{ params.sec_types | join(',') }}",
        max_age_hours="{{ params.max_age_hours }}",
        tolerate_failures="{{ params.tolerate_failures }}",
        execution_timeout=timedelta(minutes=30),
    )
