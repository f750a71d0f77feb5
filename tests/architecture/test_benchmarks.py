# SPDX-License-Identifier: Apache-2.0
"""What `make bench` measures is what was promised."""

from __future__ import annotations

from itertools import chain

from benchmarks.row import Row
from benchmarks.suite import SUITE

#: The rows that the project's speed and size are told by.
PROMISED = {
    "backfill_efficiency_1",
    "backfill_efficiency_2",
    "backfill_efficiency_4",
    "backfill_efficiency_8",
    "bars_peak_memory",
    "bars_to_parquet_vs_ib_async",
    "bars_to_parquet_vs_ibapi",
    "month_query",
    "noop_rerun",
    "plan_5000",
    "submit_500_efficiency",
    "sweep_vs_scan",
    "upsert_vs_plain_write",
    "waiting_sensors",
}


def test_every_promised_row_is_given_by_one_benchmark() -> None:
    """A figure that is claimed can be taken again, by its name."""
    names = list(chain.from_iterable(entry.rows for entry in SUITE))
    assert set(names) >= PROMISED
    assert len(names) == len(set(names))


def test_every_benchmark_says_what_it_measures() -> None:
    """The help shows a line for each."""
    assert [entry.rows for entry in SUITE if not entry.benchmark.__doc__] == []


def test_row_is_met_where_its_ratio_reaches_the_goal() -> None:
    """A ratio below the goal is a missed one; without a goal there is nothing to miss."""

    def row(ratio: float, goal: float | None) -> Row:
        return Row(name="x", value=1.0, unit="s", peer="y", peer_value=1.0, ratio=ratio, goal=goal)

    assert [row(1.0, 1.0).met, row(0.99, 1.0).met, row(0.1, None).met] == [True, False, None]
