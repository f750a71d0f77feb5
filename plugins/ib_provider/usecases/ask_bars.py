# SPDX-License-Identifier: Apache-2.0
"""Ask for the bars of one range of sessions, in as many requests as it takes.

Rules:
    * A request that times out is halved, down to one session; but when the gateway does not even
      tell the time any more, the connection is dead, and that is said instead.
    * "Not now" is waited for: see ``Patience``.
    * Where the oldest request brings nothing, what lies before the series' first bar is not asked
      for piece by piece: from IB's head backwards in doubling steps, until two in a row are empty.
    * Once it is known that the range has bars, its requests are open side by side, as many as the
      run's window has room for; those under the hard pacing rules follow one another.
    * IB takes no end for adjusted prices and continuous futures: one request reaches from now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import BarSpec, WhatToShow
from ib_provider.domain.bar_plan import BarAsk, halve, plan_asks, plan_open_ended
from ib_provider.domain.bar_table import BAR_SCHEMA
from ib_provider.domain.contract import Instrument, SecType
from ib_provider.domain.pacing import SMALL_BARS
from ib_provider.domain.session_span import SessionSpan
from ib_provider.errors import GatewaySilent, RequestTimeout
from ib_provider.store.merge import is_sorted
from ib_provider.usecases.head_times import HeadTimes
from ib_provider.usecases.open_requests import OpenRequests
from ib_provider.usecases.patience import Patience
from ib_provider.usecases.progress import Progress, silent
from ib_provider.usecases.session_calendar import SessionCalendar
from ib_provider.usecases.work_in_flight import IN_FLIGHT, work_in_flight

__all__ = ["AskedBars", "BarAsker", "SessionRange"]

#: Sessions from the first, inclusive, to the last, exclusive, as dates.
SessionRange = tuple[date, date]

_DAY: Final = timedelta(days=1)
#: Empty requests in a row, beyond the head, that end the search for older bars.
_EMPTY_IN_A_ROW: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedBars:
    """What a range of sessions brought.

    Attributes:
        table: Bars in ``BAR_SCHEMA``, exactly trimmed, ascending.
        no_data: Ranges of which IB said in so many words that it has none.
    """

    table: pa.Table
    requests: int
    no_data: tuple[SessionRange, ...] = ()


@dataclass(slots=True, kw_only=True)
class BarAsker:
    """Asks for the bars of one series.

    Attributes:
        requests: The run's, in which this series has its rank.
    """

    client: IbClient
    instrument: Instrument
    spec: BarSpec
    now: datetime
    calendar: SessionCalendar = field(default_factory=SessionCalendar)
    patience: Patience = field(default_factory=Patience)
    heads: HeadTimes | None = None
    progress: Progress = silent
    requests: OpenRequests = field(default_factory=OpenRequests)
    rank: int = 0
    _tables: list[tuple[datetime, pa.Table]] = field(default_factory=list)
    _no_data: list[SessionRange] = field(default_factory=list)
    _requests: int = 0
    _is_first: bool = False

    async def ask(self, span: SessionRange) -> AskedBars:
        """Return the bars of a range.

        Raises:
            RequestFailed, RequestTimeout, DataFarmDown, ConnectionLost: As the client says.
            GatewaySilent: The gateway takes requests and answers nothing any more.
        """
        self._tables, self._no_data, self._requests = [], [], 0
        spans = self.spans(span)
        todo = self._plan(spans)
        if len(todo) > _EMPTY_IN_A_ROW + 1:
            self._is_first = True
            first, *todo = todo
            if not await self._answer_of(first):
                todo = await self._after_the_head(todo)
        self._is_first = False
        await work_in_flight(todo, self._keep, limit=self._side_by_side())
        tables = [table for _, table in sorted(self._tables, key=lambda item: item[0])]
        # In a thread: half a million bars are sorted while other answers are read.
        table = await asyncio.to_thread(_one_table, tables, spans, span)
        return AskedBars(
            table=table,
            requests=self._requests,
            no_data=tuple(sorted(self._no_data)),
        )

    def spans(self, span: SessionRange) -> tuple[SessionSpan, ...]:
        """Return the sessions of a range as instants: those in which the bars wanted begin."""
        regular = self.spec.rth and self.spec.size.is_intraday
        return self.calendar.spans(self.instrument, *span, regular=regular)

    def _plan(self, spans: Sequence[SessionSpan]) -> list[BarAsk]:
        if not spans:
            return []
        endless = (
            self.spec.what is WhatToShow.ADJUSTED_LAST
            or self.instrument.contract.sec_type is SecType.CONTFUT
        )
        if endless:
            return [plan_open_ended(self.spec.size, spans, self.now)]
        return list(plan_asks(self.spec.size, spans))

    def _side_by_side(self) -> int:
        return 1 if str(self.spec.size) in SMALL_BARS else IN_FLIGHT

    async def _keep(self, ask: BarAsk) -> None:
        await self._answer_of(ask)

    async def _answer_of(self, ask: BarAsk) -> int:
        """Keep the bars of one request, or of its halves; returns how many."""
        todo, rows = [ask], 0
        while todo:
            ask, *todo = todo
            self._requests += 1
            try:
                table = await self._one(ask)
            except RequestTimeout as error:
                await self._refuse_silence(error)
                halves = halve(self.spec.size, ask)
                if not halves:
                    raise
                todo = [*halves, *todo]
                continue
            rows += table.num_rows
            self._tables.append((ask.begin, table))
            if not table.num_rows:
                self._no_data.append(_range_of(ask))
        return rows

    async def _one(self, ask: BarAsk) -> pa.Table:
        def bars() -> Awaitable[pa.Table]:
            return self.client.historical_bars(
                self.instrument.contract,
                self.spec,
                end=ask.end,
                duration=ask.duration,
                time_zone=self.instrument.time_zone,
            )

        return await self.patience.until_answered(
            lambda: self.requests.answer_to(bars, rank=self.rank, is_first=self._is_first),
            progress=self.progress,
        )

    async def _refuse_silence(self, error: RequestTimeout) -> None:
        """Tell a request that is too long from a connection that is dead."""
        try:
            await self.client.current_time()
        except RequestTimeout:
            raise GatewaySilent(str(error), 2) from error

    async def _after_the_head(self, asks: Sequence[BarAsk]) -> list[BarAsk]:
        """Look for bars before IB's head, and return the requests that are left to make."""
        head = await self.heads.of(self.instrument, self.spec) if self.heads else None
        before = [ask for ask in asks if head and ask.end is not None and ask.end <= head]
        oldest = place = len(before)
        asked: set[int] = set()
        step, empty = 1, 0
        while place and empty < _EMPTY_IN_A_ROW:
            place = max(place - step, 0)
            asked.add(place)
            if await self._answer_of(before[place]):
                oldest, step, empty = place, 1, 0
            else:
                step, empty = 2 * step, empty + 1
        left = [i for i in range(oldest + 1, len(before)) if i not in asked]
        return [before[i] for i in left] + list(asks[len(before) :])


