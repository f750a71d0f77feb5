# SPDX-License-Identifier: Apache-2.0
"""The three DAGs, run by Airflow, against a simulated gateway on a TCP socket."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ib_provider.config import Settings, load_settings
from ib_provider.ledger.intent import IntentState
from ib_provider.ledger.ledger import Ledger
from ib_provider.simulator import SimulatedGateway
from ib_provider.simulator.interventions import correct_execution
from ib_provider.store.bar_store import BarStore
from ib_provider.store.catalog import open_catalog
from ib_provider.store.instrument_store import InstrumentStore
from tests.support.airflow_home import (
    PROJECT,
    gateway_connection,
    run_dag,
    task_result,
    task_states,
)
from tests.support.simulator import ACCOUNT, gateway_in_thread, on_gateway, quick_options

#: Long enough that orders still work when the sensor looks, so that it defers.
FILL_DELAY_S = 1.0
UNIVERSE = ["AAPL.NASDAQ", "FB.NASDAQ", "GOOG.NASDAQ", "IBM.NYSE", "MSFT.NASDAQ"]


@dataclass(frozen=True, kw_only=True)
class House:
    """A state folder with instruments in it, and the gateway it works with."""

    settings: Settings
    gateway: SimulatedGateway
    journal: Path

    @property
    def port(self) -> int:
        """Return where the gateway listens."""
        return self.gateway.port

    def orders(self) -> list[str]:
        """Return the order_ref of every order the gateway received."""
        if not self.journal.exists():
            return []
        lines = self.journal.read_text(encoding="utf-8").splitlines()
        return [ref for line in lines if (ref := _order_ref(json.loads(line)))]

    def bars(self) -> int:
        """Return how many bars the store holds."""
        store = BarStore(self.settings.market)
        return sum(store.read(key).num_rows for key in store.keys())  # noqa: SIM118


def _order_ref(entry: dict[str, Any]) -> str:
    return str(entry.get("order_ref") or entry.get("terms", {}).get("order_ref") or "")


@pytest.fixture(scope="module")
def house(airflow_db: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Return a house whose instruments were loaded by ``ib_instruments``."""
    root = tmp_path_factory.mktemp("house")
    journal = root / "journal.jsonl"
    options = quick_options(fill_delay_s=FILL_DELAY_S, journal=journal)
    with gateway_in_thread(options) as gateway, pytest.MonkeyPatch.context() as patch:
        patch.setenv("IB_PROVIDER_HOME", str(root / "var"))
        patch.setenv("IB_PROVIDER_INCLUDE", str(PROJECT / "include"))
        patch.setenv("AIRFLOW_CONN_IB_DEFAULT", gateway_connection(gateway.port, read_only=False))
        run = run_dag("ib_instruments")
        assert run.state == "success"
        yield House(settings=load_settings(), gateway=gateway, journal=journal)


def test_instruments_dag_loads_the_universe(house: House) -> None:
    """Every id of the file is in the store."""
    assert sorted(item.instrument_id for item in InstrumentStore(house.settings.market).all()) == (
        UNIVERSE
    )


def test_instruments_dag_loads_the_good_and_names_the_bad(house: House) -> None:
    """One unknown symbol spoils no other, and the task is not retried."""
    run = run_dag("ib_instruments", instruments=["AAPL.NASDAQ", "NOSUCH.NASDAQ"])
    assert run.state == "failed"
    report = task_result(run, "load", "report")
    assert report["loaded"] == ["AAPL.NASDAQ"]
    assert list(report["failed"]) == ["NOSUCH.NASDAQ"]
    (task,) = run.get_task_instances()
    assert task.try_number == 1


def test_bars_dag_publishes_a_range_once(house: House) -> None:
    """A second run of the same range asks for nothing and changes nothing."""
    first = run_dag("ib_bars", start="2013-02-01", end="2013-03-01")
    assert task_states(first) == dict.fromkeys(
        ["sessions", "download", "validate", "publish", "count"], "success"
    )
    staged = task_result(first, "download", "staged")
    assert staged == {"1-DAY-LAST": dict.fromkeys(UNIVERSE, 19)}
    before = house.bars()
    second = run_dag("ib_bars", start="2013-02-01", end="2013-03-01")
    assert second.state == "success"
    assert task_result(second, "download", "requests") == 0
    assert house.bars() == before


def test_bars_dag_without_dates_takes_the_last_finished_session(house: House) -> None:
    """By the gateway's clock, which is on Monday 4 March 2013, 10:00 in New York."""
    run = run_dag("ib_bars")
    assert run.state == "success"
    assert task_result(run, "sessions", "start") == "2013-03-01"
    assert set(task_result(run, "validate", "report")["new"].values()) <= {0, 1}


def test_bars_dag_over_a_range_without_sessions_fails_by_name(house: House) -> None:
    """A week-end asked for by hand is a slip of the pen, not an empty success."""
    run = run_dag("ib_bars", start="2013-03-02", end="2013-03-04")
    states = task_states(run)
    assert run.state == "failed"
    assert states["download"] == "failed"
    assert states["publish"] == "upstream_failed"


