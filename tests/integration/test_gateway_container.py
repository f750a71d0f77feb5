# SPDX-License-Identifier: Apache-2.0
"""A gateway's container through its life, on a real Docker engine, with the stand-in's image."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.account import TradingMode
from ib_provider.errors import (
    ConfigError,
    EngineUnavailable,
    GatewayConflict,
    GatewayLoginFailed,
    GatewayNotReady,
)
from ib_provider.gateway.container import GatewayContainer
from ib_provider.gateway.container_settings import ContainerSettings
from ib_provider.gateway.container_status import GatewayState
from ib_provider.gateway.login_phase import LoginPhase
from tests.support.docker_engine import BASE_IMAGE, wait_until
from tests.support.gateway_bench import PASSWORD, VNC_PASSWORD, GatewayBench, free_port, login


@pytest.fixture
def bench(
    docker_engine_url: str, stand_in_image: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[GatewayBench]:
    """Return a place for one container, which ends with the test."""
    found = GatewayBench(
        docker_engine_url, stand_in_image, tmp_path, f"gw-{abs(hash(request.node.name))}"
    )
    try:
        yield found
    finally:
        found.close()


async def test_started_gateway_serves_a_session_and_is_adopted_by_the_next_start(
    bench: GatewayBench,
) -> None:
    """Up is a handshake; a second start finds the first one's container and changes nothing."""
    status = bench_start(bench)
    assert status.state is GatewayState.READY
    assert status.answer is not None
    assert status.login.phase is LoginPhase.LOGGED_IN
    endpoint = Endpoint(host="127.0.0.1", port=bench.settings.host_port, client_id=1)
    async with IbClient(endpoint) as client:
        assert client.managed_accounts == ("DU1000001",)
    first = bench.raw.id
    assert in_thread(lambda: bench.container().start(login())).is_logged_in
    assert bench.raw.id == first
    assert any("runs as asked" in line for line in bench.told)


def bench_start(bench: GatewayBench, **changes: Any) -> Any:
    return in_thread(lambda: bench.container(**changes).start(login()))


def in_thread(act: Callable[[], Any]) -> Any:
    """Return what a blocking call returns, from a test that has a loop of its own."""
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(act()))
    thread.start()
    thread.join(120)
    return results[0]


def test_running_gateway_with_other_settings_is_refused_and_left_alone(bench: GatewayBench) -> None:
    """The error names what differs, but not the user; the container still runs."""
    bench.container().start(login())
    first = bench.raw.id
    with pytest.raises(GatewayConflict, match="read_only_api is 'True', not 'False'"):
        bench.container(read_only_api=False).start(login())
    with pytest.raises(GatewayConflict, match="another user") as caught:
        bench.container().start(login(user="trader-jane"))
    assert "trader-j" not in str(caught.value)
    assert bench.container().status().state is GatewayState.READY
    assert bench.raw.id == first
    assert bench.container().stop() is True
    assert bench.container().stop() is False
    assert bench.container().status().state is GatewayState.ABSENT


