# SPDX-License-Identifier: Apache-2.0
"""Run the benchmarks, print a table, and write ``results/latest.jsonl``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from benchmarks.backfill_efficiency import backfill_efficiency
from benchmarks.bars_decoded import bars_decoded_vs_ibapi
from benchmarks.bars_to_parquet import bars_to_parquet
from benchmarks.dag_import import dag_import
from benchmarks.lake import month_query, noop_rerun, sweep_vs_scan, upsert_vs_plain_write
from benchmarks.pacing_efficiency import pacing_efficiency
from benchmarks.plan_names import plan_5000
from benchmarks.qualify_efficiency import qualify_efficiency
from benchmarks.row import Benchmark, Row
from benchmarks.simulator_heartbeat import simulator_heartbeat
from benchmarks.simulator_throughput import (
    simulator_bars_protobuf,
    simulator_bars_text,
    simulator_ticks,
)
from benchmarks.submit_500 import submit_500_efficiency
from benchmarks.ticks_decoded import ticks_decoded_vs_ib_async, ticks_decoded_vs_ibapi
from benchmarks.waiting_sensors import waiting_sensors

_RESULTS: Final = Path(__file__).parent / "results" / "latest.jsonl"
#: Columns the table needs; a pipe would get 80.
_LEAST_WIDTH: Final = 110
_BENCHMARKS: Final[dict[str, Benchmark]] = {
    "backfill_efficiency": backfill_efficiency,
    "bars_decoded_vs_ibapi": bars_decoded_vs_ibapi,
    "bars_to_parquet": bars_to_parquet,
    "dag_import": dag_import,
    "month_query": month_query,
    "noop_rerun": noop_rerun,
    "plan_5000": plan_5000,
    "sweep_vs_scan": sweep_vs_scan,
    "upsert_vs_plain_write": upsert_vs_plain_write,
    "pacing_efficiency": pacing_efficiency,
    "qualify_efficiency": qualify_efficiency,
    "simulator_bars_protobuf": simulator_bars_protobuf,
    "simulator_bars_text": simulator_bars_text,
    "simulator_heartbeat": simulator_heartbeat,
    "simulator_ticks": simulator_ticks,
    "submit_500_efficiency": submit_500_efficiency,
    "ticks_decoded_vs_ib_async": ticks_decoded_vs_ib_async,
    "ticks_decoded_vs_ibapi": ticks_decoded_vs_ibapi,
    "waiting_sensors": waiting_sensors,
}


def main() -> int:
    """Run what was asked for; the exit code says whether every goal was met."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--only", choices=sorted(_BENCHMARKS), help="run one benchmark")
    only = parser.parse_args().only
    rows: list[Row] = []
    for name, benchmark in _BENCHMARKS.items():
        if only in (None, name):
            print(f"measuring {name} …", file=sys.stderr)
            rows.extend(benchmark())
    _RESULTS.parent.mkdir(exist_ok=True)
    _RESULTS.write_text("".join(f"{row.as_json()}\n" for row in rows), encoding="utf-8")
    _print(rows)
    return 0 if all(row.met is not False for row in rows) else 1


def _print(rows: list[Row]) -> None:
    table = Table(caption="ratio: ours over the peer's, bigger is better")
    for name in ("name", "unit", "peer", "goal"):
        table.add_column(name)
    for name in ("ours", "peer's", "ratio"):
        table.add_column(name, justify="right")
    table.add_column("met")
    for row in rows:
        table.add_row(
            row.name,
            row.unit,
            row.peer,
            "" if row.goal is None else f"≥ {row.goal:.3g}",
            f"{row.value:,.4g}" if row.value < 1000 else f"{row.value:,.0f}",
            f"{row.peer_value:,.4g}" if row.peer_value < 1000 else f"{row.peer_value:,.0f}",
            f"{row.ratio:.2f}",
            {None: "", True: "yes", False: "NO"}[row.met],
        )
    console = Console()
    console.width = max(console.width, _LEAST_WIDTH)
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
