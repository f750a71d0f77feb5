# SPDX-License-Identifier: Apache-2.0
"""Download the bars that are missing, into the staging area of one batch.

Strategy: what is wanted minus what the ledger says is covered; nothing is published here, and a
series that this batch has staged already is not asked for again. So a killed run costs no more
than the series it was in.

Rules:
    * Only finished sessions are asked for: their close lies behind the *gateway's* clock.
    * A failed series is reported by name and spoils no other; a lost link ends the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import BarSpec, SeriesKey
from ib_provider.domain.bar_plan import plan_asks
from ib_provider.domain.contract import Instrument
from ib_provider.errors import ConfigError, LocalProtocolError, RequestFailed, RequestTimeout
from ib_provider.ledger.ledger import Ledger
from ib_provider.store.bar_store import BarStore
from ib_provider.symbology.sessions import session_hours, sessions
from ib_provider.usecases.progress import Progress, silent

__all__ = ["FetchReport", "fetch_bars"]

#: A session's bars are final this long after its close.
_SETTLE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchReport:
    """What one batch downloaded.

    Attributes:
        staged: Rows staged by instrument id; 0 where IB had none.
        covered: Instruments for which nothing was missing.
        failed: Why an instrument could not be downloaded.
    """

    batch: str
    staged: dict[str, int]
    covered: tuple[str, ...]
    failed: dict[str, str]
    requests: int


async def fetch_bars(
    client: IbClient,
    *,
    bars: BarStore,
    ledger: Ledger,
    instruments: Sequence[Instrument],
    spec: BarSpec,
    start: date,
    end: date,
    batch: str,
    progress: Progress = silent,
) -> FetchReport:
    """Stage the missing bars of each instrument.

    Args:
        start: First session, inclusive, exchange-local.
        end: Day after the last session.
        batch: Names the staging area; the same for every retry of one run.

    Raises:
        ConfigError: No venue concerned has a session in the range.
        ConnectionLost: What was staged until then is kept.
    """
    now = await client.current_time()
    wanted = {item.instrument_id: _finished(item, start, end, now) for item in instruments}
    _refuse_empty(instruments, start, end)
    done = {(item.key, item.start, item.end): item.rows for item in bars.staged(batch)}
    staged: dict[str, int] = {}
    failed: dict[str, str] = {}
    covered: list[str] = []
    requests = 0
    for number, item in enumerate(instruments, 1):
        name, key = item.instrument_id, SeriesKey(instrument_id=item.instrument_id, spec=spec)
        where = f"{number}/{len(instruments)} {name}"
        span = _missing(ledger, key, wanted[name])
        if span is None:
            covered.append(name)
            progress(f"{where}: nothing missing")
            continue
        if (key, *span) in done:
            staged[name] = done[key, *span]
            progress(f"{where}: {staged[name]:,} bars staged before")
            continue
        try:
            table, asked = await _download(client, item, spec, span)
        except (LocalProtocolError, RequestFailed, RequestTimeout) as error:
            failed[name] = str(error)
            progress(f"{where}: {error}")
            continue
        requests += asked
        bars.stage(
            batch,
            key,
            item.contract.con_id,
            table,
            start=span[0],
            end=span[1],
            fetched_at=now,
        )
        staged[name] = table.num_rows
        progress(f"{where}: {table.num_rows:,} bars, {span[0]} to {span[1]}")
    return FetchReport(
        batch=batch, staged=staged, covered=tuple(covered), failed=failed, requests=requests
    )


def _venue(instrument: Instrument) -> str:
    return instrument.contract.primary_exchange or instrument.contract.exchange


def _refuse_empty(instruments: Sequence[Instrument], start: date, end: date) -> None:
    """Refuse a range in which no venue ever opens: it is a slip of the pen, not "no data"."""
    venues = {_venue(item) for item in instruments}
    if not any(sessions(venue, start, end) for venue in venues):
        named = ", ".join(sorted(venues)) or "no instrument"
        raise ConfigError("bars", [f"start, end: no session from {start} to {end} at {named}"])


def _finished(instrument: Instrument, start: date, end: date, now: datetime) -> tuple[date, ...]:
    """Return the sessions of the range whose bars are final at ``now``."""
    venue = _venue(instrument)
    found = list(sessions(venue, start, min(end, now.date() + timedelta(days=2))))
    while found:
        hours = session_hours(venue, found[-1])
        if hours is not None and hours.close + _SETTLE <= now:
            break
        found.pop()
    return tuple(found)


def _missing(ledger: Ledger, key: SeriesKey, wanted: Sequence[date]) -> tuple[date, date] | None:
    """Return the hull of the wanted sessions that are not covered, or None."""
    if not wanted:
        return None
    gaps = ledger.missing(key, wanted[0], wanted[-1] + timedelta(days=1))
    lacking = [day for day in wanted if any(first <= day < last for first, last in gaps)]
    return (lacking[0], lacking[-1] + timedelta(days=1)) if lacking else None


async def _download(
    client: IbClient, instrument: Instrument, spec: BarSpec, span: tuple[date, date]
) -> tuple[pa.Table, int]:
    """Return the bars of a span, exactly trimmed, and how many requests they took."""
    asks = plan_asks(spec.size, *span, instrument.time_zone)
    tables = [
        await client.historical_bars(instrument.contract, spec, end=ask.end, duration=ask.duration)
        for ask in asks
    ]
    return _trim(pa.concat_tables(tables), *span), len(asks)


def _trim(table: pa.Table, start: date, end: date) -> pa.Table:
    """Return the rows of a half-open range of sessions, sorted, one a bar."""
    session = table.column("session")
    inside = pc.and_(pc.greater_equal(session, pa.scalar(start)), pc.less(session, pa.scalar(end)))
    ordered = table.filter(inside).sort_by([("session", "ascending"), ("ts", "ascending")])
    return _without_repeats(ordered)


def _without_repeats(table: pa.Table) -> pa.Table:
    """Drop rows that repeat in full: spans that overlap bring the same bar twice.

    Two *different* bars of one instant are kept: validation names them.
    """
    return table.group_by(table.column_names, use_threads=False).aggregate([])
