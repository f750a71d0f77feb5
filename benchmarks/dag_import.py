# SPDX-License-Identifier: Apache-2.0
"""Import time of each DAG file over the bare Airflow SDK: it is parsed every few seconds."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.row import Row

__all__ = ["dag_import"]

_ROOT: Final = Path(__file__).parents[1]
_ROUNDS: Final = 7
#: At most 1.2 times the bare SDK.
_GOAL: Final = round(1 / 1.2, 4)
#: What every DAG file of Airflow needs: the decorators and the DAG itself.
_BARE: Final = "from airflow.sdk import dag, task"
_TIMED: Final = "import time; began = time.perf_counter()\n{}\nprint(time.perf_counter() - began)"


def dag_import() -> Iterator[Row]:
    """Yield a row a DAG file: median seconds in fresh interpreters, in turn with the peer."""
    files = sorted((_ROOT / "dags").glob("*.py"))
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"AIRFLOW_HOME": home, "PYTHONPATH": str(_ROOT / "plugins")}
        scripts = {path: f"import runpy; runpy.run_path({str(path)!r})" for path in files}
        _seconds(_BARE, environment)
        for script in scripts.values():
            _seconds(script, environment)
        taken: dict[Path, list[float]] = {path: [] for path in files}
        bare: dict[Path, list[float]] = {path: [] for path in files}
        for _ in range(_ROUNDS):
            for path, script in scripts.items():
                bare[path].append(_seconds(_BARE, environment))
                taken[path].append(_seconds(script, environment))
    for path in files:
        ours, peer = statistics.median(taken[path]), statistics.median(bare[path])
        yield Row(
            name=f"dag_import:{path.stem}",
            value=ours,
            unit="s",
            peer="airflow.sdk alone",
            peer_value=peer,
            ratio=peer / ours,
            goal=_GOAL,
        )


def _seconds(code: str, environment: dict[str, str]) -> float:
    done = subprocess.run(
        [sys.executable, "-c", _TIMED.format(code)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout.splitlines()[-1])
