# SPDX-License-Identifier: Apache-2.0
"""How near a backfill of minutes comes to what the message rate allows, with 1, 2, 4, 8 workers.

Real time and IB's own rate, at a gateway that rejects a message too many: one rejection fails the
run. What is measured is planner, budget, client and staging. A request is a week of minutes, and
the bound is the requests over the budget's messages a second. Two years of each series are
downloaded, of as many series as ``BACKFILL_SERIES`` says: the share lost is of the same kind for
16 of them, a minute for each row, as for 500, which take twenty.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from benchmarks.row import Row
from ib_provider.domain.pacing import PacingRules
from tests.support.simulator import gateway_in_process

__all__ = ["backfill_efficiency"]

_ROOT: Final = Path(__file__).parents[1]
_WORKERS: Final = (1, 2, 4, 8)
_SPAN: Final = ("2011-03-01", "2013-03-01")
#: Of the wall time: 1.03 times the bound.
_GOAL: Final = 1 / 1.03


def backfill_efficiency() -> Iterator[Row]:
    """Yield seconds of a backfill beside the bound, a row for each number of workers."""
    series = int(os.environ.get("BACKFILL_SERIES", "16"))
    for workers in _WORKERS:
        took_s, requests = _backfill(workers, max(1, series // workers))
        bound_s = requests / PacingRules().messages_per_s
        yield Row(
            name=f"backfill_efficiency_{workers}",
            value=took_s,
            unit=f"s for {requests:,} requests",
            peer="the bound",
            peer_value=bound_s,
            ratio=bound_s / took_s,
            goal=_GOAL,
        )


def _backfill(workers: int, series: int) -> tuple[float, int]:
    """Return how long the slowest worker took, and the requests of all."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        gateway = stack.enter_context(
            gateway_in_process("--max-messages", "50", "--reject-excess", "--kept-answers", "200")
        )
        running = [
            stack.enter_context(_worker(folder, str(gateway.port), str(number), str(series)))
            for number in range(1, workers + 1)
        ]
        for worker in running:
            if worker.stdout is None or worker.stdout.readline() != "ready\n":
                raise RuntimeError("a worker did not get ready")
        began = time.monotonic()
        for worker in running:
            if worker.stdin is not None:
                worker.stdin.write("go\n")
                worker.stdin.flush()
        said = [json.loads(worker.communicate(timeout=3600)[0]) for worker in running]
        took_s = time.monotonic() - began
    failed = [reason for report in said for reason in report["failed"].values()]
    if failed:
        raise RuntimeError(f"a part was not downloaded: {failed[0]}")
    return took_s, sum(report["requests"] for report in said)


def _worker(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.backfill_worker", *arguments, *_SPAN],
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": f"{_ROOT / 'plugins'}:{_ROOT}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
