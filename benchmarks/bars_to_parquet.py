# SPDX-License-Identifier: Apache-2.0
"""Five million bars from the socket to Parquet files: our client and store against two peers.

Each runs in a process of its own, one after another, on the same simulated gateway, which keeps
its encoded answers, and asks for the same year of one-minute bars again and again. So the clients
are measured, and not the gateway. The peers are used as their users do: a list of bars, a pandas
frame, ``to_parquet``; ours stages and publishes, with checksums, locks and syncs.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from benchmarks.row import Row

__all__ = ["bars_to_parquet"]

_ROOT: Final = Path(__file__).parents[1]
#: 97,890 bars each: 5.1 million.
_YEARS: Final = 52
#: The peers' rate does not change with the count; theirs is the shorter run.
_PEERS_YEARS: Final = 10
_MOST_MEMORY_MB: Final = 250.0
_LISTENING: Final = re.compile(r"listening on \S+?:(\d+)")
_PEERS: Final = (
    ("ib_async", "ib_async, pandas", 15.0),
    ("ibapi", "ibapi, pandas", 10.0),
)


def bars_to_parquet() -> Iterator[Row]:
    """Yield bars per second against each peer, and the memory that ours took on top."""
    with _gateway() as port, tempfile.TemporaryDirectory() as folder:
        ours = _run("ours", port, Path(folder) / "ours", _YEARS)
        for module, peer, goal in _PEERS:
            theirs = _rate(_run(module, port, Path(folder) / module, _PEERS_YEARS))
            yield Row(
                name=f"bars_to_parquet_vs_{module}",
                value=_rate(ours),
                unit="bars/s",
                peer=peer,
                peer_value=theirs,
                ratio=_rate(ours) / theirs,
                goal=goal,
            )
    yield Row(
        name="bars_peak_memory",
        value=ours["memory_mb"],
        unit="MB",
        peer="bound",
        peer_value=_MOST_MEMORY_MB,
        ratio=_MOST_MEMORY_MB / max(ours["memory_mb"], 1.0),
        goal=1.0,
    )


@contextmanager
def _gateway() -> Iterator[int]:
    arguments = ["simulator", "--port", "0", "--kept-answers", "4"]
    command = [sys.executable, "-m", "ib_provider.cli.main", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            match = _LISTENING.search(line)
            if match is None:
                raise RuntimeError(f"the simulated gateway said {line!r}")
            yield int(match[1])
        finally:
            process.terminate()


def _run(module: str, port: int, folder: Path, years: int) -> dict[str, Any]:
    """Return what one run says of itself."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            f"benchmarks.fetch_with_{module}",
            str(port),
            str(folder),
            f"{years}",
        ],
        capture_output=True,
        text=True,
        check=True,
        cwd=_ROOT,
    )
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _rate(result: dict[str, Any]) -> float:
    return float(result["bars"] / result["seconds"])
