# SPDX-License-Identifier: Apache-2.0
"""Bars, ticks and continuous futures through Airflow's runner, and the watch over the lake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ib_provider.config import Settings, load_settings
from ib_provider.ledger.ledger import Ledger
from ib_provider.simulator.limits.limits import Limits
from ib_provider.store.bar_store import BarStore
from ib_provider.store.catalog import open_catalog
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.store.object_tree import ObjectTree
from tests.support.airflow_home import (
    PROJECT,
    gateway_connection,
    run_dag,
    task_result,
    task_states,
)
from tests.support.bar_tables import series_key
from tests.support.object_store import new_bucket, serving_objects
from tests.support.simulator import gateway_in_thread, quick_options

IDS = ["AAPL.NASDAQ", "IBM.NYSE"]
FUTURES = ["ESH13.CME", "ESM13.CME"]
FEBRUARY = {"start": "2013-02-01", "end": "2013-03-01", "instruments": IDS}


@pytest.fixture(scope="module")
def settings(airflow_db: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Return the settings of a home that knows its instruments and has a month of bars."""
    root = tmp_path_factory.mktemp("lake")
    options = quick_options(limits=Limits(pacing=False))
    with gateway_in_thread(options) as gateway, pytest.MonkeyPatch.context() as patch:
        patch.setenv("IB_PROVIDER_HOME", str(root / "var"))
        patch.setenv("IB_PROVIDER_INCLUDE", str(PROJECT / "include"))
        patch.setenv("AIRFLOW_CONN_IB_DEFAULT", gateway_connection(gateway.port))
        assert run_dag("ib_instruments", instruments=[*IDS, *FUTURES]).state == "success"
        run = run_dag("ib_bars", specs=["1-DAY-LAST", "30-MINUTE-LAST"], **FEBRUARY)
        assert run.state == "success", task_states(run)
        assert task_result(run, "download", "staged") == {
            "1-DAY-LAST": dict.fromkeys(IDS, 19),
            "30-MINUTE-LAST": dict.fromkeys(IDS, 19 * 13),
        }
        yield load_settings()


def _asset_events() -> list[Any]:
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        return list(session.scalars(select(AssetEvent).order_by(AssetEvent.id)))


def _change(settings: Settings, name: str, change: Callable[[pa.Table], pa.Table]) -> Path:
    """Rewrite the file of an instrument's daily bars; returns its path."""
    (path,) = settings.market.glob(f"bars/bar=1_day/**/instrument_id={name}/*.parquet")
    pq.write_table(change(pq.read_table(path)), path)
    return path


def _with(table: pa.Table, column: str, session: date, value: float) -> pa.Table:
    days, values = table["session"].to_pylist(), table[column].to_pylist()
    values[days.index(session)] = value
    return table.set_column(
        table.schema.get_field_index(column), column, pa.array(values, pa.float64())
    )


def test_bars_event_carries_what_was_written(settings: Settings) -> None:
    """A range marks its last session, so that who waits for sessions is woken by it."""
    event = _asset_events()[-1]
    assert event.partition_key == "2013-02-28"
    assert event.extra["rows"] == 2 * (19 + 19 * 13)
    assert (event.extra["sessions"], event.extra["series"]) == (19, 2)
    assert event.extra["new"] == dict.fromkeys(IDS, 19 + 19 * 13)


def test_bars_of_a_kind_that_is_none_fail_by_name(settings: Settings) -> None:
    """Before anything is asked of the gateway; and not retried."""
    run = run_dag("ib_bars", specs=["1-FORTNIGHT-LAST"], **FEBRUARY)
    assert run.state == "failed"
    assert task_states(run)["download"] == "failed"


def test_series_short_of_bars_fail_the_count_and_are_listed(settings: Settings) -> None:
    """A session that was lost from the store is missed, and the list is there for an alert."""
    last = date(2013, 2, 28)
    kept, key = BarStore(settings.market), series_key("IBM.NYSE")
    whole = kept.read(key)
    path = _change(settings, "IBM.NYSE", lambda table: table.slice(0, table.num_rows - 1))
    try:
        run = run_dag("ib_bars", **(FEBRUARY | {"start": last.isoformat()}))
        assert run.state == "failed"
        assert task_states(run)["publish"] == "success"
        assert task_states(run)["count"] == "failed"
        short = task_result(run, "count", "short")
        assert short == ["IBM.NYSE 1 day TRADES rth: 0 of 1 bars, none of 2013-02-28"]
        with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
            (found,) = (item for item in ledger.findings() if item.check == "bar_count")
        assert (found.key, found.count, list(found.rows)) == (key, 1, short)
    finally:
        pq.write_table(whole, path)


def test_download_that_fails_in_part_publishes_the_rest_and_alerts(settings: Settings) -> None:
    """One contract that IB does not know keeps no other from being published and counted."""
    store = InstrumentStore(settings.market)
    ibm = store.get(["IBM.NYSE"])["IBM.NYSE"]
    contract = replace(ibm.contract, con_id=999_999_999)
    store.upsert([replace(ibm, instrument_id="GONE.NYSE", contract=contract)])
    wish = {"start": "2013-01-07", "end": "2013-01-12", "instruments": ["AAPL.NASDAQ", "GONE.NYSE"]}
    run = run_dag("ib_bars", **wish)
    assert run.state == "failed"
    states = task_states(run)
    assert (states["download"], states["validate"]) == ("failed", "success")
    assert (states["publish"], states["count"]) == ("upstream_failed", "failed")
    assert task_result(run, "validate", "report")["new"] == {"AAPL.NASDAQ": 5}
    (short,) = task_result(run, "count", "short")
    assert short.startswith("GONE.NYSE 1 day TRADES rth: 0 of 5 bars, none of 2013-01-07, ")


