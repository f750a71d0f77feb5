# SPDX-License-Identifier: Apache-2.0
"""``airflow backfill create`` over weeks of sessions, stopped in the middle, and resumed.

``BACKFILL=2011-03-01:2013-03-01`` runs it over another range, such as two years; with
``BACKFILL_DAG=ib_bars_month`` a run takes a month and not a session.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from ib_provider.symbology.sessions import sessions
from tests.support.airflow_stack import AirflowRest, airflow_command, running_airflow
from tests.support.main_job import source_bars
from tests.support.simulator import gateway_in_process

_RANGE = os.environ.get("BACKFILL", "2013-02-14:2013-02-23")
DAG_ID = os.environ.get("BACKFILL_DAG", "ib_bars")
FIRST, AFTER = (date.fromisoformat(text) for text in _RANGE.split(":"))
DAYS = [FIRST + timedelta(days=n) for n in range((AFTER - FIRST).days)]
SESSIONS = sessions("NYSE", FIRST, AFTER)
if DAG_ID == "ib_bars_month":
    KEYS = WOKEN = {f"{day:%Y-%m}" for day in DAYS if day.day == 28}
else:
    KEYS = {day.isoformat() for day in DAYS if day.weekday() < 5}
    WOKEN = {day.isoformat() for day in SESSIONS}
#: Long enough for a machine that does other things as well.
TIMEOUT_S = 240 + 90 * len(KEYS)
#: A task that was stopped with its scheduler is taken for dead soon, not after five minutes.
ENVIRONMENT = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
}

pytestmark = [pytest.mark.system, pytest.mark.timeout(2 * TIMEOUT_S)]


def test_backfill_stopped_in_the_middle_and_resumed_is_complete(tmp_path: Path) -> None:
    """A run a session, none lost, none twice: the bars of every session of every instrument."""
    with gateway_in_process() as gateway:
        with running_airflow(tmp_path, gateway_port=gateway.port, environment=ENVIRONMENT) as rest:
            run, states = rest.run("ib_instruments")
            assert run["state"] == "success", states
            rest.wait_for_dag("ib_validation")
            rest.wait_for_dag(DAG_ID)
            airflow_command(
                tmp_path,
                *("backfill", "create", "--dag-id", DAG_ID, "--max-active-runs", "3"),
                *("--from-date", FIRST.isoformat(), "--to-date", AFTER.isoformat()),
                gateway_port=gateway.port,
            )
            # Of two one has bars: a run on a holiday has none.
            _wait_for(lambda: list(_states(rest).values()).count("success") >= 2)
            assert set(_states(rest).values()) - {"success"}, "it was over before it was stopped"
        stored = _stored(tmp_path)
        assert stored
        with running_airflow(tmp_path, gateway_port=gateway.port, environment=ENVIRONMENT) as rest:
            _wait_for(lambda: not set(_states(rest).values()) & {"queued", "running"})
            assert _states(rest) == dict.fromkeys(KEYS, "success")
            # Each session that has bars wakes the look through the lake.
            woken = dict.fromkeys(WOKEN, "success")
            _wait_for(lambda: woken.items() <= _states(rest, "ib_validation").items())
    after = _stored(tmp_path)
    assert stored <= after
    assert after == _listed(_universe(tmp_path))
    sys.stdout.write(
        f"{len(KEYS)} runs of {DAG_ID}, {len(SESSIONS)} sessions, {SESSIONS[0]} to {SESSIONS[-1]}: "
        f"{len(stored):,} bars when all was stopped, {len(after):,} when it had gone on\n"
    )


def _states(rest: AirflowRest, dag_id: str = DAG_ID) -> dict[str, str]:
    """Return the state of the run of each session; unpausing made one of today beside them."""
    kind = "backfill" if dag_id == DAG_ID else "asset_triggered"
    runs: list[dict[str, str]] = []
    while True:
        page = rest.call("GET", f"/dags/{dag_id}/dagRuns?limit=100&offset={len(runs)}")
        runs += page["dag_runs"]
        if len(runs) >= page["total_entries"] or not page["dag_runs"]:
            return {run["partition_key"]: run["state"] for run in runs if run["run_type"] == kind}


def _stored(home: Path) -> set[tuple[str, date]]:
    """Return the instrument and the session of every bar; a bar that is twice fails."""
    with duckdb.connect(str(home / "market" / "catalog.duckdb"), read_only=True) as catalog:
        rows = catalog.sql("SELECT instrument_id, session FROM bars").fetchall()
    assert len(rows) == len(set(rows))
    return set(rows)


def _listed(names: list[str]) -> set[tuple[str, date]]:
    """Return what the source file has of the range: of a company, since it was listed."""
    bars = source_bars()
    found = set(zip(bars["instrument_id"], bars["session"], strict=True))
    assert {day for _, day in found} >= set(SESSIONS)
    return {(name, day) for name, day in found if name in names and FIRST <= day < AFTER}


def _universe(home: Path) -> list[str]:
    with duckdb.connect(str(home / "market" / "catalog.duckdb"), read_only=True) as catalog:
        rows = catalog.sql("SELECT instrument_id FROM instruments").fetchall()
    return [name for (name,) in rows]


def _wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("what was waited for did not come")
        time.sleep(0.5)
