# SPDX-License-Identifier: Apache-2.0
"""The project's own ``ib_rebalance``, tried again at once and as often as it is killed."""

from __future__ import annotations

import runpy
from datetime import timedelta
from pathlib import Path

from airflow.sdk import DAG

_FILE = Path(__file__).parents[3] / "dags" / "ib_rebalance.py"
dag: DAG = runpy.run_path(str(_FILE))["submit"].dag
for task in dag.tasks:
    task.retries = 60
    task.retry_delay = timedelta(seconds=1)
