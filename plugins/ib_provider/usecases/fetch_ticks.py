# SPDX-License-Identifier: Apache-2.0
"""Download the past ticks that are missing, session by session.

Rules:
    * A session is kept whole or not at all, so a killed run costs no more than one session.
    * Pages are laid end to end as ``domain.tick_page`` says; a page that does not go forward
      ends its session with an error.
    * Only finished sessions are asked for, by the gateway's clock; IB's own where it names them.
    * A failed session is reported and spoils no other; a lost link ends the run.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.contract import Instrument
from ib_provider.domain.session_span import SessionSpan
from ib_provider.domain.tick_kind import TickKind
from ib_provider.domain.tick_page import cut_page
from ib_provider.errors import (
    LocalProtocolError,
    RemoteProtocolError,
    RequestFailed,
    RequestTimeout,
)
from ib_provider.store.session_store import SessionStore
from ib_provider.store.tick_store import TICK_SCHEMAS, TickKey, TickStore, tick_rows
from ib_provider.usecases.fetch_bars import Connect
from ib_provider.usecases.progress import Progress, silent
from ib_provider.usecases.refresh_sessions import refresh_sessions
from ib_provider.usecases.session_calendar import SessionCalendar

__all__ = ["TicksReport", "fetch_ticks"]

_LIMIT = 1_000

_Page = Callable[..., Awaitable[list[Any]]]


@dataclass(slots=True, kw_only=True)
class TicksReport:
    """What was downloaded.

    Attributes:
        ticks: By instrument id; 0 where IB had none.
        covered: Instruments for which nothing was missing.
        failed: Why a session of an instrument could not be downloaded, by ``id session``.
        cut: Seconds that IB would not give whole, by instrument id.
    """

    ticks: dict[str, int] = field(default_factory=dict)
    covered: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    cut: dict[str, int] = field(default_factory=dict)
    requests: int = 0


async def fetch_ticks(
    connect: Connect,
    *,
    store: TickStore,
    instruments: Sequence[Instrument],
    kind: TickKind,
    start: date,
    end: date,
    rth: bool = False,
    progress: Progress = silent,
) -> TicksReport:
    """Keep the ticks of every finished session of a range that is not kept yet.

    Args:
        connect: Opens a session at the gateway; not called where nothing is missing.
        start: First session, inclusive, exchange-local.
        end: Day after the last session.

    Raises:
        ConnectionLost: The sessions kept until then stay.
    """
    report = TicksReport()
    calendar = SessionCalendar.stored(store.root)
    wish = _Wish(store=store, kind=kind, rth=rth, start=start, end=end)
    lacking = [item for item in instruments if wish.missing(calendar, item)]
    if not lacking:
        report.covered = [item.instrument_id for item in instruments]
        progress(f"nothing missing in {len(instruments):,} series")
        return report
    async with connect() as client:
        now = await client.current_time()
        calendar = await refresh_sessions(
            client,
            store=SessionStore(store.root),
            instruments=lacking,
            start=start,
            end=end,
            rth=rth,
            now=now,
            progress=progress,
        )
        run = _Run(client=client, store=store, kind=kind, rth=rth, now=now, report=report)
        for item in instruments:
            missing = wish.missing(calendar, item)
            if not missing:
                report.covered.append(item.instrument_id)
            for span in missing:
                if span.end <= now:
                    line = await run.fetch(item, span)
                    progress(f"{item.instrument_id} {span.session}: {line}")
    return report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """Which ticks are wanted."""

    store: TickStore
    kind: TickKind
    rth: bool
    start: date
    end: date

    def missing(self, calendar: SessionCalendar, item: Instrument) -> tuple[SessionSpan, ...]:
        """Return the sessions that are not kept yet."""
        key = TickKey(instrument_id=item.instrument_id, kind=self.kind, rth=self.rth)
        known = self.store.sessions(key)
        spans = calendar.spans(item, self.start, self.end, regular=self.rth)
        return tuple(span for span in spans if span.session not in known)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Download:
    table: pa.Table
    requests: int
    cut: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One download under way."""

    client: IbClient
    store: TickStore
    kind: TickKind
    rth: bool
    now: datetime
    report: TicksReport

    async def fetch(self, item: Instrument, span: SessionSpan) -> str:
        """Keep one session; returns a line about it."""
        name, report = item.instrument_id, self.report
        try:
            download = await self._download(item, span)
        except (LocalProtocolError, RemoteProtocolError, RequestFailed, RequestTimeout) as error:
            report.failed[f"{name} {span.session}"] = str(error)
            return str(error)
        report.requests += download.requests
        report.ticks[name] = report.ticks.get(name, 0) + download.table.num_rows
        if download.cut:
            report.cut[name] = report.cut.get(name, 0) + len(download.cut)
        self.store.write(
            TickKey(instrument_id=name, kind=self.kind, rth=self.rth),
            span.session,
            download.table,
            con_id=item.contract.con_id,
            fetched_at=self.now,
            cut_seconds=download.cut,
        )
        cut = f"; {len(download.cut)} second(s) not whole" if download.cut else ""
        return f"{download.table.num_rows:,} ticks, {download.requests} page(s){cut}"

    async def _download(self, item: Instrument, span: SessionSpan) -> _Download:
        ask = _page_of(self.client, self.kind)
        second: int | None = int(span.begin.timestamp())
        last = int(span.end.timestamp())
        tables, cut = [TICK_SCHEMAS[self.kind].empty_table()], []
        rows = requests = 0
        while second is not None and second < last:
            begin = datetime.fromtimestamp(second, UTC)
            ticks = await ask(item.contract, start=begin, limit=_LIMIT, rth=self.rth)
            requests += 1
            stamps = [int(tick.ts.timestamp()) for tick in ticks]
            page = cut_page(stamps, asked_from=second, limit=_LIMIT)
            inside = [tick for tick in ticks[: page.keep] if tick.ts < span.end]
            tables.append(tick_rows(self.kind, inside, seq=rows))
            rows += len(inside)
            cut += [] if page.cut_second is None else [page.cut_second]
            second = page.next_second
        return _Download(table=pa.concat_tables(tables), requests=requests, cut=tuple(cut))


def _page_of(client: IbClient, kind: TickKind) -> _Page:
    if kind is TickKind.TRADES:
        return client.historical_trades
    if kind is TickKind.BID_ASK:
        return client.historical_bid_asks
    return client.historical_midpoints
