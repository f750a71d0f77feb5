# SPDX-License-Identifier: Apache-2.0
"""The compose file: what starts, what waits for what, and who reaches a gateway."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from ib_provider.hooks.gateway_connection import parse_connection
from tests.support.airflow_home import PROJECT

TEXT = (PROJECT / "docker-compose.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """Return the file with its anchors resolved."""
    document: dict[str, Any] = yaml.safe_load(TEXT)
    return document


def test_compose_starts_a_simulated_gateway_unless_asked_for_ibs_own(
    compose: dict[str, Any],
) -> None:
    """IB's image stands under a profile; nothing else does."""
    profiled = {name for name, item in compose["services"].items() if item.get("profiles")}
    assert profiled == {"ib-gateway"}


def test_every_service_that_stays_up_has_a_health_check(compose: dict[str, Any]) -> None:
    """A container that runs is not yet one that works."""
    for name, item in compose["services"].items():
        assert "healthcheck" in item or item["restart"] == "no", name


def test_airflow_waits_for_its_database(compose: dict[str, Any]) -> None:
    """Every component starts after the migration has ended well."""
    for name in ("api-server", "scheduler", "dag-processor", "worker", "triggerer"):
        waits = compose["services"][name]["depends_on"]
        assert waits == {"init": {"condition": "service_completed_successfully"}}


def test_only_worker_and_triggerer_reach_a_gateway(compose: dict[str, Any]) -> None:
    """The UI cannot trade, and the gateway's network has no way out."""
    reach = {
        name
        for name, item in compose["services"].items()
        if "gateway" in item.get("networks", []) and not name.endswith("gateway")
    }
    assert reach == {"worker", "triggerer"}
    assert compose["networks"]["gateway"] == {"internal": True}


def test_secrets_have_no_default() -> None:
    """A known secret is none."""
    for name in ("FERNET_KEY", "JWT_SECRET", "POSTGRES_PASSWORD"):
        assert f"${{{name}:?" in TEXT
        assert f"${{{name}:-" not in TEXT


def test_default_connection_reads_and_sends_nothing(compose: dict[str, Any]) -> None:
    """It is a connection the hook accepts, to the simulated gateway, read-only."""
    from airflow.sdk import Connection

    text = compose["services"]["worker"]["environment"]["AIRFLOW_CONN_IB_DEFAULT"]
    plain = json.loads(re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text))
    gateway = parse_connection(
        Connection(
            conn_id="ib_default",
            conn_type=plain["conn_type"],
            host=plain["host"],
            port=plain["port"],
            extra=json.dumps(plain["extra"]),
        )
    )
    assert gateway.address == "simulated-gateway:4004"
    assert gateway.read_only
