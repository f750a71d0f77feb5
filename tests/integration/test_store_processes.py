# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb

from ib_provider.store import BarStore, InstrumentStore, rebuild_catalog
from tests.support.bar_tables import FETCHED_AT, daily_bars, series_key, weekdays

_ROUNDS = 8
_PROJECT = Path(__file__).parents[2]


def _writer(root: Path, number: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.support.concurrent_writer",
            str(root),
            str(number),
            str(_ROUNDS),
        ],
        cwd=_PROJECT,
        env={"PYTHONPATH": "plugins:."},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_processes_writing_one_series_lose_nothing(tmp_path: Path) -> None:
    """Both write the same file at once, a reader reads on, and every row is there at the end."""
    catalog = rebuild_catalog(tmp_path, ())
    writers = [_writer(tmp_path, number) for number in (0, 1)]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    reads, most = 0, 0
    while any(writer.poll() is None for writer in writers):
        with duckdb.connect(str(catalog), read_only=True) as connection:
            found = connection.execute("SELECT count(*) FROM bars").fetchall()[0][0]
        assert found >= most
        reads, most = reads + 1, found
    errors = [writer.communicate()[1] for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0], errors
    table = BarStore(tmp_path).read(series_key())
    assert table.num_rows == 2 * _ROUNDS
    assert sorted(set(table["con_id"].to_pylist())) == [0, 1]
    assert len(InstrumentStore(tmp_path).all()) == 2 * _ROUNDS
    assert reads > 1
    assert list(tmp_path.rglob("*.tmp*")) == []


def test_catalog_opens_in_another_process_from_another_folder(tmp_path: Path) -> None:
    """An analyst needs duckdb and the file, nothing of ours."""
    store = BarStore(tmp_path / "market")
    days = weekdays(date(2013, 1, 1), 20)
    for instrument_id in ("AAPL.NASDAQ", "EUR/USD.IDEALPRO"):
        staged = store.stage(
            "batch",
            series_key(instrument_id),
            7,
            daily_bars(days),
            start=days[0],
            end=date(2013, 2, 1),
            fetched_at=FETCHED_AT,
        )
        store.publish(staged)
    catalog = rebuild_catalog(tmp_path / "market", ())
    script = (
        "import duckdb, sys\n"
        "connection = duckdb.connect(sys.argv[1], read_only=True)\n"
        "print(connection.execute('SELECT instrument_id, count(*), max(session) FROM bars '\n"
        "    'WHERE bar = ''1 day'' AND rth GROUP BY 1 ORDER BY 1').fetchall())\n"
    )
    shown = subprocess.run(
        [sys.executable, "-c", script.replace("''", "\\'"), str(catalog)],
        cwd="/",
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == (
        "[('AAPL.NASDAQ', 20, datetime.date(2013, 1, 28)), "
        "('EUR/USD.IDEALPRO', 20, datetime.date(2013, 1, 28))]\n"
    )