def test_bars_dag_of_an_instrument_nobody_loaded_fails_by_name(house: House) -> None:
    """The store is asked, not guessed."""
    run = run_dag("ib_bars", start="2013-02-01", end="2013-03-01", instruments=["TSLA.NASDAQ"])
    assert run.state == "failed"
    assert task_states(run)["sessions"] == "success"


def test_rebalance_dag_dry_sends_nothing(house: House) -> None:
    """The default: the plan is made and shown, and what follows is skipped."""
    run = run_dag("ib_rebalance", rebalance_id="dry")
    assert run.state == "success"
    assert task_states(run) == {
        "gate": "success",
        "reconcile_before": "success",
        "plan": "success",
        **dict.fromkeys(["approve", "submit", "fills"], "skipped"),
        **dict.fromkeys(["keep_fills", "reconcile_after", "report"], "skipped"),
        **dict.fromkeys(["keep_late_fills", "result"], "skipped"),
    }
    assert task_result(run, "plan", "account") == ACCOUNT
    assert len(task_result(run, "plan", "legs")) == 5
    assert house.orders() == []


def test_rebalance_dag_trades_each_leg_once_and_waits_for_the_fills(house: House) -> None:
    """The sensor defers while orders work; the same id run again sends nothing."""
    _load(PROJECT / "tests" / "support" / "fills_dag.py")
    first = run_dag("ib_rebalance", rebalance_id="q1", dry_run=False)
    assert _all_but_late_fills(first) == {"success"}
    preview = task_result(first, "plan", "preview")
    assert all(Decimal(leg["commission"]) > 0 for leg in preview["legs"])
    assert Decimal(preview["margin_after"]) > 0
    legs, plan_id = task_result(first, "plan", "legs"), task_result(first, "plan", "plan_id")
    assert sorted(house.orders()) == sorted(legs)
    report = task_result(first, "report")
    assert {leg["state"] for leg in report["legs"]} == {"filled"}
    assert report["fills"] >= len(legs)
    assert task_result(first, "reconcile_after")["differences"] == []
    with open_catalog(house.settings.market) as catalog:
        query = "SELECT count(*), count(commission), min(strategy) FROM fills WHERE plan_id = ?"
        kept = catalog.execute(query, [plan_id]).fetchone()
    assert kept == (report["fills"], report["fills"], "demo")
    assert task_result(first, "keep_fills")["rows"] == report["fills"]
    ((task_id, extra),) = _fill_events()
    assert task_id == "keep_fills"
    assert extra == {
        "plan_ids": [plan_id],
        "fills": report["fills"],
        "rows": report["fills"],
        "accounts": [ACCOUNT],
        "sessions": ["2013-03-04"],
    }
    assert _woken_by("ib_fills") == ["after_fills"]

    second = run_dag("ib_rebalance", rebalance_id="q1", dry_run=False)
    assert second.state == "success"
    assert task_states(second)["keep_fills"] == "skipped"
    assert task_states(second)["keep_late_fills"] == "skipped"
    assert len(_fill_events()) == 1
    assert task_result(second, "submit")["sent"] == []
    assert sorted(house.orders()) == sorted(legs)
    with Ledger.open(house.settings.ledger_url, locks=house.settings.locks) as ledger:
        assert len(ledger.intents(plan_id)) == len(legs)


def test_fill_that_came_late_wakes_who_waits_for_fills(house: House) -> None:
    """After the fills were kept an execution is corrected: the report hears of it first."""
    before, trade = len(_fill_events()), next(iter(house.gateway.brokerage.book.trades()))
    price = trade.price + Decimal("0.01")
    assert on_gateway(house.gateway, correct_execution, trade.exec_id, price)
    run = _load(PROJECT / "dags")["ib_rebalance"].test(
        logical_date=None,
        run_conf={"rebalance_id": "q1", "dry_run": False},
        mark_success_pattern="^(reconcile_before|approve|submit|fills|keep_fills|reconcile_after)$",
    )
    assert set(task_states(run).values()) == {"success"}
    ((task_id, extra),) = _fill_events()[before:]
    assert (task_id, extra["rows"], extra["accounts"]) == ("keep_late_fills", 1, [ACCOUNT])
    with open_catalog(house.settings.market) as catalog:
        query = "SELECT price FROM fills WHERE order_ref = ? AND revision = 2"
        assert catalog.execute(query, [trade.order_ref]).fetchall() == [(float(price),)]


def _load(place: Path) -> dict[str, Any]:
    """Return the DAGs of a file or folder, Airflow's database told of them."""
    from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db

    bag = DagBag(dag_folder=str(place))
    assert bag.import_errors == {}
    sync_bag_to_db(bag, "dags-folder", None)
    return dict(bag.dags)


def _all_but_late_fills(run: Any) -> set[str]:
    """Return the states of a rebalance's tasks, none of whose fills was late."""
    states = task_states(run)
    assert states.pop("keep_late_fills") == "skipped"
    return set(states.values())


