# SPDX-License-Identifier: Apache-2.0
"""``ib-provider account`` and ``ib-provider capture`` at a simulated gateway."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from ib_provider.cli.main import main
from ib_provider.config import load_settings
from ib_provider.domain.live import StreamKind
from ib_provider.simulator.limits.limits import Limits
from ib_provider.store.catalog import open_catalog
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.store.live_table import LIVE_TABLES
from ib_provider.store.part_store import PartStore
from tests.support.airflow_home import PROJECT
from tests.support.instrument_values import AAPL
from tests.support.simulator import ACCOUNT, gateway_in_thread, quick_options


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the port of a gateway whose account holds something, beside a store that knows it."""
    monkeypatch.setenv("IB_PROVIDER_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "160")
    InstrumentStore(load_settings().market).upsert([AAPL])
    options = quick_options(
        positions={"AAPL": Decimal(10)},
        speed=30,
        update_every_s=0.2,
        limits=Limits(pacing=False, max_messages=0),
    )
    with gateway_in_thread(options) as gateway:
        yield str(gateway.port)


def test_account_actions_print_what_the_login_holds(
    port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each action names the account and its figures, and ends with 0."""
    wanted = {
        "summary": "NetLiquidation",
        "ledger": "CashBalance",
        "positions": "AAPL",
        "pnl": "unrealized",
    }
    for action, word in wanted.items():
        assert main(["account", action, "--port", port]) == 0
        told = capsys.readouterr().out
        assert word in told
        assert ACCOUNT in told


def test_account_snapshot_is_kept_and_read_by_sql(
    port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The views have rows right after the command."""
    assert main(["account", "snapshot", "--port", port]) == 0
    assert "account_positions" in capsys.readouterr().out
    with open_catalog(load_settings().market) as sql:
        rows = sql.execute("SELECT account, symbol, quantity FROM account_positions").fetchall()
    assert rows == [(ACCOUNT, "AAPL", 10.0)]


def test_account_of_another_login_is_exit_code_1(
    port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is printed for an account that is not there."""
    assert main(["account", "pnl", "--port", port, "--account", "DU9"]) == 1
    assert "WrongAccount" in capsys.readouterr().err


def test_capture_records_and_tells_each_stream(
    port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line a subscription, with what was expected of it."""
    command = ["capture", "AAPL.NASDAQ", "--stream", "trades", "--stream", "real_time_bars"]
    assert main([*command, "--until", "60 seconds", "--port", port]) == 0
    told = capsys.readouterr().out
    assert "AAPL.NASDAQ trades: " in told
    assert "bars expected" in told
    with open_catalog(load_settings().market) as sql:
        assert sql.execute("SELECT count(*) > 0 FROM trades").fetchall() == [(True,)]


def test_capture_arguments_that_cannot_be_read_are_exit_code_2(
    port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is asked of the gateway."""
    for stream, until, name in (
        ("tades", "60 seconds", "AAPL.NASDAQ"),
        ("trades", "soon", "AAPL.NASDAQ"),
        ("trades", "60 seconds", "NOPE.NYSE"),
    ):
        assert main(["capture", name, "--stream", stream, "--until", until, "--port", port]) == 2
        assert capsys.readouterr().err


def test_killed_capture_loses_what_it_had_not_written_and_no_more(port: str) -> None:
    """SIGKILL in the middle: its parts are whole, its place is free, the next one joins them."""
    store, table = PartStore(load_settings().market), LIVE_TABLES[StreamKind.BID_ASK]
    command = ["capture", "AAPL.NASDAQ", "--stream", "bid_ask", "--flush", "0.2", "--port", port]
    with subprocess.Popen(
        [sys.executable, "-m", "ib_provider.cli.main", *command, "--until", "5 hours"],
        cwd=PROJECT / "plugins",
        stdout=subprocess.DEVNULL,
    ) as process:
        try:
            deadline = time.monotonic() + 60
            while len(list(store.root.rglob("*.parquet"))) < 4:
                assert time.monotonic() < deadline, "the capture wrote nothing"
                assert process.poll() is None
                time.sleep(0.1)
        finally:
            process.send_signal(signal.SIGKILL)
    before = store.read(table, "AAPL.NASDAQ").num_rows
    assert before > 0
    again = [*command, "--client-id", "91", "--until", "30 seconds"]
    assert main(again) == 0
    assert store.read(table, "AAPL.NASDAQ").num_rows > before
    with open_catalog(load_settings().market) as sql:
        runs = sql.execute("SELECT count(DISTINCT capture), count(*) FROM bid_asks").fetchall()
    assert runs == [(2, store.read(table, "AAPL.NASDAQ").num_rows)]
