# SPDX-License-Identifier: Apache-2.0
"""The bars of a window as IB's history has them, beside those that came live."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from ib_provider.client.ib_client import IbClient
from ib_provider.client.live_window import window_duration
from ib_provider.domain.bar import BarSize, BarSpec
from ib_provider.domain.contract import Instrument
from ib_provider.domain.live import StreamKind
from ib_provider.store.live_table import LIVE_TABLES

__all__ = ["Completion", "complete_bars"]

#: The longest span asked for at once: what IB serves of one-second bars, and a day of the others.
_LONGEST: Final = timedelta(days=1)
_LONGEST_OF_1S: Final = timedelta(seconds=1800)
_VALUES: Final = ("open", "high", "low", "close", "volume", "wap", "bar_count")


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What history adds to what came live.

    Attributes:
        expected: Bars that history has of the window.
        rows: Those that were missing or differ, to be written.
        missing: How many of them had not come at all.
    """

    expected: int
    rows: pa.Table
    missing: int


async def complete_bars(
    client: IbClient,
    *,
    instrument: Instrument,
    spec: BarSpec,
    start: datetime,
    end: datetime,
    stored: pa.Table,
    capture: str,
) -> Completion:
    """Return what is missing of the bars that lie whole within a window.

    Args:
        start: First instant, inclusive.
        end: Last instant: a bar that ends after it is not of the window.
        stored: Rows of the live table, of any time and kind.
    """
    tables = []
    step = _LONGEST_OF_1S if spec.size is BarSize.SEC_1 else _LONGEST
    until = end
    while until > start:
        past = min(step, until - start)
        tables.append(
            await client.historical_bars(
                instrument.contract,
                spec,
                end=until,
                duration=window_duration(spec.size, past),
                time_zone=instrument.time_zone,
            )
        )
        until -= past
    history = _within(pa.concat_tables(tables), spec, start, end)
    known = _known(stored, spec)
    fresh: list[dict[str, object]] = []
    missing = 0
    for row in history:
        values = tuple(row[name] for name in _VALUES)
        if known.get(row["ts"]) == values:
            continue
        missing += row["ts"] not in known
        head = {
            "con_id": instrument.contract.con_id,
            "capture": capture,
            "seq": len(fresh),
            "is_revision": row["ts"] in known,
        }
        fresh.append(head | _stored_row(row, spec))
    schema = LIVE_TABLES[StreamKind.BARS].schema
    rows = pa.Table.from_pylist(fresh, schema=schema)
    return Completion(expected=len(history), rows=rows, missing=missing)


def _within(
    bars: pa.Table, spec: BarSpec, start: datetime, end: datetime
) -> list[dict[str, object]]:
    """Return the bars of a window, ascending, one a time."""
    found = {row["ts"]: row for row in bars.to_pylist() if row["close"] is not None}
    length = spec.size.length
    return [found[ts] for ts in sorted(found) if start <= ts and ts + length <= end]


def _known(stored: pa.Table, spec: BarSpec) -> dict[object, tuple[object, ...]]:
    """Return what is stored of these bars, finished ones only."""
    mine = pc.and_(
        pc.and_(pc.equal(stored["bar"], str(spec.size)), pc.equal(stored["what"], str(spec.what))),
        pc.and_(pc.equal(stored["rth"], spec.rth), stored["is_final"]),
    )
    rows = stored.filter(mine).to_pylist()
    return {row["ts"]: tuple(row[name] for name in _VALUES) for row in rows}


def _stored_row(row: dict[str, object], spec: BarSpec) -> dict[str, object]:
    ts = row["ts"]
    return {
        **{name: row[name] for name in ("ts", "session", *_VALUES)},
        "bar": str(spec.size),
        "what": str(spec.what),
        "rth": spec.rth,
        "bar_end": ts + spec.size.length if isinstance(ts, datetime) else None,
        "is_final": True,
        "source": "history",
        "received_at": datetime.now(UTC),
    }
