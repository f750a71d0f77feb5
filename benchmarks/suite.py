# SPDX-License-Identifier: Apache-2.0
"""Every benchmark, with the names of the rows it gives, in the order they are run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from benchmarks.backfill_efficiency import backfill_efficiency
from benchmarks.bars_decoded import bars_decoded_vs_ibapi
from benchmarks.bars_to_parquet import bars_to_parquet
from benchmarks.dag_import import dag_import
from benchmarks.lake import month_query, noop_rerun, sweep_vs_scan, upsert_vs_plain_write
from benchmarks.pacing_efficiency import pacing_efficiency
from benchmarks.plan_names import plan_5000
from benchmarks.qualify_efficiency import qualify_efficiency
from benchmarks.row import Benchmark
from benchmarks.simulator_heartbeat import simulator_heartbeat
from benchmarks.simulator_throughput import (
    simulator_bars_protobuf,
    simulator_bars_text,
    simulator_ticks,
)
from benchmarks.submit_500 import submit_500_efficiency
from benchmarks.ticks_decoded import ticks_decoded_vs_ib_async, ticks_decoded_vs_ibapi
from benchmarks.waiting_sensors import waiting_sensors

__all__ = ["SUITE", "Entry"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A benchmark and its rows; one of a kind may stand for many, ``kind:which``."""

    benchmark: Benchmark
    rows: tuple[str, ...]


SUITE: Final = (
    Entry(
        bars_to_parquet,
        ("bars_to_parquet_vs_ib_async", "bars_to_parquet_vs_ibapi", "bars_peak_memory"),
    ),
    Entry(bars_decoded_vs_ibapi, ("bars_decoded_vs_ibapi", "bars_decoded_vs_ibapi_text")),
    Entry(ticks_decoded_vs_ib_async, ("ticks_decoded_vs_ib_async",)),
    Entry(ticks_decoded_vs_ibapi, ("ticks_decoded_vs_ibapi",)),
    Entry(upsert_vs_plain_write, ("upsert_vs_plain_write",)),
    Entry(month_query, ("month_query",)),
    Entry(sweep_vs_scan, ("sweep_vs_scan",)),
    Entry(noop_rerun, ("noop_rerun",)),
    Entry(backfill_efficiency, tuple(f"backfill_efficiency_{n}" for n in (1, 2, 4, 8))),
    Entry(pacing_efficiency, ("pacing_efficiency",)),
    Entry(qualify_efficiency, ("qualify_efficiency",)),
    Entry(plan_5000, ("plan_5000",)),
    Entry(submit_500_efficiency, ("submit_500_efficiency",)),
    Entry(waiting_sensors, ("waiting_sensors", "waiting_sensors_connections")),
    Entry(simulator_bars_protobuf, ("simulator_bars_protobuf",)),
    Entry(simulator_bars_text, ("simulator_bars_text",)),
    Entry(simulator_ticks, ("simulator_ticks",)),
    Entry(simulator_heartbeat, ("simulator_heartbeat_median", "simulator_heartbeat_p99")),
    Entry(dag_import, ("dag_import",)),
)
"""What users wait for first, the simulated gateway and the DAG files after it."""
