# SPDX-License-Identifier: Apache-2.0
"""Measure what this project promises, print a table, and write ``results/latest.jsonl``.

A row is our figure beside a peer's: another library that does the same job, the same job done
plainly, or the bound that was set. The ratio is ours over the peer's, turned so that bigger is
better, and the goal is the least ratio wanted. Ours and the peer take turns in the same run, so
that a machine that does other work gives both the same of it; figures in seconds of wall time still
want a quiet machine, and a row's note says what else weighs on it.

The exit code is 1 where a goal is missed or a measurement failed. All of it takes about a quarter
of an hour on two processors; ``make bench ONLY=<row>`` takes the one benchmark that gives that row.
``BACKFILL_SERIES=500`` makes the backfills as long as their goal was set for.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from benchmarks.row import Row
from benchmarks.suite import SUITE, Entry

_RESULTS: Final = Path(__file__).parent / "results" / "latest.jsonl"
#: Columns the table needs; a pipe would get 80.
_LEAST_WIDTH: Final = 150
_MET: Final = {None: "", True: "met", False: "MISSED"}


def main() -> int:
    """Run what was asked for; the exit code says whether every goal was met."""
    only = _arguments().only
    entries = [entry for entry in SUITE if only is None or only in entry.rows]
    rows: list[Row] = []
    failed: list[str] = []
    _RESULTS.parent.mkdir(exist_ok=True)
    with _RESULTS.open("w", encoding="utf-8") as results:
        for number, entry in enumerate(entries, 1):
            _tell(f"{number}/{len(entries)} {', '.join(entry.rows)} …")
            began = time.monotonic()
            try:
                for row in _measured(entry):
                    rows.append(row)
                    results.write(f"{row.as_json()}\n")
                    results.flush()
                    _tell(f"    {_line(row)}")
            except Exception as error:  # noqa: BLE001  what one cannot do the others still can
                traceback.print_exc()
                failed.append(f"{', '.join(entry.rows)}: {error}")
            _tell(f"    in {time.monotonic() - began:.0f} s")
    if rows:
        _print(rows)
    for reason in failed:
        _tell(f"not measured: {reason}")
    return 1 if failed or any(row.met is False for row in rows) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench",
        description=__doc__,
        epilog="rows:\n" + "\n".join(_described(entry) for entry in SUITE),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [name for entry in SUITE for name in entry.rows]
    parser.add_argument("--only", metavar="ROW", choices=names, help="measure one")
    return parser.parse_args()


def _described(entry: Entry) -> str:
    said = (entry.benchmark.__doc__ or "").partition("\n")[0]
    return f"  {', '.join(entry.rows)}\n      {said}"


def _measured(entry: Entry) -> Iterator[Row]:
    """Yield the rows of a benchmark, which are those that it is listed with."""
    for row in entry.benchmark():
        if row.name.partition(":")[0] not in entry.rows:
            raise RuntimeError(f"{row.name} is not among the rows it is listed with")
        yield replace(row, note="; ".join(filter(None, (row.note, _crowd()))))


def _crowd() -> str:
    """Return that others use the machine as well, where they do: more wants to run than we are."""
    load, processors = os.getloadavg()[0], os.cpu_count() or 1
    return f"load {load:.0f} on {processors} processors" if load > 2 * processors else ""


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _line(row: Row) -> str:
    goal = "" if row.goal is None else f", goal {row.goal:.3g}: {_MET[row.met]}"
    return f"{row.name}: ratio {row.ratio:.2f}{goal}"


def _print(rows: list[Row]) -> None:
    table = Table(caption="ratio: ours over the peer's, bigger is better")
    for name in ("name", "unit", "peer"):
        table.add_column(name)
    for name in ("ours", "peer's", "ratio", "goal"):
        table.add_column(name, justify="right")
    for name in ("goal is", "note"):
        table.add_column(name)
    for row in rows:
        table.add_row(
            row.name,
            row.unit,
            row.peer,
            _figure(row.value),
            _figure(row.peer_value),
            f"{row.ratio:.2f}",
            "" if row.goal is None else f"≥ {row.goal:.3g}",
            _MET[row.met],
            row.note,
        )
    console = Console()
    console.width = max(console.width, _LEAST_WIDTH)
    console.print(table)


def _figure(value: float) -> str:
    return f"{value:,.4g}" if value < 1000 else f"{value:,.0f}"


if __name__ == "__main__":
    sys.exit(main())