def test_options_are_taken_before_they_expire(settings: Settings) -> None:
    """What ends this week comes with its bars; what ends later, and shares, are left alone."""
    week, later = "AAPL130308C00430000.SMART", "AAPL130316C00450000.SMART"
    assert run_dag("ib_instruments", instruments=[week, later]).state == "success"
    run = run_dag("ib_expiring", days=4, look_back=7)
    assert run.state == "success", task_states(run)
    assert task_result(run, "expiring", "instruments") == [week]
    with open_catalog(settings.market) as sql:
        query = "SELECT instrument_id, count(*), max(session) FROM bars "
        query += "WHERE instrument_id LIKE 'AAPL13%' GROUP BY ALL"
        assert sql.execute(query).fetchall() == [(week, 5, date(2013, 3, 1))]
    skipped = run_dag("ib_expiring", days=0)
    assert task_states(skipped)["download"] == "skipped"


def test_validation_looks_at_the_store_and_not_at_events(settings: Settings) -> None:
    """What is broken is found by a run that no event woke, and by the next whole one."""
    assert run_dag("ib_validation").state == "success"
    broken = date(2013, 2, 20)
    before: list[float] = []

    def spoil(table: pa.Table) -> pa.Table:
        before.append(table["high"].to_pylist()[table["session"].to_pylist().index(broken)])
        return _with(table, "high", broken, 1.0)

    _change(settings, "AAPL.NASDAQ", spoil)
    try:
        run = run_dag("ib_validation", whole=True)
        assert run.state == "failed"
        report = task_result(run, "sweep", "report")
        assert report["critical"] == 1
        assert "2013-02-20 high 1.0 < low" in report["shown"][0]
        # Not older than a download may take: seen again without `whole`.
        assert run_dag("ib_validation").state == "failed"
    finally:
        _change(settings, "AAPL.NASDAQ", lambda table: _with(table, "high", broken, before[0]))


def test_audit_tells_and_takes_over_what_the_broker_says_today(settings: Settings) -> None:
    """A close that differs is logged as a revision and overwritten; the sweep then is clean."""
    day, truth = date(2013, 2, 28), 441.40
    with open_catalog(settings.market) as sql:
        query = "SELECT close, low, high FROM bars WHERE instrument_id = 'AAPL.NASDAQ' "
        query += "AND bar = '1 day' AND session = '2013-02-28'"
        ((close, low, high),) = sql.execute(query).fetchall()
    assert close == pytest.approx(truth, abs=0.01)
    _change(settings, "AAPL.NASDAQ", lambda table: _with(table, "close", day, (low + high) / 2))
    run = run_dag("ib_audit", pieces=40)
    assert run.state == "success", task_states(run)
    report = task_result(run, "audit", "report")
    assert list(report["revised"]) == ["AAPL.NASDAQ 1 day TRADES rth"]
    assert report["failed"] == {}
    assert report["same"] > 0
    with open_catalog(settings.market) as sql:
        assert sql.execute(query).fetchall() == [(close, low, high)]
    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        revised = [item for item in ledger.findings() if item.check == "revised"]
    assert {str(item.key) for item in revised} == {"AAPL.NASDAQ 1 day TRADES rth"}
    assert any("bars differ" in item.rows[0] for item in revised)


def test_ticks_and_continuous_futures_through_operators(settings: Settings) -> None:
    """Each publishes what it wrote; what is kept is not asked for again."""
    from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db

    source = Path(__file__).parents[1] / "support" / "series_dag.py"

    def run() -> Any:
        bag = DagBag(dag_folder=str(source))
        assert bag.import_errors == {}
        sync_bag_to_db(bag, "dags-folder", None)
        return bag.dags["series"].test(logical_date=None)

    first = run()
    assert first.state == "success", task_states(first)
    ticks = task_result(first, "ticks")
    assert ticks["ticks"]["IBM.NYSE"] > 1000
    stitched = task_result(first, "stitch")
    assert stitched == {"ES.CME 1 day TRADES all hours": {"rows": 41, "rolls": 0}}
    extras = {event.extra.get("kind"): event.extra for event in _asset_events()}
    assert extras["midpoint"]["rows"] == ticks["ticks"]["IBM.NYSE"]
    again = task_result(run(), "ticks")
    assert (again["requests"], again["covered"]) == (0, ["IBM.NYSE"])


def test_lake_is_tidied_and_copied_where_a_mirror_is_configured(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every published file of bars is at the store, whole."""
    with serving_objects():
        url = f"{new_bucket()}/market"
        monkeypatch.setenv("IB_PROVIDER_MIRROR", url)
        run = run_dag("ib_lake_care")
        assert task_states(run) == {"tidy": "success", "mirror": "success"}
        done = task_result(run, "mirror")
        published = [path for path in settings.market.glob("bars/**/*.parquet") if path.is_file()]
        copied = ObjectTree.open(url).list("bars")
        assert len(copied) == len(published) > 0
        assert sum(info.size for info in copied.values()) == sum(
            path.stat().st_size for path in published
        )
        assert (done["url"], done["deleted"], done["only_there"]) == (url, 0, 0)
        assert done["written"] >= len(published)
