# SPDX-License-Identifier: Apache-2.0
"""Download one range of one series, with the stored neighbours that show whether it fits.

Rules:
    * A few sessions on each side that are stored already are asked for again. One ratio in all
      their prices is a split: the whole series is asked for, because what is stored is in another
      unit. Other differences are revisions.
    * What is said of emptiness is kept apart from what is proved of it: one "no data" is a word,
      one before the head of the series is a proof.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import BarSpec, SeriesKey
from ib_provider.domain.contract import Instrument
from ib_provider.quality.seam import Seam, SeamKind, judge_seam
from ib_provider.store.bar_store import BarStore
from ib_provider.usecases.ask_bars import AskedBars, BarAsker, SessionRange
from ib_provider.usecases.head_times import HeadTimes
from ib_provider.usecases.open_requests import OpenRequests
from ib_provider.usecases.patience import Patience
from ib_provider.usecases.progress import Progress, silent
from ib_provider.usecases.session_calendar import SessionCalendar

__all__ = ["DownloadedBars", "SessionRange", "download_bars"]

_DAY: Final = timedelta(days=1)
#: How many days of stored neighbours are asked for again: five sessions of daily bars, one of
#: intraday ones, over a long weekend.
_OVERLAP_DAYS: Final = {False: 9, True: 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadedBars:
    """The bars of one range, and how they meet what is stored.

    Attributes:
        span: What was asked for in the end: never less than what was wanted.
        no_data: Ranges of which IB said in so many words that it has none.
        unlisted: Sessions before the first of which IB has data; they were found empty, or lie
            beyond what was found empty.
        ratio: New price over stored price after a split: the bars replace the whole series.
    """

    span: SessionRange
    table: pa.Table
    requests: int
    seam: Seam
    no_data: tuple[SessionRange, ...] = ()
    unlisted: tuple[date, ...] = ()
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
    calendar: SessionCalendar | None = None,
    patience: Patience | None = None,
    heads: HeadTimes | None = None,
    requests: OpenRequests | None = None,
    rank: int = 0,
    progress: Progress = silent,
) -> DownloadedBars:
    """Return the bars of a range of sessions, exactly trimmed.

    Args:
        part: What is wanted now.
        whole: All that is wanted of the series; after a split it comes at once, with what is
            stored.
        now: The gateway's clock.
        calendar: The venues' own where None.
        heads: Where IB's heads are kept for other ranges of the same run.
        requests: The run's, in which this series comes before those of a higher ``rank``.

    Raises:
        RequestFailed, RequestTimeout, DataFarmDown, ConnectionLost: As the client says; nothing
            was kept.
        GatewaySilent: The gateway takes requests and answers nothing any more.
    """
    asker = BarAsker(
        client=client,
        instrument=instrument,
        spec=spec,
        now=now,
        calendar=calendar or SessionCalendar(),
        patience=patience or Patience(),
        heads=heads or HeadTimes(client),
        progress=progress,
        requests=requests or OpenRequests(),
        rank=rank,
    )
    key = SeriesKey(instrument_id=instrument.instrument_id, spec=spec)
    known = _neighbours(bars, key, part)
    span = _hull(known, part)
    asked = await asker.ask(span)
    count, ratio = asked.requests, None
    seam = await asyncio.to_thread(judge_seam, known, asked.table)
    if seam.kind is SeamKind.SPLIT:
        span = _hull(bars.read(key), whole)
        asked = await asker.ask(span)
        count, ratio = count + asked.requests, seam.ratio
    return DownloadedBars(
        span=span,
        table=asked.table,
        requests=count,
        seam=seam,
        no_data=asked.no_data,
        unlisted=await _unlisted(asker, asked, span),
        ratio=ratio,
    )


async def _unlisted(asker: BarAsker, asked: AskedBars, span: SessionRange) -> tuple[date, ...]:
    """Return the sessions that were over before the first instant of which IB has data.

    Only those before the first bar of the answer: a head that is later than a bar is wrong.
    """
    first = pc.min(asked.table["session"]).as_py() or span[1]
    early = asker.spans((span[0], first))
    if not early or asker.heads is None:
        return ()
    head = await asker.heads.of(asker.instrument, asker.spec)
    return tuple(item.session for item in early if head is not None and item.end <= head)


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
