# SPDX-License-Identifier: Apache-2.0
"""### Record live data for a session.

From five minutes before New York opens until five minutes after it closes, each kind of `streams`
is recorded of each instrument: `trades`, `bid_ask`, `quotes`, `bars:1 min`, `depth:5` … A lost
connection is made again and the subscriptions with it; bars that an outage cost are fetched from
history at the end, and gaps of the others are in the report.

A killed task loses the last seconds, not the day: what was recorded is in the live tables, and
the views `trades`, `bid_asks`, `quotes`, `live_bars`, `depth` … read it. It is not retried, for
what has passed cannot be recorded again. Each subscription takes a line: mind the login's limits.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, Param

from ib_provider.operators.capture import IbCaptureOperator

with DAG(
    dag_id="ib_capture",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("25 9 * * 1-5", timezone="America/New_York"),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "market-data", "retries": 0},
    tags=["interactive-brokers", "market-data", "live"],
    params={
        "streams": Param(
            ["bars:1 min"],
            type="array",
            items={"type": "string"},
            title="Kinds",
            description_md="Such as `trades`, `quotes`, `bars:1 min:MIDPOINT:all`, `depth:5`.",
        ),
        "until": Param(
            "16:05 America/New_York",
            type="string",
            title="Until",
            description_md="`90 minutes`, `16:05 America/New_York`, or an instant.",
        ),
        "market_data": Param(
            "live",
            type="string",
            enum=["live", "frozen", "delayed", "delayed_frozen"],
            title="What may be sent",
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
    },
):
    IbCaptureOperator(
        task_id="capture",
        streams="{{ params.streams | join(',') }}",
        until="{{ params.until }}",
        market_data="{{ params.market_data }}",
        universe="{{ params.universe }}",
        instruments="{{ params.instruments | join(',') }}",
        execution_timeout=timedelta(hours=8),
    )
