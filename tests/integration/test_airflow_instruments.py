# SPDX-License-Identifier: Apache-2.0
"""Instruments and chains through Airflow's own runner, against a simulated gateway."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ib_provider.config import Settings, load_settings
from ib_provider.store.catalog import open_catalog
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.store.roll_store import RollStore
from tests.support.airflow_home import (
    PROJECT,
    gateway_connection,
    run_dag,
    run_dag_of,
    task_result,
    task_states,
)
from tests.support.simulator import gateway_in_thread, quick_options

DESCRIBED = """
from airflow.sdk import DAG
from ib_provider.operators.instruments import IbInstrumentsOperator

with DAG(dag_id="described", schedule=None):
    IbInstrumentsOperator(
        task_id="load",
        contracts=[
            {"symbol": "IBM", "sec_type": "STK", "exchange": "SMART", "currency": "USD"},
            {"symbol": "SPX", "sec_type": "IND", "exchange": "CBOE"},
            {"symbol": "XQZ", "sec_type": "STK", "exchange": "SMART", "currency": "USD"},
        ],
        sec_types="STK",
        max_age_hours=0,
        tolerate_failures=True,
    )
"""


@pytest.fixture(scope="module")
def house(airflow_db: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Return the settings of a house beside a gateway; its universes are the project's."""
    root = tmp_path_factory.mktemp("house")
    with gateway_in_thread(quick_options()) as gateway, pytest.MonkeyPatch.context() as patch:
        patch.setenv("IB_PROVIDER_HOME", str(root / "var"))
        patch.setenv("IB_PROVIDER_INCLUDE", str(PROJECT / "include"))
        patch.setenv("AIRFLOW_CONN_IB_DEFAULT", gateway_connection(gateway.port))
        yield load_settings()


def test_chains_dag_loads_futures_and_options(house: Settings) -> None:
    """Both tasks succeed; months, rolls and options are where an analyst looks."""
    run = run_dag(
        "ib_chains", futures=["ES.CME"], underlyings=["AAPL.NASDAQ"], max_days=11, roll_days=5
    )
    assert task_states(run) == {"futures": "success", "options": "success"}
    months = task_result(run, "futures")["instruments"]
    assert months == ["ESH13.CME", "ESM13.CME", "ESU13.CME", "ESZ13.CME", "ESH14.CME"]
    options = task_result(run, "options")["instruments"]
    assert len(options) > 20
    assert set(InstrumentStore(house.market).get(options)) == set(options)
    assert len(RollStore(house.market).get("ES.CME", "5 days before expiry")) == 5
    with open_catalog(house.market) as connection:
        (count,) = connection.sql("SELECT count(*) FROM chains WHERE is_listed").fetchall()
    assert count[0] > len(options)


def test_chains_dag_takes_zero_days_as_zero(house: Settings) -> None:
    """Nothing expires on a Monday: an empty chain, not ninety days of it."""
    run = run_dag("ib_chains", futures=["ES.CME"], underlyings=["AAPL.NASDAQ"], max_days=0)
    assert run.state == "success"
    assert task_result(run, "options")["instruments"] == []


def test_chains_dag_keeps_the_good_and_names_the_bad(house: Settings) -> None:
    """One unknown root does not keep the other from being loaded; the task is not retried."""
    run = run_dag("ib_chains", futures=["XX.CME", "CL.NYMEX"], underlyings=["AAPL.NASDAQ"])
    assert task_states(run)["futures"] == "failed"
    report = task_result(run, "futures", "report")
    assert list(report["failed"]) == ["XX.CME"]
    assert "CLJ13.NYMEX" in report["instruments"]
    assert all(task.try_number == 1 for task in run.get_task_instances())


def test_instruments_dag_loads_by_id_and_says_how_each_ended(house: Settings) -> None:
    """Every kind of instrument, in any spelling; the report tells loaded from not found."""
    run = run_dag("ib_instruments", instruments=["EUR/USD.IDEALPRO", "ESM13.CME", "NOPE.NYSE"])
    assert run.state == "failed"
    report = task_result(run, "load", "report")
    assert report["loaded"] == ["EUR/USD.IDEALPRO", "ESM13.CME"]
    assert report["not_found"] == ["NOPE.NYSE"]


def test_instruments_operator_loads_descriptions_and_tolerates(
    house: Settings, tmp_path: Path
) -> None:
    """Given as mappings, filtered by type, with a bad one that is to be tolerated."""
    (tmp_path / "described.py").write_text(DESCRIBED, encoding="utf-8")
    run = run_dag_of(tmp_path, "described")
    assert run.state == "success"
    report = task_result(run, "load")
    assert report["loaded"] == ["IBM.NYSE"]
    assert len(report["skipped"]) == len(report["not_found"]) == 1


def test_instruments_dag_shows_ids_as_its_universe_says(
    house: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The result has both: the id that is stored, and how people here write it."""
    universes = tmp_path / "universes"
    universes.mkdir()
    (universes / "shown.yaml").write_text(
        "ids: {method: raw, mics: true}\ninstruments: [IBM.NYSE]\n", encoding="utf-8"
    )
    monkeypatch.setenv("IB_PROVIDER_INCLUDE", str(tmp_path))
    run = run_dag("ib_instruments", universe="shown")
    assert run.state == "success"
    assert task_result(run, "load")["shown"] == {"IBM.NYSE": "IBM=STK.XNYS"}
