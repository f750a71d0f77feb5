# SPDX-License-Identifier: Apache-2.0
"""A DAG of the operators for ticks and futures, for tests."""

from __future__ import annotations

from airflow.sdk import DAG, Asset

from ib_provider.operators.bars import IbBarsOperator, IbBarsValidationOperator
from ib_provider.operators.futures import IbStitchOperator
from ib_provider.operators.ticks import IbTicksOperator

with DAG(dag_id="series", schedule=None):
    IbTicksOperator(
        task_id="ticks",
        start="2013-03-01",
        end="2013-03-02",
        kind="midpoint",
        instruments=["IBM.NYSE"],
        outlets=[Asset("ticks")],
    )
    # One staging area, filled by a task a list of instruments.
    contracts = IbBarsOperator.partial(
        task_id="contracts",
        start="2013-01-02",
        end="2013-03-02",
        batch="series",
        rth=False,
    ).expand(instruments=[["ESH13.CME"], ["ESM13.CME"]])
    validate = IbBarsValidationOperator(task_id="validate", batch="series")
    stitch = IbStitchOperator(task_id="stitch", futures="ES.CME", outlets=[Asset("continuous")])
    contracts >> validate >> stitch
