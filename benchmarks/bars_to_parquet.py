# SPDX-License-Identifier: Apache-2.0
"""Five million bars from the socket to Parquet files: our client and store against two peers.

Every run is a process of its own, on one simulated gateway that keeps its encoded answers, and asks
for the same year of one-minute bars again and again. So the clients are measured, and not the
gateway. Each speaks the newest protocol it can: ours and ibapi protobuf, ib_async text, for it ends
at version 178. The peers are used as their users do: a list of bars, a pandas frame,
``to_parquet``; ours stages and publishes, with checksums, locks and syncs. Whoever is measured has
to have written the same bars, to the last bit.

The runs take turns, and a row's ratio is the median of what the turns gave: on a machine that does
other work each has met the same of it. Its note has the ratio of processor time, which waits and
neighbours change least.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.row import Row

__all__ = ["bars_to_parquet"]

_ROOT: Final = Path(__file__).parents[1]
_TURNS: Final = 5
#: 96,960 bars each: 5.0 million.
_YEARS: Final = 52
#: The peers' rate does not change with the count; theirs is the shorter run.
_PEERS_YEARS: Final = 4
_MOST_MEMORY_MB: Final = 250.0
_LISTENING: Final = re.compile(r"listening on \S+?:(\d+)")
_PEERS: Final = (
    ("ib_async", "ib_async, pandas", 15.0),
    ("ibapi", "ibapi, pandas", 10.0),
)
#: What each calls the columns that are compared.
_COLUMNS: Final = {
    "ours": ("ts", "open", "high", "low", "close", "volume", "wap", "bar_count"),
    "ib_async": ("date", "open", "high", "low", "close", "volume", "average", "barCount"),
    "ibapi": ("date", "open", "high", "low", "close", "volume", "wap", "barCount"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What one run says of itself; the first answer, which is not timed, is in ``first``."""

    bars: int
    seconds: float
    cpu_s: float
    memory_mb: float
    first: pa.Table

    @property
    def rate(self) -> float:
        return self.bars / self.seconds

    @property
    def cpu_rate(self) -> float:
        return self.bars / self.cpu_s


def bars_to_parquet() -> Iterator[Row]:
    """Yield bars per second against each peer, and the memory that ours took on top."""
    ours: list[_Run] = []
    theirs: dict[str, list[_Run]] = {module: [] for module, _, _ in _PEERS}
    with _gateway() as port:
        for _ in range(_TURNS):
            ours.append(_run("ours", port, _YEARS))
            for module, runs in theirs.items():
                runs.append(_run(module, port, _PEERS_YEARS))
                if not runs[-1].first.equals(ours[-1].first):
                    raise RuntimeError(f"ours and {module} did not write the same bars")
    for module, peer, goal in _PEERS:
        yield _against(f"bars_to_parquet_vs_{module}", ours, peer, theirs[module], goal)
    memory_mb = max(run.memory_mb for run in ours)
    yield Row(
        name="bars_peak_memory",
        value=memory_mb,
        unit="MB",
        peer="bound",
        peer_value=_MOST_MEMORY_MB,
        ratio=_MOST_MEMORY_MB / max(memory_mb, 1.0),
        goal=1.0,
        note=f"worst of {len(ours)} runs over {ours[0].bars:,} bars",
    )


def _against(name: str, ours: list[_Run], peer: str, theirs: list[_Run], goal: float) -> Row:
    pairs = list(zip(ours, theirs, strict=True))
    of_cpu = median(mine.cpu_rate / other.cpu_rate for mine, other in pairs)
    return Row(
        name=name,
        value=median(run.rate for run in ours),
        unit="bars/s",
        peer=peer,
        peer_value=median(run.rate for run in theirs),
        ratio=median(mine.rate / other.rate for mine, other in pairs),
        goal=goal,
        note=f"median of {len(pairs)} turns; {of_cpu:.1f} in processor time",
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


def _run(module: str, port: int, years: int) -> _Run:
    """Return what one run says of itself, and the bars it wrote first."""
    command = [sys.executable, "-m", f"benchmarks.fetch_with_{module}", str(port)]
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / module
        done = subprocess.run(
            [*command, str(folder), str(years)],
            check=False,  # what it said is told
            capture_output=True,
            text=True,
            cwd=_ROOT,
        )
        if done.returncode:
            raise RuntimeError(f"{module} failed: {done.stderr.strip()[-500:]}")
        said = json.loads(done.stdout.splitlines()[-1])
        (first,) = folder.rglob("*warm.NYSE/*.parquet" if module == "ours" else "warm.parquet")
        return _Run(
            bars=said["bars"],
            seconds=said["seconds"],
            cpu_s=said["cpu_s"],
            memory_mb=said.get("memory_mb", 0.0),
            first=_read(first, module),
        )


def _read(path: Path, module: str) -> pa.Table:
    """Return the bars of a file under our names: instants to the microsecond, and numbers."""
    columns = pq.ParquetFile(path).read(list(_COLUMNS[module]))
    ts, *numbers = (columns[name] for name in _COLUMNS[module])
    return pa.table(
        [ts.cast(pa.timestamp("us", "UTC")), *(number.cast(pa.float64()) for number in numbers)],
        names=list(_COLUMNS["ours"]),
    )
