# SPDX-License-Identifier: Apache-2.0
"""Record a set of subscriptions for a window, through whatever happens to the connection.

Strategy: every subscription is declared once and begun anew after each loss by the kept session.
What comes is written as part files every few seconds, so a killed capture loses no more than that.
Bars that the outages cost are fetched from history at the end, when it also says which bars there
should be. Ticks have no such second source here: their gaps are reported.

Rules:
    * The window is by the gateway's clock; it ends on time also while the gateway is away.
    * A subscription that is refused spoils no other; the report names it.
    * A time in which the gateway had no IB, or its market-data farm was broken, is a gap although
      the subscription lived on.
    * What was received is told against what was to be expected, never "no error, so it is well".
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from ib_provider.client.ib_client import IbClient
from ib_provider.client.kept_session import Connect, KeptSession
from ib_provider.client.kept_stream import Begin, Gap
from ib_provider.domain.bar import BarSpec
from ib_provider.domain.contract import Instrument
from ib_provider.domain.live import StreamKind
from ib_provider.domain.quote import MarketDataType
from ib_provider.domain.reset_window import ResetWindows
from ib_provider.domain.stream_wish import StreamWish
from ib_provider.errors import ConfigError, IbProviderError, RequestTimeout
from ib_provider.store.live_table import LIVE_TABLES
from ib_provider.store.part_store import PartStore
from ib_provider.usecases.complete_bars import complete_bars
from ib_provider.usecases.complete_trades import missing_trades
from ib_provider.usecases.gateway_clock import wait_until
from ib_provider.usecases.holes import Holes
from ib_provider.usecases.live_recorder import LiveRecorder
from ib_provider.usecases.progress import Progress, silent
from ib_provider.usecases.watch_outages import watch_outages

__all__ = ["CaptureItem", "CaptureReport", "StreamReport", "capture_streams"]

_FLUSH_S: Final = 5.0
_CHECK_S: Final = 15.0
_TELL_EVERY_S: Final = 30.0
_START_S: Final = 300.0
_COMPLETE_S: Final = 300.0
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureItem:
    """One subscription of a capture."""

    instrument: Instrument
    wish: StreamWish

    @property
    def key(self) -> tuple[StreamKind, str]:
        """Return where its values are kept."""
        return self.wish.kind, self.instrument.instrument_id

    def __str__(self) -> str:
        return f"{self.instrument.instrument_id} {self.wish}"


@dataclass(slots=True, kw_only=True)
class StreamReport:
    """What became of one subscription.

    Attributes:
        received: Values that came live.
        expected: Bars that the window has by IB's history; None where nobody can say.
        backfilled: Bars and trades that were missing and came from history.
        gaps: When values may lack, by our clock.
        error: Why it ended before its time, or could not be completed.
    """

    item: CaptureItem
    received: int = 0
    expected: int | None = None
    backfilled: int = 0
    gaps: list[Gap] = field(default_factory=list)
    error: str = ""
    holes: Holes = field(default_factory=Holes)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureReport:
    """What a capture did. Times are the gateway's."""

    capture: str
    start: datetime
    end: datetime
    sessions: int
    streams: tuple[StreamReport, ...]

    @property
    def failed(self) -> dict[str, str]:
        """Return why subscriptions failed, by what they were."""
        return {str(one.item): one.error for one in self.streams if one.error}


