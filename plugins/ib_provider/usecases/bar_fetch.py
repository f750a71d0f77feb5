# SPDX-License-Identifier: Apache-2.0
"""One batch of bars under way: each part downloaded, its emptiness proved or not, and staged."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import BarSpec, SeriesKey
from ib_provider.domain.contract import Instrument
from ib_provider.domain.coverage import CoverageState, Span
from ib_provider.errors import (
    ConnectionLost,
    DataFarmDown,
    GatewaySilent,
    LocalProtocolError,
    RequestFailed,
    RequestTimeout,
)
from ib_provider.ledger.ledger import Ledger
from ib_provider.store.bar_store import BarStore
from ib_provider.store.no_data_store import NoData, NoDataStore
from ib_provider.store.staged_bars import StagedBars
from ib_provider.usecases.ask_bars import SessionRange
from ib_provider.usecases.download_bars import DownloadedBars, download_bars
from ib_provider.usecases.head_times import HeadTimes
from ib_provider.usecases.open_requests import OpenRequests
from ib_provider.usecases.patience import Patience
from ib_provider.usecases.progress import Progress
from ib_provider.usecases.session_calendar import SessionCalendar

__all__ = ["BarFetch"]

_DAY: Final = timedelta(days=1)


@dataclass(slots=True, kw_only=True)
class BarFetch:
    """A batch, and what has come of it.

    Attributes:
        now: The gateway's clock.
        staged: Rows by instrument id.
        failed: Why an instrument, or a part of it, could not be downloaded.
    """

    client: IbClient
    bars: BarStore
    ledger: Ledger
    spec: BarSpec
    batch: str
    now: datetime
    calendar: SessionCalendar
    patience: Patience
    open_requests: OpenRequests = field(default_factory=OpenRequests)
    staged: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    requests: int = 0
    _heads: HeadTimes = field(init=False)
    _done: Sequence[StagedBars] = field(init=False)
    _said: dict[SeriesKey, list[NoData]] = field(init=False)

    def __post_init__(self) -> None:
        self._heads = HeadTimes(self.client)
        self._done = self.bars.staged(self.batch)
        self._said = defaultdict(list)
        for item in NoDataStore(self.bars.root).all():
            self._said[item.key].append(item)

    async def fetch(
        self,
        item: Instrument,
        parts: Sequence[SessionRange],
        *,
        rank: int = 0,
        progress: Progress,
    ) -> None:
        """Stage the parts of one series.

        Args:
            rank: Its place among the series that are asked for at once.

        Raises:
            ConnectionLost: The link ended.
            GatewaySilent: The gateway answers nothing any more.
        """
        name = item.instrument_id
        for part in parts:
            before = self._staged_before(name, part)
            if before is not None:
                self._count(name, before.rows)
                progress(f"{before.rows:,} bars staged before")
                if before.ratio is not None:
                    return
                continue
            whole = parts[0][0], parts[-1][1]
            answer = await self._download(item, part, whole, rank=rank, progress=progress)
            if answer is None:
                continue
            # In a thread: while it writes, the next answer is read and the heartbeat answered.
            await asyncio.to_thread(self._stage, item, answer)
            self.requests += answer.requests
            self._count(name, answer.table.num_rows)
            progress(str(answer))
            if answer.ratio is not None:
                return

    async def _download(
        self,
        item: Instrument,
        part: SessionRange,
        whole: SessionRange,
        *,
        rank: int,
        progress: Progress,
    ) -> DownloadedBars | None:
        """Return a part of a series, or None, with the reason kept, where it could not be had."""
        try:
            return await download_bars(
                self.client,
                bars=self.bars,
                instrument=item,
                spec=self.spec,
                part=part,
                whole=whole,
                now=self.now,
                calendar=self.calendar,
                patience=self.patience,
                heads=self._heads,
                requests=self.open_requests,
                rank=rank,
                progress=progress,
            )
        except (ConnectionLost, GatewaySilent):
            self._note_unknown(item, part)
            raise
        except DataFarmDown as error:
            # Whoever comes next meets the same farm: it has been waited for once.
            self.patience = replace(self.patience, tries=1)
            self._fail(item, part, error, progress)
        except (LocalProtocolError, RequestFailed, RequestTimeout) as error:
            self._fail(item, part, error, progress)
        return None

    def _fail(
        self, item: Instrument, part: SessionRange, error: Exception, progress: Progress
    ) -> None:
        self.failed[item.instrument_id] = str(error)
        self._note_unknown(item, part)
        progress(str(error))

    def _note_unknown(self, item: Instrument, part: SessionRange) -> None:
        """Write down that a part was asked for and is not known."""
        self.ledger.record_span(
            Span(
                key=self._key(item),
                con_id=item.contract.con_id,
                start=part[0],
                end=part[1],
                state=CoverageState.UNKNOWN,
                rows=0,
                fetched_at=self.now,
            )
        )

    def _stage(self, item: Instrument, answer: DownloadedBars) -> None:
        key = self._key(item)
        empty = self._proved_empty(item, answer)
        NoDataStore(self.bars.root).record(
            NoData(key=key, start=start, end=end, said_at=self.now)
            for start, end in answer.no_data
            if any(start <= day < end for day in self._bare(item, answer) if day not in empty)
        )
        self.bars.stage(
            self.batch,
            key,
            item.contract.con_id,
            answer.table,
            start=answer.span[0],
            end=answer.span[1],
            fetched_at=self.now,
            ratio=answer.ratio,
            empty=_ranges(empty, self.calendar.sessions(item, *answer.span)),
        )

    def _bare(self, item: Instrument, answer: DownloadedBars) -> list[date]:
        """Return the sessions that were asked for and brought no bar."""
        have = set(answer.table["session"].unique().to_pylist())
        return [day for day in self.calendar.sessions(item, *answer.span) if day not in have]

    def _proved_empty(self, item: Instrument, answer: DownloadedBars) -> frozenset[date]:
        """Return the sessions of which IB has no bars: before the head, or said on two days."""
        unlisted = set(answer.unlisted)
        earlier = [
            said for said in self._said[self._key(item)] if said.said_at.date() < self.now.date()
        ]
        return frozenset(
            day
            for day in self._bare(item, answer)
            if day in unlisted
            or (
                any(start <= day < end for start, end in answer.no_data)
                and any(said.start <= day < said.end for said in earlier)
            )
        )

    def _key(self, item: Instrument) -> SeriesKey:
        return SeriesKey(instrument_id=item.instrument_id, spec=self.spec)

    def _count(self, name: str, rows: int) -> None:
        self.staged[name] = self.staged.get(name, 0) + rows

    def _staged_before(self, name: str, part: SessionRange) -> StagedBars | None:
        """Return what an earlier try of this batch staged for a part."""
        key = SeriesKey(instrument_id=name, spec=self.spec)
        for item in self._done:
            if item.key == key and item.start <= part[0] and part[1] <= item.end:
                return item
        return None


def _ranges(days: Iterable[date], sessions: Sequence[date]) -> tuple[SessionRange, ...]:
    """Return days as ranges of sessions, each as long as it can be, ends exclusive."""
    wanted, found = set(days), list[SessionRange]()
    begin: date | None = None
    for day in sessions:
        if day in wanted:
            begin = begin or day
            last = day
        elif begin is not None:
            found.append((begin, last + _DAY))
            begin = None
    if begin is not None:
        found.append((begin, last + _DAY))
    return tuple(found)
