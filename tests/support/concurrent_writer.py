# SPDX-License-Identifier: Apache-2.0
"""Write to a store beside another process that does the same.

Run as a module: ``<root> <number> <rounds>``, or ``<root> <number> <seconds> write|read``. Says
``ready``, waits for a line, then works.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from ib_provider.domain.bar import SeriesKey
from ib_provider.store import BarStore, InstrumentStore, rebuild_catalog
from ib_provider.store.catalog import open_catalog
from tests.support.bar_tables import FETCHED_AT, daily_bars, series_key
from tests.support.instrument_values import AAPL

__all__ = ["WRITERS"]

#: Writers at most: each has days of its own in the series that all write.
WRITERS = 4


def main(root: Path, number: int, rounds: int) -> None:
    """Publish a day, load an instrument and rebuild the catalog, ``rounds`` times."""
    _until_told()
    for step in range(rounds):
        _round(root, number, step)


def write_for(root: Path, number: int, seconds: float) -> None:
    """Publish to a series that all write and to one of one's own; says the rounds it made."""
    _until_told()
    until, step = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        _round(root, number, step)
        _publish(BarStore(root), series_key(f"OWN{number}.NASDAQ"), number, step)
        step += 1
    sys.stdout.write(f"{step}\n")


def read_for(root: Path, number: int, seconds: float) -> None:
    """Read by SQL and by the store, and refuse a count that falls; says the reads it made."""
    store, most, reads = BarStore(root), 0, 0
    _until_told()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with open_catalog(root) as catalog:
            (rows,) = catalog.execute("SELECT count(*) FROM bars").fetchall()[0]
        shared = store.read(series_key()).num_rows
        if rows < most or shared > rows + 1_000:
            raise RuntimeError(f"{rows} rows where there were {most}; reader {number}")
        most, reads = rows, reads + 1
    sys.stdout.write(f"{reads}\n")


def _until_told() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()


def _round(root: Path, number: int, step: int) -> None:
    _publish(BarStore(root), series_key(), number, step)
    contract = replace(AAPL.contract, con_id=1 + 10_000 * number + step)
    InstrumentStore(root).upsert(
        [replace(AAPL, instrument_id=f"{number}.{step}", contract=contract)]
    )
    rebuild_catalog(root, ())


def _publish(store: BarStore, key: SeriesKey, number: int, step: int) -> None:
    day = date(2000, 1, 1) + timedelta(days=WRITERS * step + number)
    staged = store.stage(
        "batch",
        key,
        number,
        daily_bars([day]),
        start=day,
        end=day + timedelta(days=1),
        fetched_at=FETCHED_AT,
    )
    store.publish(staged)


if __name__ == "__main__":
    if len(sys.argv) == 4:
        main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    else:
        work = {"write": write_for, "read": read_for}[sys.argv[4]]
        work(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
