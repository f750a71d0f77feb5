# SPDX-License-Identifier: Apache-2.0
"""The whole thing: scheduler, DAG processor, triggerer and API server, driven by REST."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import psutil
import pytest
import yaml

from tests.support.airflow_home import PROJECT
from tests.support.airflow_stack import AirflowRest, running_airflow
from tests.support.held_link import HeldLink, link_in_thread
from tests.support.simulator import gateway_in_process

pytestmark = pytest.mark.system

#: Orders work for seconds, as they do: the sensor has something to wait for.
FILL_DELAY_S = "6"
#: Milliseconds that a download takes for each series: long enough to be killed in.
ANSWER_DELAY_MS = "1500"


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the gateway notes every order it receives."""
    return tmp_path_factory.mktemp("gateway") / "journal.jsonl"


@pytest.fixture(scope="module")
def link(journal: Path) -> Iterator[HeldLink]:
    """Return the line between Airflow and its gateway."""
    flags = ("--fill-delay", FILL_DELAY_S, "--answer-delay", ANSWER_DELAY_MS)
    with (
        gateway_in_process("--journal", str(journal), *flags) as gateway,
        link_in_thread(gateway.port) as link,
    ):
        yield link


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where Airflow and the provider keep their state."""
    return tmp_path_factory.mktemp("airflow")


@pytest.fixture(scope="module")
def include(home: Path) -> Path:
    """Return the project's own include, with a portfolio of half the demo's weights beside it."""
    folder = home / "include"
    shutil.copytree(PROJECT / "include", folder)
    document = yaml.safe_load((folder / "portfolios" / "demo.yaml").read_text("utf-8"))
    document["name"] = "smaller"
    for target in document["targets"]:
        target["weight"] /= 2
    text = yaml.safe_dump(document)
    (folder / "portfolios" / "smaller.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def airflow(home: Path, link: HeldLink, include: Path) -> Iterator[AirflowRest]:
    """Return a running Airflow with its instruments loaded."""
    with running_airflow(home, gateway_port=link.port, include=include) as rest:
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
    (told,) = airflow.call("GET", "/assets/events?source_dag_id=ib_rebalance")["asset_events"]
    assert (told["name"], told["source_task_id"]) == ("ib_fills", "keep_fills")
    assert told["extra"]["rows"] == told["extra"]["fills"] >= 5
    assert told["extra"]["sessions"] == ["2013-03-04"]

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


def test_download_killed_half_way_and_run_again_brings_the_same_bars(
    airflow: AirflowRest, link: HeldLink, home: Path
) -> None:
    """Run again after a SIGKILL, the task fetches the rest: 12,154 bars, none twice."""

    def kill_and_clear(path: str) -> None:
        _wait_for(lambda: len(list(home.glob("market/staging/**/*.parquet"))) >= 2)
        _kill_task_connected_to(link.port)
        task = f"{path}/taskInstances/download"
        _wait_for(lambda: airflow.call("GET", task)["state"] == "up_for_retry")
        # A person who does not wait for the retry.
        airflow.clear("ib_bars", path, "download")

    run, states = airflow.run(
        "ib_bars", meanwhile=kill_and_clear, start="2000-03-01", end="2013-03-02", universe="demo"
    )
    assert run["state"] == "success", states
    query = "SELECT count(*), count(DISTINCT (instrument_id, session)) FROM bars"
    with duckdb.connect(str(home / "market" / "catalog.duckdb"), read_only=True) as catalog:
        assert catalog.sql(query).fetchall() == [(12_154, 12_154)]


def test_submit_killed_between_send_and_record_is_retried_without_a_second_order(
    airflow: AirflowRest, link: HeldLink, journal: Path
) -> None:
    """The gateway has the first order, its answer is lost, the task dies: one order a leg."""
    before = len(_orders(journal))
    link.arm("answers")

    def kill(_path: str) -> None:
        _wait_for(lambda: len(_orders(journal)) > before)
        _kill_task_connected_to(link.port)

    # The demo's weights are held since the first rebalance: half of each is to be sold.
    run, states = airflow.run(
        "ib_rebalance",
        meanwhile=kill,
        portfolio="smaller",
        rebalance_id="system-killed",
        dry_run=False,
    )
    assert run["state"] == "success", states
    assert "up_for_retry" in states["submit"], states
    sent = _orders(journal)[before:]
    assert len(sent) == len(set(sent)) == 5


def _orders(journal: Path) -> list[str]:
    """Return the order_ref of every order the gateway received."""
    if not journal.exists():
        return []
    return [json.loads(line)["order_ref"] for line in journal.read_text("utf-8").splitlines()]


def _wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("what was waited for did not come")
        time.sleep(0.05)


def _kill_task_connected_to(port: int) -> None:
    """SIGKILL the process that talks to the gateway: the task itself, not its supervisor."""
    pids = {
        connection.pid
        for connection in psutil.net_connections("tcp")
        if connection.raddr and connection.raddr.port == port and connection.pid
    }
    (pid,) = pids - {os.getpid()}
    os.kill(pid, signal.SIGKILL)
