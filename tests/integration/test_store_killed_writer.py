# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_OLD, _ONE_YEAR, _BOTH_YEARS = 240, 360, 480


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Return what each kill point left, of writers killed before every file operation."""
    base = tmp_path_factory.mktemp("killed")
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_writer", str(base)],
        cwd=Path(__file__).parents[2],
        env={"PYTHONPATH": "plugins:."},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_killed_writer_run_again_leaves_the_same_tree(points: list[dict[str, Any]]) -> None:
    """Wherever the first run died, the second ends in the same bytes and no file beside them."""
    killed = [point for point in points if point["died"] == signal.SIGKILL]
    assert len(killed) > 40
    assert [point["point"] for point in points if not point["same"]] == []


def test_killed_writer_leaves_each_year_old_or_new(points: list[dict[str, Any]]) -> None:
    """A reader after the kill sees whole files: no year is half of the one and the other."""
    seen = {(point["rows"], tuple(point["closes"])) for point in points}
    assert seen <= {
        (_OLD, (101.0,)),
        (_ONE_YEAR, (100.5, 101.0)),
        (_BOTH_YEARS, (100.5, 101.0)),
    }
    assert {rows for rows, _ in seen} == {_OLD, _ONE_YEAR, _BOTH_YEARS}


def test_killed_quarantine_publishes_nothing(points: list[dict[str, Any]]) -> None:
    """No way of dying turns refused bars into published ones."""
    rows = {point["rows"] for point in points if point["point"].startswith("quarantine")}
    assert rows == {_OLD}
