# SPDX-License-Identifier: Apache-2.0
"""The environment of a throw-away Airflow, and runs of the project's DAGs inside pytest."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

__all__ = [
    "PROJECT",
    "airflow_environment",
    "gateway_connection",
    "run_dag",
    "run_dag_of",
    "task_result",
    "task_states",
]

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
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(64),
    }


def gateway_connection(port: int, **extra: Any) -> str:
    """Return a connection to a gateway on this machine, as ``AIRFLOW_CONN_*`` holds it."""
    return json.dumps(
        {"conn_type": "ib_gateway", "host": "127.0.0.1", "port": port, "extra": extra}
    )


def run_dag(dag_id: str, **conf: Any) -> Any:
    """Return the finished run of one of the project's DAGs."""
    return run_dag_of(PROJECT / "dags", dag_id, **conf)


def run_dag_of(folder: Path, dag_id: str, **conf: Any) -> Any:
    """Return the finished run of a DAG in a folder, triggered as a person would.

    Every task runs in this process, triggers too. Needs the fixture ``airflow_db``. The files are
    loaded anew each time: a run writes its conf into the params of the DAG it is given.
    """
    from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db

    bag = DagBag(dag_folder=str(folder))
    sync_bag_to_db(bag, "dags-folder", None)
    return bag.dags[dag_id].test(logical_date=None, run_conf=conf)


def task_states(run: Any) -> dict[str, str]:
    """Return the final state of each task of a run."""
    return {task.task_id: str(task.state) for task in run.get_task_instances()}


def task_result(run: Any, task_id: str, key: str = "return_value") -> Any:
    """Return what a task of a run published."""
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    query = select(XComModel.value).where(
        XComModel.run_id == run.run_id,
        XComModel.dag_id == run.dag_id,
        XComModel.task_id == task_id,
        XComModel.key == key,
    )
    with create_session() as session:
        return session.scalar(query)
