# SPDX-License-Identifier: Apache-2.0
"""Every DAG loads, says who owns it, is wired as promised, and is light to parse."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pendulum
import pytest

from tests.support.airflow_home import PROJECT

DAG_FILES = sorted((PROJECT / "dags").glob("*.py"))
TRADING = {"ib_rebalance"}
BAR_EDGES: dict[str, set[str]] = {
    "sessions": {"download", "validate"},
    "download": {"validate", "publish"},
    "validate": {"publish", "count"},
    "publish": set(),
    "count": set(),
}
#: Packages that cost more to import than a DAG file may.
HEAVY = [
    "duckdb",
    "exchange_calendars",
    "great_expectations",
    "ib_provider.client",
    "ib_provider.ledger",
    "ib_provider.store",
    "ib_provider.usecases",
    "ibapi",
    "numpy",
    "pandas",
    "pyarrow",
]


@pytest.fixture(scope="module")
def dags() -> dict[str, Any]:
    """Return the project's DAGs by id, none of them with an import error."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=str(PROJECT / "dags"))
    assert bag.import_errors == {}
    return dict(bag.dags)


def test_dags_are_one_a_file(dags: dict[str, Any]) -> None:
    """A DAG is found in the file that has its name."""
    assert sorted(dags) == [path.stem for path in DAG_FILES]


def test_dags_say_who_owns_them_and_what_they_do(dags: dict[str, Any]) -> None:
    """Each has an owner, tags and documentation."""
    for dag in dags.values():
        assert "interactive-brokers" in dag.tags
        assert len(dag.doc_md) > 200
        assert {task.owner for task in dag.tasks} <= {"market-data", "trading"}


def test_dags_do_not_catch_up(dags: dict[str, Any]) -> None:
    """Unpausing a DAG starts no run of the past: no start date, no immediate run."""
    for dag in dags.values():
        assert dag.catchup is False
        assert dag.start_date is None
        assert getattr(dag.timetable, "run_immediately", None) in (None, False)


def test_trading_dags_run_alone_and_never_as_a_backfill(dags: dict[str, Any]) -> None:
    """Money: one run at a time, scheduled or by hand, dry unless somebody says otherwise."""
    for dag_id in TRADING:
        dag = dags[dag_id]
        assert dag.max_active_runs == 1
        assert {str(kind.value) for kind in dag.allowed_run_types} == {"scheduled", "manual"}
        assert dag.params["dry_run"] is True
        assert dag.timetable.run_immediately is False


def test_lake_is_tidied_when_the_audit_must_be_over(dags: dict[str, Any]) -> None:
    """What the audit publishes last is in the week's copy."""
    audit, care = dags["ib_audit"], dags["ib_lake_care"]
    begins = datetime(2013, 3, 2, 17, tzinfo=UTC)  # a Saturday, noon in New York
    bounds = [task.execution_timeout for task in audit.tasks if task.execution_timeout]
    follows = _next_run(care, begins)
    assert begins + sum(bounds, timedelta()) < follows < begins + timedelta(days=1)
    assert (_next_run(audit, begins - timedelta(seconds=1)), care.max_active_runs) == (begins, 1)


def _next_run(dag: Any, after: datetime) -> datetime:
    """Return the first instant after another at which a DAG is run by its schedule."""
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables.base import TimeRestriction

    timetable = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag)).timetable
    found = timetable.next_dagrun_info(
        last_automated_data_interval=None,
        restriction=TimeRestriction(earliest=pendulum.instance(after), latest=None, catchup=True),
    )
    assert found is not None
    return found.run_after


