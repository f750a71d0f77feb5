# SPDX-License-Identifier: Apache-2.0
"""A whole Airflow for system tests, spoken to by REST as a person's browser would."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from ib_provider.cli.airflow_home import AirflowHome
from ib_provider.cli.airflow_stack import AirflowStack, free_port
from ib_provider.cli.process_group import stop_groups
from ib_provider.config import Settings
from tests.support.airflow_home import PROJECT, gateway_connection

__all__ = ["AirflowRest", "airflow_command", "running_airflow"]

#: A run that has not ended by then is stuck.
_RUN_TIMEOUT_S = 240.0


class AirflowRest:
    """Airflow's REST API with a logged-in user."""

    def __init__(self, stack: AirflowStack) -> None:
        self.stack = stack
        self._http = httpx.Client(base_url=stack.url, timeout=30)
        answer = self._http.post(
            "/auth/token", json={"username": stack.user, "password": stack.password}
        )
        answer.raise_for_status()
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def close(self) -> None:
        """End the connection."""
        self._http.close()

    def call(self, method: str, path: str, **body: Any) -> Any:
        """Return the answer to one call, which must succeed."""
        answer = self._http.request(method, f"/api/v2{path}", json=body or None)
        answer.raise_for_status()
        return answer.json()

    def status(self, method: str, path: str, **body: Any) -> int:
        """Return the HTTP status of one call, whatever it is."""
        return self._http.request(method, f"/api/v2{path}", json=body or None).status_code

    def wait_for_dag(self, dag_id: str) -> None:
        """Return once the DAG processor has read the DAG, and unpause it."""
        deadline = time.monotonic() + 60
        while self.status("GET", f"/dags/{dag_id}") == 404 and time.monotonic() < deadline:
            time.sleep(0.5)
        self.call("PATCH", f"/dags/{dag_id}", is_paused=False)

    def run(
        self, dag_id: str, *, meanwhile: Callable[[str], None] | None = None, **conf: Any
    ) -> tuple[dict[str, Any], dict[str, list[str]]]:
        """Trigger a DAG, and return its finished run and the states each task went through.

        ``meanwhile`` is called once, with the run's path, when it is under way.
        """
        self.wait_for_dag(dag_id)
        run = self.call("POST", f"/dags/{dag_id}/dagRuns", logical_date=None, conf=conf)
        path = f"/dags/{dag_id}/dagRuns/{run['dag_run_id']}"
        if meanwhile is not None:
            meanwhile(path)
        seen: dict[str, list[str]] = {}
        deadline = time.monotonic() + _RUN_TIMEOUT_S
        while run["state"] in {"queued", "running"}:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{path} is {run['state']}: {seen}")
            self._note_states(path, seen)
            time.sleep(0.2)
            run = self.call("GET", path)
        self._note_states(path, seen)
        return run, seen

    def clear(self, dag_id: str, path: str, task_id: str) -> None:
        """Have one task of a run, named by its path, run again."""
        self.call(
            "POST",
            f"/dags/{dag_id}/clearTaskInstances",
            dry_run=False,
            dag_run_id=path.rpartition("/")[2],
            task_ids=[task_id],
            only_failed=False,
        )

    def trigger(self, dag_id: str, **conf: Any) -> str:
        """Trigger a DAG, and return the path of its run."""
        self.wait_for_dag(dag_id)
        run = self.call("POST", f"/dags/{dag_id}/dagRuns", logical_date=None, conf=conf)
        return f"/dags/{dag_id}/dagRuns/{run['dag_run_id']}"

    def wait_for_task(self, path: str, task_id: str, *states: str) -> str:
        """Return the state of a task of a run once it is one of these."""
        return self._wait(f"{path}/taskInstances/{task_id}", states)

    def wait_for_end(self, path: str) -> str:
        """Return the state of a run that has ended."""
        return self._wait(path, ("success", "failed"))

    def answer(self, path: str, task_id: str, option: str) -> None:
        """Answer what a task asks a person, as the page Required Actions does."""
        self.wait_for_task(path, task_id, "awaiting_input")
        self.call(
            "PATCH",
            f"{path}/taskInstances/{task_id}/-1/hitlDetails",
            chosen_options=[option],
            params_input={},
        )

    def mark_passed(self, path: str, task_id: str) -> None:
        """Mark a task as a success, whatever it did, as a person with a mouse can."""
        self.call("PATCH", f"{path}/taskInstances/{task_id}", new_state="success")

    def _wait(self, path: str, states: tuple[str, ...]) -> str:
        deadline = time.monotonic() + _RUN_TIMEOUT_S
        while (state := str(self.call("GET", path)["state"])) not in states:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{path} is {state}, not one of {states}")
            time.sleep(0.2)
        return state

    def _note_states(self, path: str, seen: dict[str, list[str]]) -> None:
        for task in self.call("GET", f"{path}/taskInstances")["task_instances"]:
            states = seen.setdefault(task["task_id"], [])
            if task["state"] and task["state"] not in states[-1:]:
                states.append(task["state"])


@contextmanager
def running_airflow(
    home: Path,
    *,
    gateway_port: int,
    include: Path = PROJECT / "include",
    environment: dict[str, str] | None = None,
    **extra: Any,
) -> Iterator[AirflowRest]:
    """Run a whole Airflow over a home, connected to a gateway that may be traded.

    What was left behind in the home by an earlier one is taken up again. ``extra`` is more of the
    connection's.
    """
    installation = _installation(home, gateway_port, include, **extra)
    stack = AirflowStack(installation, port=free_port(), environment=environment)
    try:
        stack.start()
        stack.wait_healthy()
        rest = AirflowRest(stack)
        try:
            yield rest
        finally:
            rest.close()
    finally:
        stop_groups(stack.groups)


def airflow_command(home: Path, *arguments: str, gateway_port: int) -> str:
    """Return what one ``airflow`` command printed over a home; it must succeed."""
    installation = _installation(home, gateway_port, PROJECT / "include")
    done = subprocess.run(
        installation.command(*arguments),
        env=installation.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def _installation(home: Path, gateway_port: int, include: Path, **extra: Any) -> AirflowHome:
    return AirflowHome(
        root=PROJECT,
        settings=Settings(home=home, ledger_url=f"sqlite:///{home}/ledger.db", include=include),
        connection=gateway_connection(gateway_port, read_only=False, **extra),
    )