def test_two_starts_at_once_make_one_container(bench: GatewayBench) -> None:
    """The second waits for the first and takes its container."""
    done: list[Any] = []
    threads = [
        threading.Thread(target=lambda: done.append(bench.container().start(login())))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert [status.state for status in done] == [GatewayState.READY] * 2
    assert sum(line.startswith("creating") for line in bench.told) == 1


def test_wrong_password_fails_at_once_and_is_tried_once(bench: GatewayBench) -> None:
    """IB locks a user after a few failures, so the container is stopped; the next may succeed."""
    with pytest.raises(GatewayLoginFailed, match=r"credentials refused; correct the user name"):
        bench.container().start(login(password="wrong"))
    status = bench.container().status()
    assert status.state is GatewayState.STOPPED
    assert status.login.phase is LoginPhase.REFUSED
    assert sum("Login attempt" in line for line in bench.container().logs()) == 1
    assert bench.container().start(login()).state is GatewayState.READY


def test_second_factor_is_waited_for_named_and_asked_again_after_a_restart(
    bench: GatewayBench,
) -> None:
    """A login of an earlier start counts for nothing, though its lines are still in the log."""
    container, user = bench.container(), login(user="second-factor")
    with pytest.raises(GatewayNotReady, match="waiting for the second factor; confirm") as caught:
        container.start(user, timeout_s=4)
    assert caught.value.transient
    assert container.status().state is GatewayState.STARTING
    first = bench.raw.id
    bench.confirm_second_factor()
    assert container.start(user).state is GatewayState.READY
    assert bench.raw.id == first

    assert bench.raw.exec_run(["rm", "/tmp/confirmed"]).exit_code == 0
    bench.raw.restart(timeout=10)
    status = wait_until(
        lambda: (
            (found := container.status()).login.phase is LoginPhase.WAITING_FOR_SECOND_FACTOR
            and found
        ),
        what="the second factor to be asked for again",
    )
    assert not status.is_logged_in
    assert not any("Login has completed" in line for line in container.logs())
    every = container.logs(this_start_only=False)
    assert any("Login has completed" in line for line in every)
    assert container.logs(tail=1) == every[-1:]


def test_throttled_login_fails_with_its_wait_and_is_not_tried_again(bench: GatewayBench) -> None:
    """IB said how long: 4 minutes and 47 seconds. Another start would only lengthen it."""
    user = login(user="throttled")
    with pytest.raises(GatewayLoginFailed, match="too many failed logins, for 287 s"):
        bench.container().start(user)
    bench.raw.stop(timeout=10)
    with pytest.raises(GatewayLoginFailed, match="too many failed logins, for 287 s"):
        bench.container().start(user)
    assert bench.raw.status == "exited"


def test_user_logged_in_elsewhere_is_named(bench: GatewayBench) -> None:
    """Nobody sits before the dialog, so waiting is in vain."""
    with pytest.raises(GatewayLoginFailed, match="logged in elsewhere; log out elsewhere"):
        bench.container(existing_session_action="manual").start(login(user="elsewhere"))


async def test_live_gateway_has_its_own_port_and_limits(bench: GatewayBench) -> None:
    """Everything is on the loopback; the VNC server only because it was asked for."""
    live, vnc_port = TradingMode.LIVE, free_port()
    changes = {
        "trading_mode": live,
        "vnc_port": vnc_port,
        "memory_mb": 1280,
        "cpus": 1.5,
        "time_zone": "Europe/Zurich",
    }
    container = bench.container(**changes)
    with pytest.raises(ConfigError, match="vnc_port and a VNC password belong together"):
        container.start(login())
    in_thread(lambda: container.start(login(), vnc_password=VNC_PASSWORD))
    endpoint = Endpoint(host="127.0.0.1", port=bench.settings.host_port, client_id=1)
    async with IbClient(endpoint) as client:
        assert client.managed_accounts == ("DU1000001",)
    host = bench.raw.attrs["HostConfig"]
    assert host["PortBindings"] == {
        "4003/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(bench.settings.host_port)}],
        "5900/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(vnc_port)}],
    }
    assert host["NanoCpus"] == 1_500_000_000
    assert host["RestartPolicy"]["Name"] == "unless-stopped"
    assert "TIME_ZONE=Europe/Zurich" in bench.raw.attrs["Config"]["Env"]
    assert "READ_ONLY_API=yes" in bench.raw.attrs["Config"]["Env"]
    # One that is running and refuses orders, as the container was told to.
    assert any("READ_ONLY_API: yes" in line for line in container.logs())


def test_taken_port_and_missing_image_leave_nothing_behind(bench: GatewayBench) -> None:
    """Both are the engine's refusals, worth a retry, and say what was in the way."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EngineUnavailable, match=f"start the container.*{port}") as caught:
            bench.container(port=port).start(login())
    assert PASSWORD not in str(caught.value)
    assert bench.container().status().state is GatewayState.ABSENT
    with pytest.raises(EngineUnavailable, match=r"cannot (fetch|pull)"):
        bench.container(image="registry.invalid/ib-gateway:none").start(login())
    assert bench.container().status().state is GatewayState.ABSENT


def test_container_that_ends_again_and_again_is_given_up(bench: GatewayBench) -> None:
    """The engine would start it for ever; its last words are passed on and it is stopped."""
    with pytest.raises(GatewayNotReady, match=r"ended 3 times, at last with: it printed nothing"):
        bench.container(image=BASE_IMAGE).start(login())
    assert bench.container().status().state is GatewayState.STOPPED


def test_container_of_somebody_else_is_never_touched(bench: GatewayBench) -> None:
    """Its name is taken; it is neither adopted, nor replaced, nor stopped."""
    name = bench.settings.container_name
    foreign = bench.engine.containers.create(bench.settings.image, name=name)
    for act in (lambda: bench.container().start(login()), bench.container().stop):
        with pytest.raises(GatewayConflict, match="not started by this provider"):
            act()
    assert bench.raw.id == foreign.id


def test_password_is_in_no_log_label_variable_or_repr(
    bench: GatewayBench, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever may only look at the engine learns the user name and the path of a file."""
    caplog.set_level(logging.DEBUG)
    container = bench.container(vnc_port=free_port())
    status = container.start(login(), vnc_password=VNC_PASSWORD)
    inspected = json.dumps(bench.raw.attrs)
    shown = [
        *bench.told,
        *(record.getMessage() for record in caplog.records),
        *container.logs(this_start_only=False),
        repr(login()),
        str(login()),
        repr(container),
        repr(status),
        str(status),
        inspected,
    ]
    for secret in (PASSWORD, VNC_PASSWORD):
        assert not [line for line in shown if secret in line]
    assert "TWS_PASSWORD_FILE=/run/secrets/tws_password" in inspected
    # The user name is a variable of the image, and nowhere else.
    without_variables = {key: value for key, value in bench.raw.attrs.items() if key != "Config"}
    assert "trader-joe" not in json.dumps(without_variables)
    assert not [line for line in shown[:-1] if "trader-joe" in line]
    inside = bench.raw.exec_run(["cat", "/run/secrets/tws_password"], user="1000")
    assert inside.output.decode() == PASSWORD
    assert bench.raw.exec_run(["cat", "/run/secrets/tws_password"], user="1001").exit_code != 0


def test_engine_that_is_not_there_is_named(tmp_path: Path) -> None:
    """No container can be seen, which is not the same as none being there."""
    container = GatewayContainer(
        settings=ContainerSettings(), locks=tmp_path, engine_url="unix:///nowhere/docker.sock"
    )
    for act in (container.status, container.logs, container.stop, lambda: container.start(login())):
        with pytest.raises(EngineUnavailable, match="cannot reach the Docker engine"):
            act()
