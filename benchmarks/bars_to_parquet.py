# SPDX-License-Identifier: Apache-2.0
"""Bars per second from the socket to a Parquet file: our client and store against stock ibapi.

Both run in processes of their own, in turn, on the same simulated gateway, which has served the
same answer once before, and ask for the same year of one-minute bars. Stock ibapi is used as its
users do: its threads, a list of its bars, a pandas frame, ``to_parquet``.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.row import Row

__all__ = ["bars_to_parquet"]

_ROOT: Final = Path(__file__).parents[1]
_ROUNDS: Final = 3
_LISTENING: Final = re.compile(r"listening on \S+?:(\d+)")


def bars_to_parquet() -> Iterator[Row]:
    """Yield one row: median bars per second of each."""
    with _gateway() as port, tempfile.TemporaryDirectory() as folder:
        rates: dict[str, list[float]] = {"ours": [], "ibapi": []}
        for turn in range(_ROUNDS + 1):
            for name, taken in rates.items():
                rate = _rate(name, port, Path(folder) / f"{name}-{turn}")
                if turn:
                    taken.append(rate)
    ours, peer = statistics.median(rates["ours"]), statistics.median(rates["ibapi"])
    yield Row(
        name="bars_to_parquet_vs_ibapi",
        value=ours,
        unit="bars/s",
        peer="ibapi, pandas",
        peer_value=peer,
        ratio=ours / peer,
        goal=None,
    )


@contextmanager
def _gateway() -> Iterator[int]:
    command = [sys.executable, "-m", "ib_provider.cli.main", "simulator", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            match = _LISTENING.search(line)
            if match is None:
                raise RuntimeError(f"the simulated gateway said {line!r}")
            yield int(match[1])
        finally:
            process.terminate()


def _rate(name: str, port: int, folder: Path) -> float:
    """Return the bars per second of one run, as the run itself timed them."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.fetch_with_{name}", str(port), str(folder)],
        capture_output=True,
        text=True,
        check=True,
        cwd=_ROOT,
    )
    result = json.loads(done.stdout.splitlines()[-1])
    return float(result["bars"] / result["seconds"])
