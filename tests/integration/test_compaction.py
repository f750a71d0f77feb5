# SPDX-License-Identifier: Apache-2.0
"""Compaction of live tables: killed anywhere, and beside readers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ib_provider.cli.main import main
from ib_provider.store.catalog import rebuild_catalog
from ib_provider.store.part_store import PartStore
from tests.support.airflow_home import PROJECT
from tests.support.killed_compaction import NAME, TABLE, quotes


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Return what each kill point left, of compactions killed before every file operation."""
    base = tmp_path_factory.mktemp("killed")
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_compaction", str(base)],
        cwd=PROJECT,
        env={"PYTHONPATH": "plugins:."},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_killed_compaction_shows_every_row_once(points: list[dict[str, Any]]) -> None:
    """Before the day's file is there, beside it, and while its parts are deleted."""
    assert sum(point["died"] == signal.SIGKILL for point in points) > 8
    assert [point["point"] for point in points if not point["rows"]] == []


def test_killed_compaction_done_again_leaves_the_same_bytes(points: list[dict[str, Any]]) -> None:
    """No file beside them, and none is different after the next part either."""
    assert [point["point"] for point in points if not (point["again"] and point["later"])] == []


def test_readers_beside_compactions_miss_nothing_and_count_nothing_twice(tmp_path: Path) -> None:
    """Rows only ever become more, in order, whatever is compacted meanwhile."""
    store = PartStore(tmp_path)
    done = threading.Event()

    def read() -> list[int]:
        seen = []
        while not done.is_set():
            prices = store.read(TABLE, NAME)["price"].to_pylist()
            assert prices == [10.0 + n for n in range(len(prices))]
            seen.append(len(prices))
        return seen

    with ThreadPoolExecutor(1) as pool, store.writing(TABLE, NAME):
        reader = pool.submit(read)
        for number in range(120):
            store.append(TABLE, NAME, quotes(number, 1), part=f"c-{number:06d}")
            if number % 3 == 2:
                store.compact(TABLE, NAME)
        done.set()
        seen = reader.result(60)
    assert seen == sorted(seen)
    assert len(set(seen)) > 3
    assert store.read(TABLE, NAME).num_rows == 120


def test_tidy_compacts_what_a_killed_capture_left_and_sweeps(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A capture under way is let be; a temporary file is deleted only when it is old."""
    market = state / "market"
    store = PartStore(market)
    for name in (NAME, "IBM.NYSE"):
        store.append(TABLE, name, quotes(0, 6), part="c-000001")
    old, young = (_killed_while_writing(market / f"bars/{name}.parquet") for name in "ab")
    os.utime(old, (0, 0))
    with store.writing(TABLE, "IBM.NYSE"):
        assert main(["lake", "tidy"]) == 0
    out = capsys.readouterr().out
    assert "2 part(s) compacted, 1 temporary file(s) deleted" in out
    assert "passed over: midpoints of IBM.NYSE" in out
    assert (store.parts(TABLE, NAME), store.parts(TABLE, "IBM.NYSE")) == (0, 2)
    assert (old.exists(), young.exists()) == (False, True)
    os.utime(young, (0, 0))
    rebuild_catalog(market, ())  # as every run that publishes does
    assert not young.exists()


def _killed_while_writing(path: Path) -> Path:
    """Return the file that a writer leaves who was killed within its write."""
    script = (
        "import os, signal, sys, pathlib\n"
        "from ib_provider.store.atomic_file import replacing\n"
        "with replacing(pathlib.Path(sys.argv[1])) as temporary:\n"
        "    temporary.write_bytes(b'PAR1')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        env={"PYTHONPATH": str(PROJECT / "plugins")},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    (left,) = path.parent.glob(f"{path.name}.*")
    return left
