# SPDX-License-Identifier: Apache-2.0
"""Write to a store beside another process that does the same.

Run as a module: ``<root> <number> <rounds>``. Says ``ready``, waits for a line, then writes.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from ib_provider.store import BarStore, InstrumentStore, rebuild_catalog
from tests.support.bar_tables import FETCHED_AT, daily_bars, series_key
from tests.support.instrument_values import AAPL


def main(root: Path, number: int, rounds: int) -> None:
    """Publish a day, load an instrument and rebuild the catalog, ``rounds`` times."""
    store, instruments = BarStore(root), InstrumentStore(root)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for step in range(rounds):
        day = date(2000, 1, 1) + timedelta(days=2 * step + number)
        staged = store.stage(
            "batch",
            series_key(),
            number,
            daily_bars([day]),
            start=day,
            end=day + timedelta(days=1),
            fetched_at=FETCHED_AT,
        )
        store.publish(staged)
        contract = replace(AAPL.contract, con_id=1 + 10_000 * number + step)
        instruments.upsert([replace(AAPL, instrument_id=f"{number}.{step}", contract=contract)])
        rebuild_catalog(root, ())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
