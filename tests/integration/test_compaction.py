# SPDX-License-Identifier: Apache-2.0
"""Compaction of live tables: killed anywhere, and beside readers."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

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
