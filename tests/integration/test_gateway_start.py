# SPDX-License-Identifier: Apache-2.0
"""The container from a terminal, a hook and an operator, on a real Docker engine."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from ib_provider.cli.main import main
from ib_provider.hooks.ib import IbHook
from ib_provider.operators.gateway import IbGatewayStartOperator, IbGatewayStopOperator
from tests.support.gateway_bench import PASSWORD, GatewayBench

_CONTEXT: Any = {}


@pytest.fixture
def bench(
    docker_engine_url: str,
    stand_in_image: str,
    state: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[GatewayBench]:
    """Return a place for one container, on the engine that the environment names."""
    monkeypatch.setenv("DOCKER_HOST", docker_engine_url)
    found = GatewayBench(docker_engine_url, stand_in_image, state, f"gw-{request.node.name[:40]}")
    try:
        yield found
    finally:
        found.close()


def test_terminal_starts_looks_at_and_stops_a_gateway(
    bench: GatewayBench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit codes say what is so: 0 it answers, 1 it does not, 2 it was used wrongly."""
    name, port = bench.settings.container_name, str(bench.settings.host_port)
    which = ["--name", name, "--port", port]
    assert main(["gateway", "status", *which]) == 1
    assert f"{name}: absent" in capsys.readouterr().out
    start = ["gateway", "start", *which, "--image", bench.settings.image]
    limits = ["--set", "memory_mb=1500", "--set", "cpus=1"]
    assert main([*start, *limits]) == 2
    assert "TWS_USERNAME: no user name" in capsys.readouterr().err

    (tmp_path / "secret").write_text(f"{PASSWORD}\n")
    monkeypatch.setenv("TWS_USERNAME", "trader-joe")
    monkeypatch.setenv("TWS_PASSWORD_FILE", str(tmp_path / "secret"))
    assert main([*start, *limits]) == 0
    told = capsys.readouterr()
    assert f"{name}: ready, container running, API 127.0.0.1:{port}" in told.out
    assert f"▸ creating {name}" in told.err
    assert main(["gateway", "status", *which]) == 0
    assert main(["gateway", "probe", "--port", port]) == 0
    assert main(["gateway", "logs", *which, "--tail", "3"]) == 0
    lines = capsys.readouterr().out
    assert "Login has completed" in lines
    assert main([*start, "--set", "cpus=2"]) == 1
    assert "GatewayConflict" in capsys.readouterr().err
    assert main(["gateway", "stop", *which]) == 0
    assert main(["gateway", "logs", *which]) == 1
    shown = capsys.readouterr()
    assert PASSWORD not in told.out + told.err + lines + shown.out + shown.err


def test_terminal_tells_a_refused_login_with_what_to_do(
    bench: GatewayBench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, exit code 1, and status keeps saying it."""
    which = ["--name", bench.settings.container_name, "--port", str(bench.settings.host_port)]
    monkeypatch.setenv("TWS_USERNAME", "trader-joe")
    monkeypatch.setenv("TWS_PASSWORD", "wrong")
    assert main(["gateway", "start", *which, "--image", bench.settings.image]) == 1
    assert "GatewayLoginFailed" in capsys.readouterr().err
    assert main(["gateway", "status", *which]) == 1
    assert "correct the user name or the password" in capsys.readouterr().out


@pytest.mark.parametrize("word", ["nonsense", "port=4002", "heap=1"])
def test_terminal_refuses_a_setting_it_does_not_know(
    word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2 names what was written."""
    assert main(["gateway", "start", "--set", word]) == 2
    assert word.partition("=")[0] in capsys.readouterr().err


def connect(bench: GatewayBench, monkeypatch: pytest.MonkeyPatch, **login: str) -> None:
    settings = {"name": bench.settings.container_name, "image": bench.settings.image}
    monkeypatch.setenv(
        "AIRFLOW_CONN_IB_DEFAULT",
        json.dumps(
            {
                "conn_type": "ib_gateway",
                "host": "127.0.0.1",
                "port": bench.settings.host_port,
                "extra": {"container": settings},
                **login,
            }
        ),
    )


def test_operators_start_and_stop_the_connections_gateway(
    bench: GatewayBench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The login is the connection's; a hook then finds its gateway where it was said to be."""
    caplog.set_level(logging.DEBUG)
    connect(bench, monkeypatch, login="trader-joe", password=PASSWORD)
    hook = IbHook()
    assert not hook.is_logged_in()
    started = IbGatewayStartOperator(task_id="start", timeout_s="90").execute(_CONTEXT)
    assert started == {
        "name": bench.settings.container_name,
        "address": f"127.0.0.1:{bench.settings.host_port}",
        "state": "ready",
        "server_version": 226,
    }
    assert hook.is_logged_in()
    ok, message = hook.test_connection()
    assert ok, message
    assert IbGatewayStopOperator(task_id="stop").execute(_CONTEXT) is True
    assert IbGatewayStopOperator(task_id="stop").execute(_CONTEXT) is False
    assert not hook.is_logged_in()
    assert not [record for record in caplog.records if PASSWORD in record.getMessage()]


def test_operator_with_a_wrong_password_is_not_retried(
    bench: GatewayBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another try would lock the user at IB."""
    connect(bench, monkeypatch, login="trader-joe", password="wrong")
    with pytest.raises(AirflowFailException, match=r"GatewayLoginFailed.*credentials refused"):
        IbGatewayStartOperator(task_id="start").execute(_CONTEXT)
    connect(bench, monkeypatch)
    with pytest.raises(AirflowFailException, match="login and password: both are empty"):
        IbGatewayStartOperator(task_id="start").execute(_CONTEXT)