@pytest.mark.parametrize(
    ("dag_id", "edges"),
    [
        ("ib_instruments", {"load": set()}),
        ("ib_chains", {"futures": set(), "options": set()}),
        ("ib_account", {"snapshot": set()}),
        ("ib_capture", {"capture": set()}),
        (
            "ib_expiring",
            {
                "expiring": {"download", "validate"},
                "download": {"validate", "result"},
                "validate": {"result"},
                "result": set(),
            },
        ),
        ("ib_lake_care", {"tidy": {"mirror"}, "mirror": set()}),
        ("ib_open_interest", {"keep": set()}),
        ("ib_reconcile", {"reconcile": set()}),
        ("ib_orders_watch", {"watch": {"keep_fills"}, "keep_fills": set()}),
        ("ib_snapshot", {"price": set()}),
        ("ib_validation", {"sweep": set()}),
        (
            "ib_audit",
            {
                "audit": {"validate", "result"},
                "validate": {"sweep", "result"},
                "sweep": {"result"},
                "result": set(),
            },
        ),
        ("ib_bars", BAR_EDGES),
        ("ib_bars_month", BAR_EDGES),
        (
            "ib_rebalance",
            {
                "gate": {"reconcile_before"},
                "reconcile_before": {"plan"},
                "plan": {"approve"},
                "approve": {"submit"},
                "submit": {"fills", "keep_fills", "report", "keep_late_fills"},
                "fills": {"keep_fills", "reconcile_after", "report"},
                "keep_fills": {"report"},
                "reconcile_after": set(),
                "report": {"keep_late_fills", "result"},
                "keep_late_fills": set(),
                "result": set(),
            },
        ),
    ],
)
def test_dag_is_wired_as_documented(
    dags: dict[str, Any], dag_id: str, edges: dict[str, set[str]]
) -> None:
    """The tasks and what follows each."""
    found = {task.task_id: set(task.downstream_task_ids) for task in dags[dag_id].tasks}
    assert found == edges


def test_every_template_field_is_an_argument(dags: dict[str, Any]) -> None:
    """Airflow accepts a template field that no argument sets, and fails when the task runs."""
    for dag in dags.values():
        for task in dag.tasks:
            if type(task).__module__.startswith("ib_provider"):
                accepted = {
                    name
                    for base in type(task).__mro__
                    for name in inspect.signature(base.__init__).parameters  # type: ignore[misc]
                }
                assert set(task.template_fields) <= accepted


def test_every_task_is_bounded(dags: dict[str, Any]) -> None:
    """A task that talks to a gateway ends by itself."""
    for dag in dags.values():
        for task in dag.tasks:
            if getattr(task, "ib_conn_id", None) and task.task_id not in {"sessions", "report"}:
                waits = getattr(task, "response_timeout", None)
                bound = task.execution_timeout or waits or timedelta(seconds=task.timeout)
                assert bound <= timedelta(hours=12)


def test_dags_survive_serialisation(dags: dict[str, Any]) -> None:
    """The scheduler works on the serialised form."""
    from airflow.serialization.serialized_objects import DagSerialization

    for dag in dags.values():
        again = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag))
        assert {task.task_id for task in again.tasks} == {task.task_id for task in dag.tasks}


@pytest.mark.parametrize("path", DAG_FILES, ids=lambda path: path.stem)
def test_dag_file_imports_nothing_heavy(path: Any) -> None:
    """A DAG file is parsed every few seconds; what it works with is imported when a task runs."""
    program = (
        "import airflow.sdk, importlib, json, sys\n"
        "before = set(sys.modules)\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "importlib.import_module(sys.argv[2])\n"
        "print(json.dumps(sorted(set(sys.modules) - before)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path.parent), path.stem],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    loaded = json.loads(done.stdout.splitlines()[-1])
    heavy = [name for name in loaded if any(f"{name}.".startswith(f"{bad}.") for bad in HEAVY)]
    assert heavy == []


def test_dag_folder_names_no_deprecated_import() -> None:
    """Only the supported import paths of Airflow 3 are used: a warning here is an error."""
    program = (
        "import importlib, sys, warnings\n"
        "import airflow.sdk\n"
        "warnings.simplefilter('error', DeprecationWarning)\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "for name in sys.argv[2:]: importlib.import_module(name)\n"
    )
    stems = [path.stem for path in DAG_FILES]
    subprocess.run(
        [sys.executable, "-c", program, str(PROJECT / "dags"), *stems], check=True, timeout=60
    )
