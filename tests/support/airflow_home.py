# SPDX-License-Identifier: Apache-2.0
"""The environment of a throw-away Airflow, and runs of the project's DAGs inside pytest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["PROJECT", "airflow_environment", "gateway_connection", "run_dag", "task_states"]

#: The repository.
PROJECT = Path(__file__).parents[2]


def airflow_environment(home: Path) -> dict[str, str]:
    """Return the variables of an Airflow with the project's DAGs and nothing else."""
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }


def gateway_connection(port: int, **extra: Any) -> str:
    """Return a connection to a gateway on this machine, as ``AIRFLOW_CONN_*`` holds it."""
    return json.dumps(
        {"conn_type": "ib_gateway", "host": "127.0.0.1", "port": port, "extra": extra}
    )


def run_dag(dag_id: str, **conf: Any) -> Any:
    """Return the finished run of one of the project's DAGs, triggered as a person would.

    Every task runs in this process, triggers too; the DAG must have been put into the database's
    bundle by the fixture ``airflow_db``.
    """
    from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db

    bag = DagBag(dag_folder=str(PROJECT / "dags"))
    sync_bag_to_db(bag, "dags-folder", None)
    return bag.dags[dag_id].test(logical_date=None, run_conf=conf)


def task_states(run: Any) -> dict[str, str]:
    """Return the final state of each task of a run."""
    return {task.task_id: str(task.state) for task in run.get_task_instances()}
