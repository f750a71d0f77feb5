# SPDX-License-Identifier: Apache-2.0
"""What is known of a gateway's container at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ib_provider.gateway.login_phase import LoginPhase, LoginProgress
from ib_provider.gateway.probe import GatewayAnswer

__all__ = ["ContainerStatus", "GatewayState"]


class GatewayState(StrEnum):
    """What a gateway's container is good for."""

    ABSENT = "absent"
    STOPPED = "stopped"
    STARTING = "starting"
    LOGIN_BLOCKED = "login blocked"
    NOT_LOGGED_IN = "not logged in"
    READY = "ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerStatus:
    """One look at a container.

    Attributes:
        engine_state: Docker's own word: created, running, restarting, exited …; empty if absent.
        started_at: The present start; None while it never ran.
        exit_code: Of the last run; None while it runs.
        answer: What the API said to a handshake; None where it did not answer.
        address: Host and port of the API.
    """

    name: str
    address: str
    engine_state: str = ""
    image: str = ""
    started_at: datetime | None = None
    restarts: int = 0
    exit_code: int | None = None
    login: LoginProgress = field(default_factory=LoginProgress)
    answer: GatewayAnswer | None = None

    @property
    def is_running(self) -> bool:
        """Return whether a process runs in it, or the engine is about to start one again."""
        return self.engine_state in ("running", "restarting", "paused")

    @property
    def is_logged_in(self) -> bool:
        """Return whether the API answers and nothing printed since speaks against a login."""
        return self.answer is not None and self.login.phase in (
            LoginPhase.NOT_BEGUN,  # a stand-in, or a log that was rotated away
            LoginPhase.LOGGED_IN,
        )

    @property
    def state(self) -> GatewayState:
        """Return what it is good for."""
        if not self.engine_state:
            return GatewayState.ABSENT
        if not self.is_running:
            return GatewayState.STOPPED
        if self.is_logged_in:
            return GatewayState.READY
        if self.login.phase.is_hopeless:
            return GatewayState.LOGIN_BLOCKED
        if self.answer is not None:
            return GatewayState.NOT_LOGGED_IN
        return GatewayState.STARTING

    def __str__(self) -> str:
        """Return one line for a person."""
        parts = [f"{self.name}: {self.state}"]
        if self.engine_state:
            parts.append(f"container {self.engine_state}")
        if self.is_running and self.state is not GatewayState.READY:
            parts.append(f"login: {self.login.phase}")
        if self.exit_code is not None and not self.is_running and self.engine_state == "exited":
            parts.append(f"exit code {self.exit_code}")
        if self.answer is not None:
            parts.append(f"API {self.address}, server version {self.answer.server_version}")
        return ", ".join(parts)
