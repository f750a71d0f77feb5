# SPDX-License-Identifier: Apache-2.0
"""### Load chains of futures and options.

Asks IB which months and which options there are, and keeps its answers: instruments, when each
was first and last seen, which strikes do not exist, and roll calendars of continuous futures. An
analyst reads them as `chains`, `futures_rolls` and `instruments` in the catalog.

Runs every weekday before New York opens. Run it by hand with other `futures` and `underlyings`. An
expiration that was asked about in the last 20 hours costs no message; a chain that fails does not
keep the others from being loaded, and the task then fails and names it.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, Param

from ib_provider.operators.chains import IbFuturesChainOperator, IbOptionsChainOperator

with DAG(
    dag_id="ib_chains",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("15 8 * * 1-5", timezone="America/New_York"),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "market-data", "retries": 3, "retry_delay": timedelta(seconds=30)},
    tags=["interactive-brokers", "market-data"],
    params={
        "futures": Param(
            ["ES.CME", "CL.NYMEX"],
            type="array",
            items={"type": "string"},
            title="Futures",
            description_md="Roots and their venues, `ES.CME`, one a line.",
        ),
        "underlyings": Param(
            ["AAPL.NASDAQ"],
            type="array",
            items={"type": "string"},
            title="Underlyings of options",
            description_md="Ids such as `AAPL.NASDAQ`; `ES.CME` for options on its months.",
        ),
        "min_days": Param(
            0, type=["integer", "null"], title="Fewest days to expiry", description_md="0 is today."
        ),
        "max_days": Param(60, type=["integer", "null"], title="Most days to expiry"),
        "futures_max_days": Param(
            400, type=["integer", "null"], title="Most days to a future's last day of trading"
        ),
        "roll_days": Param(
            5, type=["integer", "null"], minimum=0, title="Roll so many days before expiry"
        ),
        "min_moneyness": Param(
            0.9, type=["number", "null"], title="Lowest strike, as a part of the price"
        ),
        "max_moneyness": Param(
            1.1, type=["number", "null"], title="Highest strike, as a part of the price"
        ),
        "price": Param(
            None,
            type=["number", "null"],
            title="Price of the underlying",
            description_md="Only for one underlying. Empty asks the gateway.",
        ),
    },
):
    IbFuturesChainOperator(
        task_id="futures",
        futures="{{ params.futures | join(',') }}",
        min_days="{{ params.min_days }}",
        max_days="{{ params.futures_max_days }}",
        roll_days="{{ params.roll_days }}",
        execution_timeout=timedelta(minutes=30),
    )
    IbOptionsChainOperator(
        task_id="options",
        underlyings="{{ params.underlyings | join(',') }}",
        min_days="{{ params.min_days }}",
        max_days="{{ params.max_days }}",
        min_moneyness="{{ params.min_moneyness }}",
        max_moneyness="{{ params.max_moneyness }}",
        price="{{ params.price }}",
        execution_timeout=timedelta(hours=2),
    )
