# SPDX-License-Identifier: Apache-2.0
"""A whole Airflow on this machine: API server with UI, scheduler, DAG processor, triggerer."""

from __future__ import annotations

import json
import secrets
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final

from ib_provider.cli.airflow_home import AirflowHome
from ib_provider.cli.process_group import ProcessGroup, start_group
from ib_provider.errors import IbProviderError

__all__ = ["AirflowStack", "StackFailed", "free_port"]

_COMPONENTS: Final = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler",),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer",),
}
_POLL_S: Final = 0.5
_USER: Final = "admin"
_LOG_TAIL: Final = 2000


class StackFailed(IbProviderError):
    """A component did not come up, or ended by itself; its log is named."""


class AirflowStack:
    """Airflow's four components over one home.

    Args:
        home: Where it lives; its database is made or upgraded at the start.
        port: Of the API server and UI, on this host only.
        environment: Added to the home's own.
    """

    user: Final = _USER

    def __init__(
        self, home: AirflowHome, *, port: int, environment: dict[str, str] | None = None
    ) -> None:
        self._home = home
        self._port = port
        self._environment = environment or {}
        self._groups: list[ProcessGroup] = []

    @property
    def url(self) -> str:
        """Return where the UI and the REST API are."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def groups(self) -> tuple[ProcessGroup, ...]:
        """Return the components that were started."""
        return tuple(self._groups)

    @property
    def password(self) -> str:
        """Return the password of ``user``, made once for this home."""
        path = self._passwords
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(json.dumps({_USER: secrets.token_urlsafe(9)}), encoding="utf-8")
        return str(json.loads(path.read_text(encoding="utf-8"))[_USER])

    def start(self) -> None:
        """Prepare the database and start every component; return before they are healthy."""
        _ = self.password
        self._home.prepare()
        for name in _COMPONENTS:
            self.start_component(name)

    def start_component(self, name: str) -> None:
        """Start one component, in the place of one of its name that has ended."""
        group = start_group(
            name,
            self._home.command(*_COMPONENTS[name]),
            env=self.environment(),
            cwd=self._home.root,
            log=self._home.settings.home / "logs" / f"{name}.log",
        )
        self._groups = [*(other for other in self._groups if other.name != name), group]

    def environment(self) -> dict[str, str]:
        """Return the environment of every component."""
        return (
            self._home.environment()
            | {
                "AIRFLOW__API__HOST": "127.0.0.1",
                "AIRFLOW__API__PORT": str(self._port),
                "AIRFLOW__API__WORKERS": "1",
                "AIRFLOW__API__BASE_URL": self.url,
                "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
                "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{_USER}:admin",
                "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self._passwords),
                "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
                "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
                "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
                # Beside another Airflow on this machine, the usual ports are taken.
                "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
                "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
            }
            | self._environment
        )

    def wait_healthy(self, *, timeout_s: float = 120.0) -> None:
        """Return when every component has reported that it lives.

        Raises:
            StackFailed: One ended, or ``timeout_s`` seconds were not enough.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            self.check()
            waiting = self._unhealthy()
            if not waiting:
                return
            if time.monotonic() > deadline:
                raise StackFailed(f"not healthy after {timeout_s:g} s: {', '.join(waiting)}")
            time.sleep(_POLL_S)

    def check(self) -> None:
        """Return if every component runs.

        Raises:
            StackFailed: One ended by itself; with the end of its log.
        """
        for group in self._groups:
            if not group.is_alive():
                text = group.log.read_text(encoding="utf-8", errors="replace")
                raise StackFailed(f"{group.name} ended, see {group.log}:\n{text[-_LOG_TAIL:]}")

    @property
    def _passwords(self) -> Path:
        return self._home.path / "passwords.json"

    def _unhealthy(self) -> list[str]:
        """Return the components that have not reported yet."""
        try:
            with urllib.request.urlopen(  # noqa: S310  our own http URL
                f"{self.url}/api/v2/monitor/health", timeout=5
            ) as answer:
                report = json.load(answer)
        except (OSError, urllib.error.URLError, ValueError):
            return ["api-server"]
        return [name for name, state in report.items() if state.get("status") != "healthy"]


def free_port(preferred: int = 0) -> int:
    """Return a port of this host that nobody listens on: the preferred one if it is free."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StackFailed("this host has no free port")
