# SPDX-License-Identifier: Apache-2.0
"""The simulated gateway's memory over ten million tick-by-tick messages of one stream.

Run it with ``python -m benchmarks.tick_memory``; it prints a line for each million.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from benchmarks.counting_sink import CountingSink
from benchmarks.simulator_throughput import FLOOD, ask_for_ticks, serving_process

__all__ = ["main"]

_MILLIONS: Final = 10
_MOST_GROWTH: Final = 1.15  # from the second million to the last


def main(millions: int = _MILLIONS) -> int:
    """Return 0 where memory stayed flat."""
    seen = []
    with serving_process(*FLOOD) as (port, process), CountingSink(port, 226) as sink:
        ask_for_ticks(sink)
        for million in range(1, millions + 1):
            sink.count(1_000_000)
            seen.append(_resident_mb(process))
            print(f"{million:3d} million messages: {seen[-1]:6.1f} MB resident", flush=True)
    return int(seen[-1] > _MOST_GROWTH * seen[min(1, len(seen) - 1)])


def _resident_mb(process: subprocess.Popen[str]) -> float:
    """Return the resident memory of a process. Source: proc(5)."""
    for line in Path(f"/proc/{process.pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the gateway is gone")


if __name__ == "__main__":
    sys.exit(main())
