# SPDX-License-Identifier: Apache-2.0
"""Download one range of one series, with the stored neighbours that show whether it fits.

Rules:
    * A few sessions on each side that are stored already are asked for again. One ratio in all
      their prices is a split: the whole series is asked for, because what is stored is in another
      unit. Other differences are revisions.
    * A request that times out is halved, down to one session.
    * IB takes no end for adjusted prices and continuous futures: one request reaches from now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import BarSpec, SeriesKey, WhatToShow
from ib_provider.domain.bar_plan import BarAsk, halve, plan_asks, plan_open_ended
from ib_provider.domain.contract import Instrument, SecType
from ib_provider.errors import RequestTimeout
from ib_provider.quality.seam import Seam, SeamKind, judge_seam
from ib_provider.store.bar_store import BarStore
from ib_provider.store.merge import is_sorted
from ib_provider.symbology.sessions import session_spans

__all__ = ["DownloadedBars", "SessionRange", "download_bars", "venue_of"]

#: Sessions from the first, inclusive, to the last, exclusive, as dates.
SessionRange = tuple[date, date]

#: How many days of stored neighbours are asked for again: five sessions of daily bars, one of
#: intraday ones, over a long weekend.
_OVERLAP_DAYS: Final = {False: 9, True: 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadedBars:
    """The bars of one range, and how they meet what is stored.

    Attributes:
        span: What was asked for in the end: never less than what was wanted.
        ratio: New price over stored price after a split: the bars replace the whole series.
    """

    span: SessionRange
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


async def download_bars(
    client: IbClient,
    *,
    bars: BarStore,
    instrument: Instrument,
    spec: BarSpec,
    part: SessionRange,
    whole: SessionRange,
    now: datetime,
) -> DownloadedBars:
    """Return the bars of a range of sessions, exactly trimmed.

    Args:
        part: What is wanted now.
        whole: All that is wanted of the series; after a split it comes at once, with what is
            stored.
        now: The gateway's clock.

    Raises:
        RequestFailed, RequestTimeout, ConnectionLost: As the client says; nothing was kept.
    """
    key = SeriesKey(instrument_id=instrument.instrument_id, spec=spec)
    known = _neighbours(bars, key, part)
    asked = _hull(known, part)
    table, requests = await _ask(client, instrument, spec, asked, now)
    seam = judge_seam(known, table)
    if seam.kind is not SeamKind.SPLIT:
        return DownloadedBars(span=asked, table=table, requests=requests, seam=seam)
    whole = _hull(bars.read(key), whole)
    table, more = await _ask(client, instrument, spec, whole, now)
    return DownloadedBars(
        span=whole, table=table, requests=requests + more, seam=seam, ratio=seam.ratio
    )


def venue_of(instrument: Instrument) -> str:
    """Return the venue whose sessions an instrument keeps."""
    return instrument.contract.primary_exchange or instrument.contract.exchange


def _neighbours(bars: BarStore, key: SeriesKey, span: SessionRange) -> pa.Table:
    """Return the stored bars of the few sessions on each side of a range."""
    days = timedelta(days=_OVERLAP_DAYS[key.spec.size.is_intraday])
    return pa.concat_tables(
        [bars.read(key, span[0] - days, span[0]), bars.read(key, span[1], span[1] + days)]
    )


def _hull(table: pa.Table, span: SessionRange) -> SessionRange:
    """Return a range of sessions, widened to hold every bar of a table."""
    bounds = pc.min_max(table.column("session")).as_py()
    if bounds["min"] is None:
        return span
    return min(span[0], bounds["min"]), max(span[1], bounds["max"] + timedelta(days=1))


async def _ask(
    client: IbClient, instrument: Instrument, spec: BarSpec, span: SessionRange, now: datetime
) -> tuple[pa.Table, int]:
    """Return the bars of a range, trimmed, and how many requests they took."""
    todo, tables, requests = list(_plan(instrument, spec, span, now)), [], 0
    while todo:
        ask, *todo = todo
        requests += 1
        try:
            tables.append(
                await client.historical_bars(
                    instrument.contract,
                    spec,
                    end=ask.end,
                    duration=ask.duration,
                    time_zone=instrument.time_zone,
                )
            )
        except RequestTimeout:
            halves = halve(spec.size, ask)
            if not halves:
                raise
            todo = [*halves, *todo]
    return _trim(pa.concat_tables(tables), *span), requests


def _plan(
    instrument: Instrument, spec: BarSpec, span: SessionRange, now: datetime
) -> tuple[BarAsk, ...]:
    regular = spec.rth and spec.size.is_intraday
    wanted = session_spans(venue_of(instrument), *span, regular=regular)
    endless = (
        spec.what is WhatToShow.ADJUSTED_LAST or instrument.contract.sec_type is SecType.CONTFUT
    )
    return (plan_open_ended(spec.size, wanted, now),) if endless else plan_asks(spec.size, wanted)


def _trim(table: pa.Table, start: date, end: date) -> pa.Table:
    """Return the rows of a half-open range of sessions, sorted, one a bar."""
    session = table.column("session")
    bounds = pc.min_max(session).as_py()
    if bounds["min"] is not None and not start <= bounds["min"] <= bounds["max"] < end:
        inside = pc.and_(
            pc.greater_equal(session, pa.scalar(start)), pc.less(session, pa.scalar(end))
        )
        table = table.filter(inside)
    if is_sorted(table):
        return table
    ordered = table.sort_by([("session", "ascending"), ("ts", "ascending")])
    return ordered if is_sorted(ordered) else _without_repeats(ordered)


def _without_repeats(table: pa.Table) -> pa.Table:
    """Drop rows that repeat in full: spans that overlap bring the same bar twice.

    Two *different* bars of one instant are kept: validation names them.
    """
    return table.group_by(table.column_names, use_threads=False).aggregate([])