async def capture_streams(
    connect: Connect,
    *,
    store: PartStore,
    items: Sequence[CaptureItem],
    until: Callable[[datetime], datetime],
    capture: str,
    data_type: MarketDataType = MarketDataType.LIVE,
    windows: ResetWindows | None = None,
    flush_s: float = _FLUSH_S,
    check_s: float = _CHECK_S,
    progress: Progress = silent,
) -> CaptureReport:
    """Record subscriptions until an instant of the gateway's clock.

    Args:
        connect: Opens one session; called again after each loss.
        until: The end of the window, given the gateway's time at its beginning.
        capture: Names the capture.
        data_type: What may be sent of level 1; each quote says what it is.
        windows: When a lost session is to be expected, and no warning.
        flush_s: How much a killed capture may lose, in seconds.
        check_s: How often the gateway's clock is looked at.

    Raises:
        ConfigError: Nothing to record, or the window is over.
        WriteConflict: Another process captures one of these.
        ConnectionLost: No session came about within five minutes.
    """
    if not items:
        raise ConfigError("capture", ["streams: nothing to record"])
    recorder = LiveRecorder(store, capture=capture)
    reports = [StreamReport(item=item) for item in items]
    with recorder.holding(item.key for item in items):
        kept = KeptSession(_asking_for(connect, data_type), timeout_s=None, windows=windows)
        async with contextlib.AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(_START_S):
                    await stack.enter_async_context(kept)
            except TimeoutError:
                raise RequestTimeout("a session for the capture", _START_S) from None
            start = await kept.read(IbClient.current_time)
            end = until(start)
            if end <= start:
                raise ConfigError("capture", [f"until: {end} is over, the gateway says {start}"])
            progress(f"{len(items)} subscription(s) until {end:%Y-%m-%d %H:%M:%S} UTC")
            window = _Window(kept=kept, recorder=recorder, start=start, end=end, progress=progress)
            await window.record(reports, flush_s=flush_s, check_s=check_s)
            await window.complete(reports, store)
        await recorder.compact(item.key for item in items)
    return CaptureReport(
        capture=recorder.run, start=start, end=end, sessions=kept.sessions, streams=tuple(reports)
    )


def _asking_for(connect: Connect, data_type: MarketDataType) -> Connect:
    """Return sessions that have asked for a kind of market data: the gateway forgets it."""

    @contextlib.asynccontextmanager
    async def session() -> AsyncIterator[IbClient]:
        async with connect() as client:
            await client.use_market_data(data_type)
            yield client

    return session


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """One capture while it runs."""

    kept: KeptSession
    recorder: LiveRecorder
    start: datetime
    end: datetime
    progress: Progress

    async def record(
        self, reports: Sequence[StreamReport], *, flush_s: float, check_s: float
    ) -> None:
        """Record until the end of the window; what was taken is in the store then."""
        tasks = [asyncio.create_task(self._follow(report)) for report in reports]

        def began() -> None:
            for report in reports:
                report.holes.open(self.start)

        watch = watch_outages(self.kept, began=began, tell=lambda gap: _note_outage(reports, gap))
        tasks.append(asyncio.create_task(watch))
        tasks.append(asyncio.create_task(self._flush_often(reports, flush_s)))
        clock = asyncio.create_task(
            wait_until(self.end, lambda: self.kept.read(IbClient.current_time), check_s=check_s)
        )
        try:
            await asyncio.wait([clock, tasks[-1]], return_when=asyncio.FIRST_COMPLETED)
            # A writer that fails ends the capture: nothing more would be kept.
            if tasks[-1].done():
                tasks[-1].result()
            clock.result()
        finally:
            for task in (*tasks, clock):
                task.cancel()
            await asyncio.gather(*tasks, clock, return_exceptions=True)
            await self.recorder.flush()

    async def complete(self, reports: Sequence[StreamReport], store: PartStore) -> None:
        """Fetch the bars that are missing, and say how many there should be."""
        for report in reports:
            spec, kind = report.item.wish.spec, report.item.wish.kind
            if kind is StreamKind.TRADES and not report.error:
                await self._fill_holes(report, store)
            if spec is None or not spec.size.is_intraday or report.error:
                continue
            try:
                async with asyncio.timeout(_COMPLETE_S):
                    await self._complete(report, spec, store)
            except (IbProviderError, TimeoutError) as error:
                report.error = f"not completed from history: {error or 'no answer in time'}"
                self.progress(f"{report.item}: {report.error}")

    async def _complete(self, report: StreamReport, spec: BarSpec, store: PartStore) -> None:
        kind, name = report.item.key
        stored = store.read(LIVE_TABLES[kind], name, self.start, self.end)
        found = await self.kept.read(
            lambda client: complete_bars(
                client,
                instrument=report.item.instrument,
                spec=spec,
                start=self.start,
                end=self.end,
                stored=stored,
                capture=self.recorder.run,
            )
        )
        if found.rows.num_rows:
            await self.recorder.write(kind, name, found.rows)
        report.expected, report.backfilled = found.expected, found.missing
        self.progress(
            f"{report.item}: {found.expected - found.missing} of {found.expected} bars came live, "
            f"{found.missing} from history"
        )

    async def _fill_holes(self, report: StreamReport, store: PartStore) -> None:
        """Fetch the trades of each hole as far as IB's history serves them; the rest is told."""
        kind, name = report.item.key
        stored = store.read(LIVE_TABLES[kind], name, self.start - _SECOND)
        known = set(stored["trade_id"].to_pylist())
        holes = report.holes.until(self.end)
        try:
            async with asyncio.timeout(_COMPLETE_S):
                for start, end in holes:
                    trades, is_whole = await self.kept.read(
                        lambda client, a=start, b=end: missing_trades(  # type: ignore[misc]
                            client, instrument=report.item.instrument, start=a, end=b, stored=known
                        )
                    )
                    for trade in trades:
                        self.recorder.add(kind, name, trade)
                    known.update(trade.trade_id for trade in trades)
                    report.backfilled += len(trades)
                    if not is_whole:
                        self.progress(f"{report.item}: {start} to {end} is filled in part")
        except (IbProviderError, TimeoutError) as error:
            self.progress(f"{report.item}: trades of {len(holes)} hole(s) not filled: {error}")
        await self.recorder.flush()
        self.progress(f"{report.item}: {report.backfilled:,} trades from history")

    async def _follow(self, report: StreamReport) -> None:
        item = report.item
        kind, name = item.key
        report.holes.open(self.start)

        def note(gap: Gap) -> None:
            report.gaps.append(gap)
            report.holes.open(self.start)

        stream = self.kept.subscribe(str(item), _begin(item), on_gap=note)
        try:
            async with stream:
                async for value in stream:
                    report.received += 1
                    report.holes.see(getattr(value, "ts", None))
                    self.recorder.add(kind, name, value)
        except IbProviderError as error:
            report.error = str(error)
            self.progress(f"{item}: {error}")

    async def _flush_often(self, reports: Sequence[StreamReport], flush_s: float) -> None:
        loop = asyncio.get_running_loop()
        told_at = loop.time()
        while True:
            await asyncio.sleep(flush_s)
            await self.recorder.flush()
            if loop.time() - told_at >= _TELL_EVERY_S:
                told_at = loop.time()
                total = sum(report.received for report in reports)
                gaps = sum(len(report.gaps) for report in reports)
                self.progress(
                    f"{total:,} values, {self.kept.sessions} session(s), {gaps} gap(s), "
                    f"session {self.kept.state}"
                )


