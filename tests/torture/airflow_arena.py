# SPDX-License-Identifier: Apache-2.0
"""Who kills in a real Airflow: task, supervisor, triggerer, gateway and line, as they are at work.

Each run is the project's own DAG. After a kill Airflow tries again by itself, or a person clears
the task without waiting for that. A task whose supervisor was killed is an orphan: it runs on,
and meets its own retry.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import httpx
import psutil

from tests.support.airflow_stack import AirflowRest
from tests.torture.actors import ACCOUNT
from tests.torture.gateway import Gateway, TortureFailed
from tests.torture.link import Link, Way

__all__ = ["ENVIRONMENT", "AirflowArena"]

_DAG: Final = "ib_rebalance"
_RUN_S: Final = 600.0
_LOOK_S: Final = 0.3
#: Longer than Airflow takes to miss a supervisor: an orphan on a silent line outlives that.
ANSWER_S: Final = 25.0
ENVIRONMENT: Final = {
    "AIRFLOW__CORE__DAGS_FOLDER": str(Path(__file__).parent / "dags"),
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "12",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "8",
    "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "2",
}


class AirflowArena:
    """A running Airflow, its gateway and the line between them, none of them left in peace.

    Attributes:
        kills: Processes ended by SIGKILL, by what they were.
        faults: What else was done, and how often an orphan and its retry ran at once.
    """

    def __init__(self, rest: AirflowRest, *, seed: int, link: Link, gateway: Gateway) -> None:
        self._rest, self._link, self._gateway = rest, link, gateway
        self._random = random.Random(seed)
        self._triggerer_down = False
        self.kills: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.retries = 0

    @property
    def killed(self) -> int:
        """Return how many processes were ended by SIGKILL so far."""
        return self.kills.total()

    def rebalance(self, portfolio: str, key: str, *, attacks: int) -> None:
        """Bring one run of the DAG to its end, attacking what works for it.

        Raises:
            TortureFailed: It failed, or did not end.
        """
        run = self._rest.call(
            "POST",
            f"/dags/{_DAG}/dagRuns",
            logical_date=None,
            conf={
                "portfolio": portfolio,
                "limits": "torture",
                "account": ACCOUNT,
                "rebalance_id": key,
                "dry_run": False,
            },
        )
        path = f"/dags/{_DAG}/dagRuns/{run['dag_run_id']}"
        deadline, attacked = time.monotonic() + _RUN_S, set[tuple[str, int, str]]()
        while run["state"] in {"queued", "running"}:
            if time.monotonic() > deadline:
                raise TortureFailed(f"{path} is {run['state']}: {self._states(path)}")
            for task in self._tasks(path):
                moment = (task["task_id"], task["try_number"], task["state"])
                # What waits in the triggerer is seldom met: it is never let pass.
                is_due = attacks > 0 or task["state"] == "deferred"
                if is_due and moment not in attacked and self._attack(path, task):
                    attacked.add(moment)
                    attacks -= 1
                    break
            time.sleep(_LOOK_S)
            run = self._call(path)
        self.retries += sum(task["try_number"] - 1 for task in self._tasks(path))
        if run["state"] != "success":
            words = self._last_words(path)
            raise TortureFailed(f"{path} is {run['state']}: {self._states(path)}\n{words}")

    def _attack(self, path: str, task: dict[str, Any]) -> bool:
        """Do something to what works for a task, if it can be found; return whether it was."""
        name, state = task["task_id"], task["state"]
        if state == "deferred":
            choices: list[Callable[[], bool]] = [
                self._kill_triggerer,
                self._kill_triggerer,
                self._kill_gateway,
                lambda: self._harm_line(None),
                lambda: self._clear(path, "submit"),
            ]
        elif name in {"plan", "submit", "fills"} and state == "running":
            process = _process_of(task["id"])
            if process is None:
                return False
            self._await_moment(name)
            choices = [
                lambda: self._kill_task(path, name, process),
                lambda: self._kill_task(path, name, process),
                lambda: self._kill_supervisor(process),
                lambda: self._kill_supervisor(process, freeze=True),
                lambda: self._kill_supervisor(process, freeze=True),
                self._kill_gateway,
                lambda: self._harm_line(process),
                lambda: self._clear(path, name),
            ]
        else:
            return False
        return self._random.choice(choices)()

    def _await_moment(self, task_id: str) -> None:
        """Wait for a moment at random: at any time of a task's life, or close to an order."""
        if task_id != "submit" or self._random.random() < 0.3:
            time.sleep(self._random.uniform(0, 2.5))
            return
        before, deadline = self._orders(), time.monotonic() + 15
        while self._orders() == before and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(self._random.uniform(0, 0.15))

    def _orders(self) -> int:
        journal = self._gateway.folder / "journal.jsonl"
        return journal.stat().st_size if journal.exists() else 0

    def _kill_task(self, path: str, task_id: str, process: psutil.Process) -> bool:
        """Kill the task's own process; its supervisor reports that, or a person is quicker."""
        killed = _kill(process)
        self.kills["airflow-task"] += killed
        if killed and self._random.random() < 0.3:
            self._clear(path, task_id)
        return killed

    def _kill_supervisor(self, process: psutil.Process, *, freeze: bool = False) -> bool:
        """Kill the supervisor: the task is an orphan, on a silent line one that lives for long."""
        with suppress(psutil.NoSuchProcess):
            supervisor = process.parent()
            if freeze:
                self._link.freeze()
            try:
                if supervisor is None or not _kill(supervisor):
                    return False
                self.kills["airflow-supervisor"] += 1
                self.faults["orphaned"] += process.is_running()
                if freeze:
                    self._await_retry_beside(process)
            finally:
                self._link.release()
            return True
        return False

    def _await_retry_beside(self, orphan: psutil.Process) -> None:
        """Return when another try is at work beside the orphan, or the orphan is gone."""
        deadline = time.monotonic() + 2 * ANSWER_S
        while orphan.is_running() and time.monotonic() < deadline:
            if any(process.pid != orphan.pid for process in self._tasks_at_work()):
                self.faults["side-by-side"] += 1
                time.sleep(self._random.uniform(0, 2))
                break
            time.sleep(_LOOK_S)

    def _kill_triggerer(self) -> bool:
        """Kill the triggerer with all it has started, and start another."""
        (group,) = [g for g in self._rest.stack.groups if g.name == "triggerer"]
        if not group.is_alive():
            return False
        os.killpg(group.pid, signal.SIGKILL)
        while group.is_alive():
            time.sleep(0.02)
        self.kills["triggerer"] += 1
        self._rest.stack.start_component("triggerer")
        return True

    def _kill_gateway(self) -> bool:
        self.kills["gateway"] += self._gateway.kill()
        time.sleep(self._random.choice([0.0, 2.0]) * self._random.random())
        self._gateway.start()
        return True

    def _harm_line(self, process: psutil.Process | None) -> bool:
        """Cut the line, close half of it, or lose what it carries before it is cut."""
        way = self._random.choice((*Way,))
        what = self._random.choice(["cut", "half-closed", "lost"])
        if what == "half-closed":
            self._link.half_close(way)
        else:
            if what == "lost":
                self._link.lose(way)
                time.sleep(self._random.uniform(0, 1))
                if process is not None and self._random.random() < 0.5:
                    self.kills["airflow-task"] += _kill(process)
            self._link.cut()
        self.faults[f"line-{what}"] += 1
        return True

    def _clear(self, path: str, task_id: str) -> bool:
        """Clear a task as a person would, whatever state it is in."""
        with suppress(httpx.HTTPError):
            self._rest.clear(_DAG, path, task_id)
            self.faults["cleared"] += 1
            return True
        return False

    def _tasks_at_work(self) -> list[psutil.Process]:
        """Return the processes of this Airflow's tasks: they are of its scheduler's session."""
        (scheduler,) = [g.pid for g in self._rest.stack.groups if g.name == "scheduler"]
        return [p for p in psutil.process_iter() if _is_task(_title(p)) and _in(p, scheduler)]

    def _tasks(self, path: str) -> list[dict[str, Any]]:
        return list(self._call(f"{path}/taskInstances")["task_instances"])

    def _last_words(self, path: str) -> str:
        """Return the errors in the log of the last try of each task that failed."""
        lines = []
        for task in self._tasks(path):
            if task["state"] == "failed":
                name, number = task["task_id"], task["try_number"]
                log = self._call(f"{path}/taskInstances/{name}/logs/{number}")
                lines += [
                    f"{name} {number}: {entry.get('event')} {entry.get('error_detail', '')}"
                    for entry in log["content"]
                    if isinstance(entry, dict) and entry.get("level") in {"error", "critical"}
                ]
        return "\n".join(lines)

    def _states(self, path: str) -> dict[str, str]:
        return {task["task_id"]: task["state"] for task in self._tasks(path)}

    def _call(self, path: str) -> Any:
        """Return the answer to a question; a busy machine's API server may be slow to give it."""
        for _ in range(5):
            with suppress(httpx.TransportError, httpx.HTTPStatusError):
                return self._rest.call("GET", path)
            time.sleep(1)
        return self._rest.call("GET", path)


def _process_of(task_instance: str) -> psutil.Process | None:
    for process in psutil.process_iter():
        title = _title(process)
        if _is_task(title) and task_instance in title:
            return process
    return None


def _is_task(title: str) -> bool:
    return title.startswith("airflow worker -- ") and "Executor" not in title


def _in(process: psutil.Process, session: int) -> bool:
    try:
        return os.getsid(process.pid) == session
    except ProcessLookupError:
        return False


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _kill(process: psutil.Process) -> bool:
    """Kill a process, and return whether it was there to be killed."""
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        process.kill()
    except psutil.NoSuchProcess:
        return False
    return True
