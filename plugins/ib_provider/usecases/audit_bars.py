# SPDX-License-Identifier: Apache-2.0
"""Ask again for a few old pieces of what is stored, and tell what IB says differently today.

Rules:
    * Pieces are drawn from what is covered with data, by a seed: a retry draws the same ones. What
      IB serves no more, expired options and small bars of half a year ago, is left alone.
    * Differences are recorded as findings, check ``revised``, and the new answer is staged: it is
      judged and published as any other, or replaces the series where it is a split.
    * A piece that fails is told and spoils no other; a lost link ends the run.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import SeriesKey
from ib_provider.domain.contract import Instrument
from ib_provider.domain.coverage import CoverageState, Span
from ib_provider.domain.finding import Finding
from ib_provider.errors import DataFarmDown, LocalProtocolError, RequestFailed, RequestTimeout
from ib_provider.ledger.ledger import Ledger
from ib_provider.quality.checks import REVISED
from ib_provider.quality.seam import judge_seam
from ib_provider.store.bar_store import BarStore
from ib_provider.store.finding_store import keep_findings
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.usecases.download_bars import SessionRange, download_bars
from ib_provider.usecases.expiring_contracts import served_from
from ib_provider.usecases.fetch_bars import Connect
from ib_provider.usecases.progress import Progress, silent
from ib_provider.usecases.session_calendar import SessionCalendar

__all__ = ["AuditReport", "audit_bars", "draw_pieces"]

#: Sessions a piece: a week of intraday bars, a quarter of longer ones.
_SESSIONS: Final = {True: 5, False: 63}
_DAY: Final = timedelta(days=1)

#: A span of the ledger, and the sessions of it that are asked for again.
Piece = tuple[Span, SessionRange]


@dataclass(slots=True, kw_only=True)
class AuditReport:
    """What was asked again.

    Attributes:
        same: Pieces that came as they are stored.
        revised: Bars that differ, by series.
        failed: Why a piece could not be downloaded, by series.
    """

    batch: str
    same: int = 0
    revised: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    requests: int = 0


def draw_pieces(spans: Sequence[Span], count: int, *, seed: str) -> tuple[Piece, ...]:
    """Return pieces of what is covered with data, the same for the same seed; fewer if need be.

    A series with many sessions is drawn more often than one with few.
    """
    held = sorted(
        (span for span in spans if span.state is CoverageState.DATA and span.rows),
        key=lambda span: (str(span.key), span.start),
    )
    if not held:
        return ()
    chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
    weights = [(span.end - span.start).days for span in held]
    drawn: dict[str, Piece] = {}
    for span in chance.choices(held, weights, k=count):
        day = span.start + timedelta(days=chance.randrange((span.end - span.start).days))
        drawn.setdefault(f"{span.key} {day}", (span, (day, span.end)))
    return tuple(drawn.values())


async def audit_bars(
    connect: Connect,
    *,
    bars: BarStore,
    ledger: Ledger,
    pieces: int,
    batch: str,
    progress: Progress = silent,
) -> AuditReport:
    """Ask again for pieces of what is stored, stage the answers, and record what differs.

    Args:
        connect: Opens a session at the gateway; not called where nothing is stored.
        pieces: How many to draw.
        batch: Names the staging area, and is the seed of the draw.

    Raises:
        ConnectionLost: What was staged until then is kept.
    """
    report = AuditReport(batch=batch)
    spans = [span for span in ledger.spans() if span.state is CoverageState.DATA]
    known = InstrumentStore(bars.root).get({span.key.instrument_id for span in spans})
    if not known:
        progress("nothing is stored that could be asked for again")
        return report
    async with connect() as client:
        now = await client.current_time()
        calendar = SessionCalendar.stored(bars.root)
        todo = [
            (known[span.key.instrument_id], span, piece)
            for span, piece in draw_pieces(_served(spans, known, now), pieces, seed=batch)
        ]
        run = _Run(
            client=client, bars=bars, ledger=ledger, now=now, calendar=calendar, report=report
        )
        for number, (item, span, (start, end)) in enumerate(todo, 1):
            part = _sessions_of(calendar, item, span, start, end)
            if part is None:
                continue
            try:
                told = await run.piece(item, span, part)
            except (DataFarmDown, LocalProtocolError, RequestFailed, RequestTimeout) as error:
                report.failed[str(span.key)] = told = str(error)
            progress(f"{number}/{len(todo)} {span.key}: {part[0]} to {part[1]}: {told}")
    return report


def _served(spans: Sequence[Span], known: Mapping[str, Instrument], now: datetime) -> list[Span]:
    """Return the parts of spans of which IB still serves bars."""
    found = []
    for span in spans:
        item = known.get(span.key.instrument_id)
        first = served_from(item, span.key.spec, now) if item is not None else None
        if first is not None and first < span.end:
            found.append(replace(span, start=max(span.start, first)))
    return found


def _sessions_of(
    calendar: SessionCalendar, item: Instrument, span: Span, start: date, end: date
) -> SessionRange | None:
    days = calendar.sessions(item, start, end)[: _SESSIONS[span.key.spec.size.is_intraday]]
    return (days[0], days[-1] + _DAY) if days else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One audit under way."""

    client: IbClient
    bars: BarStore
    ledger: Ledger
    now: datetime
    calendar: SessionCalendar
    report: AuditReport

    async def piece(self, item: Instrument, span: Span, part: SessionRange) -> str:
        """Ask again for one piece; returns what came of it."""
        key, report = span.key, self.report
        stored = self.bars.read(key, *part)
        answer = await download_bars(
            self.client,
            bars=self.bars,
            instrument=item,
            spec=key.spec,
            part=part,
            whole=part,
            now=self.now,
            calendar=self.calendar,
        )
        report.requests += answer.requests
        seam = judge_seam(stored, answer.table)
        lost = max(0, stored.num_rows - seam.shared)
        if not seam.differing and not lost:
            report.same += 1
            return "as it is stored"
        text = f"{seam.differing} of {stored.num_rows} bars differ"
        text += f", IB serves {lost} of them no more" if lost else ""
        self._record(key, f"{part[0]} to {part[1]}: {text}", seam.differing + lost)
        self.bars.stage(
            report.batch,
            key,
            item.contract.con_id,
            answer.table,
            start=answer.span[0],
            end=answer.span[1],
            fetched_at=self.now,
            ratio=answer.ratio,
        )
        return text

    def _record(self, key: SeriesKey, text: str, count: int) -> None:
        name = str(key)
        self.report.revised[name] = self.report.revised.get(name, 0) + count
        finding = Finding(
            key=key, check=REVISED.name, severity=REVISED.severity, count=count, rows=(text,)
        )
        self.ledger.record_findings(self.report.batch, [finding])
        keep_findings(self.bars.root, self.report.batch, [finding])
