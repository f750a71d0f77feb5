# SPDX-License-Identifier: Apache-2.0
"""The container that an Airflow connection means."""

from __future__ import annotations

import json
from typing import Any

import pytest
from airflow.sdk import Connection

from ib_provider.errors import ConfigError
from ib_provider.hooks.gateway_connection import parse_connection
from ib_provider.hooks.gateway_login import GatewayLogin, parse_login

SECRET = "correct-horse-battery"


def login_of(
    *,
    environ: dict[str, str] | None = None,
    container: Any = None,
    read_only: bool = True,
    **more: Any,
) -> GatewayLogin:
    extra = json.dumps({"container": container, "read_only": read_only})
    connection = Connection(conn_id="ib_default", conn_type="ib_gateway", extra=extra, **more)
    return parse_login(connection, parse_connection(connection), environ=environ or {})


def test_connection_gives_port_mode_and_reading_only_to_the_container() -> None:
    """What trades through the connection is what its gateway permits."""
    login = login_of(port=4100, read_only=False, container={"java_heap_mb": 900})
    assert login.settings.host_port == 4100
    assert login.settings.read_only_api is False
    assert login.settings.java_heap_mb == 900
    assert login.credentials is None


def test_connection_text_of_a_form_is_read_as_json() -> None:
    """Airflow's form has lines of text."""
    assert login_of(container='{"time_zone": "Asia/Tokyo"}').settings.time_zone == "Asia/Tokyo"
    with pytest.raises(ConfigError, match="not a JSON object"):
        login_of(container="heap=900")


def test_connection_credentials_win_over_the_environment() -> None:
    """Without either there are none, which a look at the container does not need."""
    environ = {"TWS_USERNAME": "jane", "TWS_PASSWORD": "other-other"}
    own = login_of(login="joe", password=SECRET, environ=environ)
    assert own.credentials is not None
    assert own.credentials.secrets() == ("joe", SECRET)
    theirs = login_of(environ=environ)
    assert theirs.credentials is not None
    assert theirs.credentials.secrets() == ("jane", "other-other")


def test_connection_secrets_are_masked_in_airflows_log_and_absent_from_the_repr() -> None:
    """What is masked is replaced by Airflow's stars wherever it is logged."""
    from airflow.sdk._shared.secrets_masker import redact

    login = login_of(
        login="trader-joe",
        password=SECRET,
        container={"vnc_password": "vnc-secret", "vnc_port": 5900},
    )
    assert login.vnc_password == "vnc-secret"
    for secret in (SECRET, "vnc-secret", "trader-joe"):
        assert secret not in repr(login)
        assert secret not in str(redact(f"it said {secret} aloud"))


@pytest.mark.parametrize(
    ("container", "host", "problem"),
    [
        ({"port": 4002}, "127.0.0.1", "port: the connection itself says it"),
        ({"trading_mode": "live"}, "127.0.0.1", "trading_mode: the connection itself says it"),
        ({"heap": 900}, "127.0.0.1", "heap: unknown"),
        ({}, "gateway.example", "gateway.example is not this machine"),
    ],
)
def test_connection_that_means_no_container_is_refused(
    container: dict[str, Any], host: str, problem: str
) -> None:
    """A setting said twice could differ; a container elsewhere could not be reached."""
    with pytest.raises(ConfigError, match=problem):
        login_of(container=container, host=host)
