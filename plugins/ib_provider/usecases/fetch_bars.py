# SPDX-License-Identifier: Apache-2.0
"""Download the bars that are missing, into the staging area of one batch.

Strategy: what is wanted minus what the ledger says is covered; nothing is published here, and a
series that this batch has staged already is not asked for again. So a killed run costs no more
than the series it was in.

Rules:
    * Only finished sessions are asked for: their close lies behind the *gateway's* clock.
    * A failed series is reported by name and spoils no other; a lost link ends the run.
    * A few sessions that are stored already are asked for again: they show a split, after which
      the whole series is replaced, and revised bars, which are overwritten.
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
from ib_provider.domain.bar_plan import BarAsk, halve, plan_asks
from ib_provider.domain.contract import Instrument
from ib_provider.errors import ConfigError, RequestFailed, RequestTimeout
from ib_provider.ledger.ledger import Ledger
from ib_provider.quality.seam import Seam, SeamKind, judge_seam
from ib_provider.store.bar_store import BarStore
from ib_provider.store.staged_bars import StagedBars
from ib_provider.symbology.sessions import session_hours, session_spans, sessions
from ib_provider.usecases.progress import Progress, silent

__all__ = ["FetchReport", "fetch_bars"]

_Span = tuple[date, date]

#: How many days of stored neighbours are asked for again: five sessions of daily bars, one of
#: intraday ones, over a long weekend.
_OVERLAP_DAYS: Final = {False: 9, True: 4}
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """The bars of one series, and how they meet what is stored."""

    span: _Span
    table: pa.Table
    requests: int
    seam: Seam
    ratio: float | None = None

    def __str__(self) -> str:
        text = f"{self.table.num_rows:,} bars, {self.span[0]} to {self.span[1]}"
        if self.ratio is not None:
            return f"{text}; a split: prices are {self.ratio:g} of what is stored, all replaced"
        if self.seam.kind is SeamKind.REVISED:
            return f"{text}; {self.seam.differing:,} stored bars were revised"
        return text


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
    done = bars.staged(batch)
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
        before = _staged_before(done, key, span)
        if before is not None:
            staged[name] = before.rows
            progress(f"{where}: {before.rows:,} bars staged before")
            continue
        try:
            answer = await _fetch(client, bars, item, key, span)
        except (RequestFailed, RequestTimeout) as error:
            failed[name] = str(error)
            progress(f"{where}: {error}")
            continue
        requests += answer.requests
        bars.stage(
            batch,
            key,
            item.contract.con_id,
            answer.table,
            start=answer.span[0],
            end=answer.span[1],
            fetched_at=now,
            ratio=answer.ratio,
        )
        staged[name] = answer.table.num_rows
        progress(f"{where}: {answer}")
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


def _staged_before(done: Sequence[StagedBars], key: SeriesKey, span: _Span) -> StagedBars | None:
    """Return what an earlier try of this batch staged for a span."""
    for item in done:
        if item.key == key and item.start <= span[0] and span[1] <= item.end:
            return item
    return None


async def _fetch(
    client: IbClient, bars: BarStore, instrument: Instrument, key: SeriesKey, span: _Span
) -> _Answer:
    """Return the bars of a span, with the stored neighbours that show whether they still fit.

    After a split the whole series is asked for again: stored prices are in other units.
    """
    known = _neighbours(bars, key, span)
    asked = _hull(known, span)
    table, requests = await _download(client, instrument, key.spec, asked)
    seam = judge_seam(known, table)
    if seam.kind is not SeamKind.SPLIT:
        return _Answer(span=asked, table=table, requests=requests, seam=seam)
    whole = _hull(bars.read(key), asked)
    table, more = await _download(client, instrument, key.spec, whole)
    return _Answer(span=whole, table=table, requests=requests + more, seam=seam, ratio=seam.ratio)


def _neighbours(bars: BarStore, key: SeriesKey, span: _Span) -> pa.Table:
    """Return the stored bars of the few sessions on each side of a span."""
    days = timedelta(days=_OVERLAP_DAYS[key.spec.size.is_intraday])
    return pa.concat_tables(
        [bars.read(key, span[0] - days, span[0]), bars.read(key, span[1], span[1] + days)]
    )


def _hull(table: pa.Table, span: _Span) -> _Span:
    """Return a range of sessions, widened to hold every bar of a table."""
    bounds = pc.min_max(table.column("session")).as_py()
    if bounds["min"] is None:
        return span
    return min(span[0], bounds["min"]), max(span[1], bounds["max"] + timedelta(days=1))


async def _download(
    client: IbClient, instrument: Instrument, spec: BarSpec, span: _Span
) -> tuple[pa.Table, int]:
    """Return the bars of a span, exactly trimmed, and how many requests they took.

    A request that times out is halved, down to one session.
    """
    regular = spec.rth and spec.size.is_intraday
    wanted = session_spans(_venue(instrument), *span, regular=regular)
    todo, tables, requests = list(plan_asks(spec.size, wanted)), [], 0
    while todo:
        ask, *todo = todo
        requests += 1
        try:
            tables.append(await _answer(client, instrument, spec, ask))
        except RequestTimeout:
            halves = halve(spec.size, ask)
            if not halves:
                raise
            todo = [*halves, *todo]
    return _trim(pa.concat_tables(tables), *span), requests


async def _answer(client: IbClient, instrument: Instrument, spec: BarSpec, ask: BarAsk) -> pa.Table:
    return await client.historical_bars(
        instrument.contract,
        spec,
        end=ask.end,
        duration=ask.duration,
        time_zone=instrument.time_zone,
    )


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
