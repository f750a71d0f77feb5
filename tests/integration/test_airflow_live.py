# SPDX-License-Identifier: Apache-2.0
"""The DAGs of live data and accounts, run by Airflow, against a simulated gateway."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from ib_provider.config import Settings, load_settings
from ib_provider.simulator.limits.limits import Limits
from ib_provider.store.catalog import open_catalog
from tests.support.airflow_home import (
    PROJECT,
    gateway_connection,
    run_dag,
    task_result,
    task_states,
)
from tests.support.simulator import ACCOUNT, gateway_in_thread, quick_options

UNIVERSE = ["AAPL.NASDAQ", "FB.NASDAQ", "GOOG.NASDAQ", "IBM.NYSE", "MSFT.NASDAQ"]


@pytest.fixture(scope="module")
def settings(airflow_db: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Return the settings of a house whose instruments are loaded, at a gateway in a hurry."""
    root = tmp_path_factory.mktemp("live")
    options = quick_options(
        clock="2013-03-04T10:00:00-05:00",
        speed=30,
        update_every_s=0.2,
        positions={"AAPL": Decimal(10)},
        limits=Limits(pacing=False, max_messages=0),
    )
    with gateway_in_thread(options) as gateway, pytest.MonkeyPatch.context() as patch:
        patch.setenv("IB_PROVIDER_HOME", str(root / "var"))
        patch.setenv("IB_PROVIDER_INCLUDE", str(PROJECT / "include"))
        patch.setenv("AIRFLOW_CONN_IB_DEFAULT", gateway_connection(gateway.port))
        assert run_dag("ib_instruments").state == "success"
        yield load_settings()


def test_snapshot_dag_prices_the_universe(settings: Settings) -> None:
    """One quote of each instrument, in the view, marked as what it is."""
    run = run_dag("ib_snapshot", lines=2)
    assert task_states(run) == {"price": "success"}
    assert task_result(run, "price")["quoted"] == UNIVERSE
    with open_catalog(settings.market) as sql:
        rows = sql.execute("SELECT instrument_id, bid, ask, data_type FROM quotes").fetchall()
    assert sorted(row[0] for row in rows) == UNIVERSE
    assert all(0 < bid <= ask and kind == "live" for _, bid, ask, kind in rows)


def test_snapshot_dag_names_what_was_never_loaded(settings: Settings) -> None:
    """A wrong id is final: no retry mends it."""
    run = run_dag("ib_snapshot", instruments=["NOPE.NYSE"])
    assert task_states(run) == {"price": "failed"}


def test_open_interest_dag_keeps_the_nearest_months(settings: Settings) -> None:
    """One number a contract and day, in the view; a root without months in the store is final."""
    months = ["ESH13.CME", "ESM13.CME", "ESU13.CME"]
    assert run_dag("ib_instruments", instruments=months).state == "success"
    run = run_dag("ib_open_interest", futures=["ES.CME"], nearest=2)
    assert task_states(run) == {"keep": "success"}
    told = task_result(run, "keep")["open_interest"]
    assert sorted(told) == months[:2]
    with open_catalog(settings.market) as sql:
        rows = sql.execute("SELECT instrument_id, open_interest FROM open_interest").fetchall()
    assert sorted(rows) == sorted(told.items())
    assert told[months[0]] > told[months[1]] > 0
    missing = run_dag("ib_open_interest", futures=["NQ.CME"])
    assert task_states(missing) == {"keep": "failed"}


def test_account_dag_keeps_values_positions_and_profit(settings: Settings) -> None:
    """Read by SQL, with the figures the task published."""
    run = run_dag("ib_account")
    assert task_states(run) == {"snapshot": "success"}
    told = task_result(run, "snapshot")["accounts"][ACCOUNT]
    assert (told["positions"], told["currency"]) == (1, "USD")
    with open_catalog(settings.market) as sql:
        net = sql.execute(
            "SELECT value, amount FROM account_values WHERE account = ? "
            "AND tag = 'NetLiquidation' AND currency = 'USD'",
            [ACCOUNT],
        ).fetchall()
        held = sql.execute("SELECT symbol, quantity, market_price FROM account_positions")
        assert net == [(told["net_liquidation"], float(told["net_liquidation"]))]
        ((symbol, quantity, price),) = held.fetchall()
        assert (symbol, quantity) == ("AAPL", 10.0)
        assert price > 0
        assert sql.execute("SELECT count(*) FROM account_pnl").fetchall() == [(1,)]


def test_capture_dag_records_until_its_time_and_reports(settings: Settings, tmp_path: Path) -> None:
    """Two kinds of two instruments, three simulated minutes: every expected bar is there."""
    run = run_dag(
        "ib_capture",
        streams=["bid_ask", "bars:1 min"],
        until="200 seconds",
        instruments=["AAPL.NASDAQ", "IBM.NYSE"],
    )
    assert task_states(run) == {"capture": "success"}
    report = task_result(run, "capture")
    bars = "AAPL.NASDAQ bars 1 min TRADES rth"
    assert report["failed"] == {}
    assert report["expected"][bars] in (2, 3)
    assert report["received"]["IBM.NYSE bid_ask"] > 0
    assert report["expected"]["IBM.NYSE bid_ask"] is None
    with open_catalog(settings.market) as sql:
        query = "SELECT count(*) FROM live_bars WHERE instrument_id = 'AAPL.NASDAQ' AND is_final"
        assert sql.execute(query).fetchall()[0][0] >= report["expected"][bars]
        touches = "SELECT count(*) FROM bid_asks WHERE instrument_id = 'IBM.NYSE'"
        assert sql.execute(touches).fetchall() == [(report["received"]["IBM.NYSE bid_ask"],)]


def test_capture_dag_refuses_what_it_cannot_read(settings: Settings) -> None:
    """A kind that does not exist, or a window without an end, is named before anything is asked."""
    wrongs: list[dict[str, object]] = [{"streams": ["tades"]}, {"until": "soon"}, {"streams": []}]
    for wrong in wrongs:
        assert task_states(run_dag("ib_capture", **wrong)) == {"capture": "failed"}