def _one_table(
    tables: Sequence[pa.Table], spans: Sequence[SessionSpan], span: SessionRange
) -> pa.Table:
    """Return the bars of all answers, each under its session, exactly trimmed."""
    table = pa.concat_tables([BAR_SCHEMA.empty_table(), *tables])
    return _trim(_with_sessions(table, spans), *span)


def _range_of(ask: BarAsk) -> SessionRange:
    return ask.sessions[0].session, ask.sessions[-1].session + _DAY


def _with_sessions(table: pa.Table, spans: Sequence[SessionSpan]) -> pa.Table:
    """Return intraday bars with the session that holds them: an evening belongs to the next day.

    A bar in none of the sessions keeps the day it began on.
    """
    if not table.num_rows or table["ts"].null_count or not spans:
        return table
    begins = np.array([span.begin.timestamp() * 1e6 for span in spans], np.int64)
    ends = np.array([span.end.timestamp() * 1e6 for span in spans], np.int64)
    days = np.array([span.session for span in spans], "datetime64[D]")
    at = np.asarray(pc.cast(table["ts"], pa.int64()))
    place = np.searchsorted(begins, at, side="right") - 1
    inside = (place >= 0) & (at < ends[place])
    plain = np.asarray(table["session"]).astype("datetime64[D]")
    named = np.where(inside, days[place], plain)
    if (named == plain).all():
        return table
    index = table.schema.get_field_index("session")
    return table.set_column(index, table.schema.field(index), pa.array(named, pa.date32()))


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