def _fill_events() -> list[tuple[str, dict[str, Any]]]:
    """Return the events of the asset of fills: the task that told, and what it told."""
    from airflow.models.asset import AssetEvent, AssetModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    events = (
        select(AssetEvent.source_task_id, AssetEvent.extra)
        .join(AssetModel, AssetModel.id == AssetEvent.asset_id)
        .where(AssetModel.name == "ib_fills")
        .order_by(AssetEvent.id)
    )
    with create_session() as session:
        return [(row.source_task_id, row.extra) for row in session.execute(events)]


def _woken_by(name: str) -> list[str]:
    """Return the DAGs of which the scheduler will make a run because of an asset's events."""
    from airflow.models.asset import AssetDagRunQueue, AssetModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    queued = (
        select(AssetDagRunQueue.target_dag_id)
        .join(AssetModel, AssetModel.id == AssetDagRunQueue.asset_id)
        .where(AssetModel.name == name)
    )
    with create_session() as session:
        return list(session.scalars(queued))


def test_reconcile_dag_finds_a_rebalance_explained(house: House) -> None:
    """What our own orders changed is no difference, before and after."""
    first = run_dag("ib_reconcile")
    assert first.state == "success"
    traded = run_dag("ib_rebalance", rebalance_id="reconciled", dry_run=False)
    assert traded.state == "success"
    second = run_dag("ib_reconcile")
    assert second.state == "success"
    found = task_result(second, "reconcile")
    assert (found["differences"], found["account"]) == ([], ACCOUNT)
    assert found["since"] is not None


def test_rebalance_dag_buys_when_its_sales_are_done(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The task that sends waits for the first wave in the triggerer, and goes on from there."""
    monkeypatch.setenv("IB_PROVIDER_INCLUDE", str(_with_portfolio(tmp_path / "include")))
    before = house.orders()
    run = run_dag("ib_rebalance", portfolio="rotate", rebalance_id="waves", dry_run=False)
    assert _all_but_late_fills(run) == {"success"}
    sent = house.orders()[len(before) :]
    assert sent == task_result(run, "submit")["sent"] == task_result(run, "plan", "legs")
    with Ledger.open(house.settings.ledger_url, locks=house.settings.locks) as ledger:
        plan_id = task_result(run, "plan", "plan_id")
        assert [leg.wave for leg in ledger.plan(plan_id).legs] == [1, 2, 2]
        sale, *buys = ledger.intents(plan_id)
        (filled,) = [
            event.at for event in ledger.events(sale.order_ref) if event.state is IntentState.FILLED
        ]
        assert all(buy.created_at > filled for buy in buys)


def _with_portfolio(folder: Path) -> Path:
    """Return a copy of ``include`` with a portfolio that trades Apple for IBM and Microsoft."""
    shutil.copytree(PROJECT / "include", folder)
    demo = (folder / "portfolios" / "demo.yaml").read_text(encoding="utf-8")
    (folder / "portfolios" / "rotate.yaml").write_text(
        demo.replace("name: demo", "name: rotate")
        .replace("weight: 0.25", "weight: 0.20", 1)
        .replace("weight: 0.20", "weight: 0.25")
        .replace("weight: 0.25", "weight: 0.20", 1),
        encoding="utf-8",
    )
    return folder


def test_rebalance_dag_on_a_read_only_connection_sends_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both switches must agree, and the refusal is not retried."""
    monkeypatch.setenv("AIRFLOW_CONN_IB_DEFAULT", gateway_connection(house.port))
    before = house.orders()
    run = run_dag("ib_rebalance", rebalance_id="read-only", dry_run=False)
    states = task_states(run)
    assert run.state == "failed"
    assert (states["plan"], states["submit"]) == ("success", "failed")
    assert house.orders() == before


def test_rebalance_dag_for_an_account_the_login_lacks_fails_before_the_plan(house: House) -> None:
    """Nothing is planned for another's account."""
    run = run_dag("ib_rebalance", rebalance_id="other", account="DU7654321", dry_run=False)
    assert run.state == "failed"
    assert task_states(run)["reconcile_before"] == "failed"
    assert task_states(run)["plan"] == "upstream_failed"


def test_rebalance_dag_loosens_limits_only_with_a_reason(house: House) -> None:
    """What the form asks for is in the plan that is shown; without a reason there is none."""
    loosen = {"max_turnover": 1.5}
    run = run_dag("ib_rebalance", rebalance_id="loose", loosen=loosen)
    assert task_states(run)["plan"] == "failed"
    run = run_dag("ib_rebalance", rebalance_id="loose", loosen=loosen, reason="new money")
    assert run.state == "success"
    assert "max_turnover 1.5" in task_result(run, "plan", "loosened")


def test_orders_watch_dag_of_an_account_in_order_finds_nothing(house: House) -> None:
    """Every order of the rebalances before it is filled."""
    run = run_dag("ib_orders_watch")
    assert run.state == "success"
    found = task_result(run, "watch")
    assert (found["account"], found["working"], found["concerns"]) == (ACCOUNT, 0, [])
