# SPDX-License-Identifier: Apache-2.0
"""IB Gateway in a container: start it, look at it, read its log, stop it.

Rules:
    - One start at a time per container name: a lock on this machine, and the engine's own refusal
      of a second container of the same name across machines.
    - A container that runs as asked is adopted, whatever its login is doing: a new one would send
      a second request to somebody's phone. One that runs otherwise is refused. One that does not
      run is replaced: its password may be old.
    - It is up when its API answers a handshake. What it prints only explains why it does not.
    - Refused credentials are tried once: the container is stopped, because IB locks a user name
      after a few failures and the engine would start it again and again.
    - Everything it opens is on 127.0.0.1.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from docker.errors import NotFound
from filelock import FileLock, Timeout

from ib_provider.errors import (
    ConfigError,
    GatewayConflict,
    GatewayLoginFailed,
    GatewayNotReady,
    ProtocolError,
    WriteConflict,
)
from ib_provider.gateway.container_log import read_log
from ib_provider.gateway.container_request import SETTINGS_LABEL, create_container, read_settings
from ib_provider.gateway.container_status import ContainerStatus, GatewayState
from ib_provider.gateway.credentials import Credentials
from ib_provider.gateway.docker_engine import docker_engine, engine_errors
from ib_provider.gateway.login_phase import LoginPhase, LoginProgress, read_login
from ib_provider.gateway.probe import GatewayAnswer, probe

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

    from ib_provider.gateway.container_settings import ContainerSettings

__all__ = ["GatewayContainer"]

_POLL_S: Final = 0.5
_PROBE_TIMEOUT_S: Final = 2.0
#: How often the engine may start a container again before a start gives it up.
_CRASHES: Final = 3
#: How long a stopped gateway may take to close its session at IB before it is killed.
_STOP_TIMEOUT_S: Final = 30


def _say_nothing(_line: str) -> None:
    """Take a line of progress that nobody asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayContainer:
    """The container that some settings describe. Making one does no I/O.

    Attributes:
        settings: How it is to run.
        locks: Folder of the lock files; created if it is missing.
        engine_url: Of the Docker engine; None asks the environment.
        progress: Told one line at each step of a start.
    """

    settings: ContainerSettings
    locks: Path
    engine_url: str | None = None
    progress: Callable[[str], None] = _say_nothing

    @property
    def address(self) -> str:
        """Return host and port of its API."""
        return f"127.0.0.1:{self.settings.host_port}"

    def start(
        self,
        credentials: Credentials,
        *,
        vnc_password: str | None = None,
        timeout_s: float = 300.0,
    ) -> ContainerStatus:
        """Start it, or take the one that runs, and return its status once its API answers.

        Args:
            credentials: For the login. A container that runs keeps the password it was given.
            vnc_password: For the VNC server, where the settings ask for one.
            timeout_s: For all of it, a login with its second factor included, but for the
                download of the image.

        Raises:
            ConfigError: A VNC port without a password, or the reverse.
            WriteConflict: Another process starts it, and did not end within ``timeout_s``.
            GatewayConflict: A container of that name runs with other settings.
            GatewayLoginFailed: Refused, throttled or logged in elsewhere; a person must act.
            GatewayNotReady: Nothing answered in time. It goes on trying: start again to wait on.
            EngineUnavailable: No Docker engine, or no image.
        """
        if (vnc_password is None) != (self.settings.vnc_port is None):
            text = "vnc_port and a VNC password belong together: one is set and the other is not"
            raise ConfigError("gateway container", [text])
        began = time.monotonic()
        with self._locked(timeout_s), docker_engine(self.engine_url) as engine:
            left_s = max(timeout_s - (time.monotonic() - began), 0.0)
            container = self._running(engine, credentials.user)
            if container is None:
                self.progress(f"creating {self.settings.container_name}")
                container = create_container(
                    engine,
                    self.settings,
                    credentials,
                    vnc_password=vnc_password,
                    progress=self.progress,
                )
                self._set_going(container)
            return self._wait(container, timeout_s=left_s)

    def status(self) -> ContainerStatus:
        """Return what is known of it now; an absent container is a status, not an error.

        Raises:
            EngineUnavailable: No Docker engine answers.
        """
        with docker_engine(self.engine_url) as engine:
            container = self._find(engine)
            if container is None:
                return ContainerStatus(name=self.settings.container_name, address=self.address)
            return self._look(container)

    def logs(self, *, tail: int | None = None, this_start_only: bool = True) -> tuple[str, ...]:
        """Return what it printed, oldest first, without the engine's stamps.

        Args:
            tail: The last lines only; None is all of them.
            this_start_only: Leave out what earlier starts of the same container printed.

        Raises:
            GatewayNotReady: There is no such container.
            EngineUnavailable: No Docker engine answers.
        """
        with docker_engine(self.engine_url) as engine:
            container = self._find(engine)
            if container is None:
                raise GatewayNotReady(
                    self.address, f"no container {self.settings.container_name}", 0
                )
            lines = [line for _, line in read_log(container, this_start_only=this_start_only)]
            return tuple(lines if tail is None else lines[-tail:] if tail else ())

    def stop(self) -> bool:
        """Stop and remove it, and return whether there was one.

        Raises:
            GatewayConflict: A container of that name exists that was not made here.
            EngineUnavailable: No Docker engine, or it failed.
        """
        with self._locked(_STOP_TIMEOUT_S), docker_engine(self.engine_url) as engine:
            container = self._find(engine)
            if container is None:
                return False
            self._refuse_foreign(container)
            self._remove(container)
            return True

    def _running(self, engine: DockerClient, user: str) -> Container | None:
        """Return the container to adopt, or None where a new one is to be made."""
        container = self._find(engine)
        if container is None:
            return None
        self._refuse_foreign(container)
        status = self._look(container)
        if not status.is_running:
            self._refuse_throttled(status)
            self.progress(f"replacing {status.name}, which is {status.engine_state}")
            self._remove(container)
            return None
        differences = self._differences(container, user)
        if differences:
            raise GatewayConflict(status.name, differences)
        self.progress(f"taking {status.name}, which runs as asked")
        return container

    def _set_going(self, container: Container) -> None:
        """Start it; where the engine cannot, as when the port is taken, leave nothing behind."""
        with engine_errors("start the container"):
            try:
                container.start()
            except BaseException:
                container.remove(v=True, force=True)
                raise

    def _wait(self, container: Container, *, timeout_s: float) -> ContainerStatus:
        started, told = time.monotonic(), ""
        while True:
            status = self._look(container)
            waited = time.monotonic() - started
            if status.state is GatewayState.READY:
                self.progress(f"{status.name} answers at {self.address} after {waited:.0f} s")
                return status
            self._refuse_hopeless(container, status)
            if waited >= timeout_s:
                advice = status.login.phase.advice
                reason = f"login: {status.login.phase}" + (f"; {advice}" if advice else "")
                raise GatewayNotReady(self.address, reason, waited)
            said = f"{status.name}: {status.login.phase}"
            if said != told:
                advice = status.login.phase.advice
                self.progress(f"{said} ({advice})" if advice else said)
                told = said
            time.sleep(_POLL_S)

    def _look(self, container: Container) -> ContainerStatus:
        with engine_errors("look at the container"):
            container.reload()
            state = container.attrs["State"]
            lines = list(read_log(container))
        runs = bool(state.get("Running")) and not state.get("Restarting")
        return ContainerStatus(
            name=self.settings.container_name,
            address=self.address,
            engine_state=str(state["Status"]),
            image=str(container.attrs["Config"]["Image"]),
            started_at=_instant(state.get("StartedAt")),
            restarts=int(container.attrs.get("RestartCount", 0)),
            exit_code=None if runs else int(state.get("ExitCode", 0)),
            login=read_login(lines),
            answer=self._answer() if runs else None,
        )

    def _answer(self) -> GatewayAnswer | None:
        try:
            return asyncio.run(
                probe("127.0.0.1", self.settings.host_port, timeout_s=_PROBE_TIMEOUT_S)
            )
        except (GatewayNotReady, ProtocolError):
            return None

    def _refuse_hopeless(self, container: Container, status: ContainerStatus) -> None:
        """Raise where waiting does not help, and see that the engine does not try again."""
        phase = status.login.phase
        if phase.is_hopeless:
            if phase is LoginPhase.REFUSED:
                self._halt(container)
            raise GatewayLoginFailed(status.name, _diagnosis(status.login))
        if not status.is_running or status.restarts >= _CRASHES:
            if status.is_running:
                self._halt(container)
            often = f" {status.restarts} times" if status.restarts > 1 else ""
            text = f"the container ended{often}, at last with: {_last_line(container)}"
            raise GatewayNotReady(self.address, text, 0)

    def _refuse_throttled(self, status: ContainerStatus) -> None:
        """Keep a new container from a login that IB would count as one more failure."""
        login = status.login
        if login.phase is LoginPhase.THROTTLED and login.since is not None:
            until = login.since + timedelta(seconds=login.retry_after_s or 0)
            if datetime.now(UTC) < until:
                raise GatewayLoginFailed(status.name, _diagnosis(login))

    def _differences(self, container: Container, user: str) -> list[str]:
        """Return how a container differs from what is asked. The user is not named."""
        asked, running = self.settings.as_text(), read_settings(container)
        differences = [
            f"{name} is {running.get(name, 'unknown')!r}, not {value!r}"
            for name, value in asked.items()
            if running.get(name) != value
        ]
        if f"TWS_USERID={user}" not in container.attrs["Config"]["Env"]:
            differences.append("it is logged in as another user")
        return differences

    def _refuse_foreign(self, container: Container) -> None:
        if SETTINGS_LABEL not in container.labels:
            text = ["it was not started by this provider"]
            raise GatewayConflict(self.settings.container_name, text)

    def _find(self, engine: DockerClient) -> Container | None:
        with engine_errors("look for the container"):
            try:
                return engine.containers.get(self.settings.container_name)
            except NotFound:
                return None

    def _halt(self, container: Container) -> None:
        with engine_errors("stop the container"):
            container.stop(timeout=_STOP_TIMEOUT_S)

    def _remove(self, container: Container) -> None:
        with engine_errors("stop and remove the container"):
            container.stop(timeout=_STOP_TIMEOUT_S)
            container.remove(v=True, force=True)

    @contextmanager
    def _locked(self, timeout_s: float) -> Iterator[None]:
        name = self.settings.container_name
        folder = self.locks / "gateways"
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f"{name}.lock")
        try:
            lock.acquire(timeout=timeout_s)
        except Timeout:
            text = f"another process starts or stops {name} (waited {timeout_s:g} s)"
            raise WriteConflict(text) from None
        try:
            yield
        finally:
            lock.release()


def _diagnosis(login: LoginProgress) -> str:
    wait = f", for {login.retry_after_s} s" if login.retry_after_s else ""
    return f"{login.phase}{wait}; {login.phase.advice}"


def _last_line(container: Container) -> str:
    every = read_log(container, this_start_only=False)
    lines = [line for _, line in every if line.strip()]
    return lines[-1] if lines else "it printed nothing"


def _instant(text: object) -> datetime | None:
    """Return an instant of the engine; it writes year 1 for "never"."""
    at = datetime.fromisoformat(str(text)[:19]).replace(tzinfo=UTC) if text else None
    return at if at is not None and at.year > 1 else None
