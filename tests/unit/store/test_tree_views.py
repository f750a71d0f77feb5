# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ib_provider.domain.bar import BarSpec, SeriesKey
from ib_provider.domain.rolls import Roll
from ib_provider.domain.tick import MidpointTick
from ib_provider.domain.tick_kind import TickKind
from ib_provider.store.catalog import rebuild_catalog
from ib_provider.store.continuous_store import CONTINUOUS_SCHEMA, ContinuousStore
from ib_provider.store.tick_store import TickKey, TickStore, tick_rows

DAY = date(2013, 3, 1)
AT = datetime(2013, 3, 1, 15, 0, tzinfo=UTC)


def rows(root: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(rebuild_catalog(root, ())), read_only=True) as catalog:
        found: list[tuple[Any, ...]] = catalog.execute(query).fetchall()
    return found


def test_past_ticks_are_seen_with_their_instrument_and_session(tmp_path: Path) -> None:
    """What folders say is a column, and an id is shown as it is."""
    key = TickKey(instrument_id="EUR/USD.IDEALPRO", kind=TickKind.MIDPOINT)
    table = tick_rows(key.kind, [MidpointTick(1, AT, 1.25, 0)], seq=0)
    TickStore(tmp_path).write(key, DAY, table, con_id=7, fetched_at=AT)
    assert rows(tmp_path, "SELECT instrument_id, rth, session, seq, price FROM past_midpoints") == [
        ("EUR/USD.IDEALPRO", False, DAY, 0, 1.25)
    ]


def test_continuous_bars_and_rolls_say_how_they_were_stitched(tmp_path: Path) -> None:
    """Two stitchings of one future stand side by side."""
    bar = dict.fromkeys(("open", "high", "low", "close", "unadjusted_close"), 5.0)
    table = pa.Table.from_pylist(
        [{"instrument_id": "ESH13.CME", "session": DAY} | bar], schema=CONTINUOUS_SCHEMA
    )
    roll = Roll(
        session=DAY,
        from_id="ESZ12.CME",
        to_id="ESH13.CME",
        priced_on=DAY,
        difference=1.0,
        ratio=None,
        aligned=True,
    )
    key = SeriesKey(instrument_id="ES.CME", spec=BarSpec(rth=False))
    for rule in ("calendar", "volume"):
        ContinuousStore(tmp_path).replace(key, f"rule={rule}/adjust=ratio", table, [roll])
    assert rows(
        tmp_path, "SELECT continuous_id, rule, adjust, bar, instrument_id FROM continuous_bars"
    ) == [
        ("ES.CME", "calendar", "ratio", "1 day", "ESH13.CME"),
        ("ES.CME", "volume", "ratio", "1 day", "ESH13.CME"),
    ]
    assert rows(tmp_path, "SELECT DISTINCT from_id, to_id FROM rolls") == [
        ("ESZ12.CME", "ESH13.CME")
    ]
