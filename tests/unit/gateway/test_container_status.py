# SPDX-License-Identifier: Apache-2.0
"""One look at a container, as a state."""

from __future__ import annotations

from typing import Any

import pytest

from ib_provider.gateway.container_status import ContainerStatus, GatewayState
from ib_provider.gateway.login_phase import LoginPhase, LoginProgress
from ib_provider.gateway.probe import GatewayAnswer

ANSWER = GatewayAnswer(server_version=200, connection_time="20261124 20:00:00 EST", took_s=0.01)


def status(phase: LoginPhase = LoginPhase.NOT_BEGUN, **more: Any) -> ContainerStatus:
    return ContainerStatus(
        name="gw", address="127.0.0.1:4002", login=LoginProgress(phase=phase), **more
    )


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (status(), GatewayState.ABSENT),
        (status(engine_state="created"), GatewayState.STOPPED),
        (status(LoginPhase.LOGGED_IN, engine_state="exited"), GatewayState.STOPPED),
        (status(LoginPhase.LOGGED_IN, engine_state="running"), GatewayState.STARTING),
        (status(LoginPhase.LOGGED_IN, engine_state="running", answer=ANSWER), GatewayState.READY),
        (status(engine_state="running", answer=ANSWER), GatewayState.READY),
        (status(LoginPhase.REFUSED, engine_state="running"), GatewayState.LOGIN_BLOCKED),
        (status(LoginPhase.RELOGIN_NEEDED, engine_state="running", answer=ANSWER),
         GatewayState.NOT_LOGGED_IN),
        (status(engine_state="restarting"), GatewayState.STARTING),
    ],
)  # fmt: skip
def test_state_needs_an_answer_and_no_word_against_it(
    found: ContainerStatus, state: GatewayState
) -> None:
    """A log line alone is not ready; an answer after a logout is not either."""
    assert found.state is state
    assert found.is_logged_in is (state is GatewayState.READY)


def test_status_reads_as_one_line() -> None:
    """A person learns the login's phase, or the API's address."""
    assert str(status(LoginPhase.WAITING_FOR_SECOND_FACTOR, engine_state="running")) == (
        "gw: starting, container running, login: waiting for the second factor"
    )
    assert str(status(engine_state="exited", exit_code=137)) == (
        "gw: stopped, container exited, exit code 137"
    )