def _note_outage(reports: Sequence[StreamReport], gap: Gap) -> None:
    """Tell every subscription that runs of a time in which IB served nobody."""
    for report in reports:
        if not report.error:
            report.gaps.append(replace(gap, request=str(report.item)))


def _begin(item: CaptureItem) -> Begin[Any]:
    """Return how one subscription begins at a client, the first time and again."""
    contract, wish = item.instrument.contract, item.wish
    zone, spec = item.instrument.time_zone, item.wish.spec or BarSpec()
    plain: dict[StreamKind, Callable[[IbClient], Any]] = {
        StreamKind.QUOTES: lambda client: client.quotes(contract),
        StreamKind.BID_ASK: lambda client: client.bid_asks(contract),
        StreamKind.TRADES: lambda client: client.trades(contract),
        StreamKind.ALL_TRADES: lambda client: client.trades(contract, unreported=True),
        StreamKind.MIDPOINTS: lambda client: client.midpoints(contract),
        StreamKind.DEPTH: lambda client: client.depth(contract, rows=wish.rows, smart=wish.smart),
        StreamKind.GREEKS: lambda client: client.greeks(contract),
        StreamKind.INDEX_PRICES: lambda client: client.index_prices(contract),
        StreamKind.OPEN_INTEREST: lambda client: client.open_interest(contract, time_zone=zone),
        StreamKind.REAL_TIME_BARS: lambda client: client.real_time_bars(
            contract, what=spec.what, rth=spec.rth, time_zone=zone
        ),
        StreamKind.BARS: lambda client: client.bars(contract, spec, time_zone=zone),
    }
    begin = plain[wish.kind]
    return lambda client, _since: begin(client)
