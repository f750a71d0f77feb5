# SPDX-License-Identifier: Apache-2.0
"""The whole thing: scheduler, DAG processor, triggerer and API server, driven by REST."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.airflow_stack import AirflowRest, running_airflow
from tests.support.simulator import gateway_in_process

pytestmark = pytest.mark.system

#: Orders work for seconds, as they do: the sensor has something to wait for.
FILL_DELAY_S = "6"


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the gateway notes every order it receives."""
    return tmp_path_factory.mktemp("gateway") / "journal.jsonl"


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory, journal: Path) -> Iterator[AirflowRest]:
    """Return a running Airflow with its instruments loaded."""
    home = tmp_path_factory.mktemp("airflow")
    with (
        gateway_in_process("--journal", str(journal), "--fill-delay", FILL_DELAY_S) as gateway,
        running_airflow(home, gateway_port=gateway.port) as rest,
    ):
        run, states = rest.run("ib_instruments")
        assert run["state"] == "success", states
        yield rest


def test_airflow_knows_the_connection_type(airflow: AirflowRest) -> None:
    """The provider is registered in the API server's process."""
    packages = [item["package_name"] for item in airflow.call("GET", "/providers")["providers"]]
    assert "airflow-provider-interactive-brokers" in packages
    assert airflow.call("GET", "/importErrors")["total_entries"] == 0


def test_rebalance_by_rest_defers_resumes_and_sends_each_order_once(
    airflow: AirflowRest, journal: Path
) -> None:
    """The sensor gives its worker back while orders work, and wakes when they are filled."""
    run, states = airflow.run("ib_rebalance", rebalance_id="system-1", dry_run=False)
    assert run["state"] == "success", states
    assert "deferred" in states["fills"], states
    assert states["fills"][-1] == "success"
    orders = [json.loads(line)["order_ref"] for line in journal.read_text("utf-8").splitlines()]
    assert len(orders) == len(set(orders)) == 5

    again, states = airflow.run("ib_rebalance", rebalance_id="system-1", dry_run=False)
    assert again["state"] == "success", states
    assert len(journal.read_text("utf-8").splitlines()) == 5


def test_bars_backfill_makes_one_run_a_session(airflow: AirflowRest) -> None:
    """Partition keys are session dates; a week-end makes none, a holiday is skipped."""
    airflow.wait_for_dag("ib_bars")
    plan = airflow.call(
        "POST",
        "/backfills/dry_run",
        dag_id="ib_bars",
        from_date="2013-02-15T00:00:00Z",
        to_date="2013-02-20T00:00:00Z",
    )
    keys = [item["partition_key"] for item in plan["backfills"]]
    assert keys == ["2013-02-15", "2013-02-18", "2013-02-19"]


def test_rebalance_refuses_to_be_backfilled(airflow: AirflowRest) -> None:
    """Nobody buys the past by mistake."""
    airflow.wait_for_dag("ib_rebalance")
    status = airflow.status(
        "POST",
        "/backfills",
        dag_id="ib_rebalance",
        from_date="2013-02-04T00:00:00Z",
        to_date="2013-02-12T00:00:00Z",
    )
    assert 400 <= status < 500
