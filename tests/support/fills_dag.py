# SPDX-License-Identifier: Apache-2.0
"""A DAG that waits for fills, for tests."""

from __future__ import annotations

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Asset

with DAG(dag_id="after_fills", schedule=[Asset("ib_fills")], is_paused_upon_creation=False):
    EmptyOperator(task_id="woken")
