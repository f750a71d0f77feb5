# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import duckdb

from ib_provider.store import BarStore, InstrumentStore, rebuild_catalog
from tests.support.bar_tables import FETCHED_AT, daily_bars, series_key, weekdays
from tests.support.concurrent_writer import WRITERS

_ROUNDS = 8
_PROJECT = Path(__file__).parents[2]


def _worker(root: Path, number: int, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.support.concurrent_writer",
            str(root),
            str(number),
            *more,
        ],
        cwd=_PROJECT,
        env={"PYTHONPATH": "plugins:."},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _let_go(workers: list[subprocess.Popen[str]]) -> None:
    """Have all begin at once."""
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()


def test_two_processes_writing_one_series_lose_nothing(tmp_path: Path) -> None:
    """Both write the same file at once, a reader reads on, and every row is there at the end."""
    catalog = rebuild_catalog(tmp_path, ())
    writers = [_worker(tmp_path, number, str(_ROUNDS)) for number in (0, 1)]
    _let_go(writers)
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


def test_four_writers_and_two_readers_lose_nothing_and_fail_nothing(tmp_path: Path) -> None:
    """Equal keys and different ones are written while SQL and the store read; no count falls.

    ``STORE_SECONDS=60`` makes it the long run.
    """
    rebuild_catalog(tmp_path, ())
    seconds = os.environ.get("STORE_SECONDS", "4")
    writers = [_worker(tmp_path, number, seconds, "write") for number in range(WRITERS)]
    readers = [_worker(tmp_path, number, seconds, "read") for number in (8, 9)]
    _let_go([*writers, *readers])
    said = [worker.communicate() for worker in [*writers, *readers]]
    assert [worker.returncode for worker in [*writers, *readers]] == [0] * 6, said
    counts = [int(out) for out, _ in said]
    rounds = counts[:WRITERS]
    assert min(counts) >= 1
    store = BarStore(tmp_path)
    shared = store.read(series_key())
    assert Counter(shared["con_id"].to_pylist()) == dict(enumerate(rounds))
    own = [store.read(series_key(f"OWN{number}.NASDAQ")).num_rows for number in range(WRITERS)]
    assert own == rounds
    assert len(InstrumentStore(tmp_path).all()) == sum(rounds)
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
