# SPDX-License-Identifier: Apache-2.0
"""Download several kinds of bars of many instruments, batch by batch, over one session.

A batch is told when it is done, so that a run of hours shows how far it is; what it staged stays
when the next one fails.

Options come first, in every kind of bar, those first that expire first: IB serves nothing of them
afterwards. Then futures, by expiry as well, and what has no end.

Bars of thirty seconds and less wait for IB's hard pacing rules, sixty requests in ten minutes. The
others need not: they are downloaded beside them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import BarSpec
from ib_provider.domain.bar_spec_text import check_served, render_bar_spec
from ib_provider.domain.contract import Instrument
from ib_provider.domain.pacing import SMALL_BARS
from ib_provider.errors import ConfigError
from ib_provider.ledger.ledger import Ledger
from ib_provider.store.bar_store import BarStore
from ib_provider.usecases.expiring_contracts import soonest_gone_first
from ib_provider.usecases.fetch_bars import Connect, FetchReport, fetch_bars
from ib_provider.usecases.missing_bars import GONE_AT_EXPIRY
from ib_provider.usecases.open_requests import OpenRequests
from ib_provider.usecases.progress import Progress, silent
from ib_provider.usecases.work_in_flight import work_in_flight

__all__ = ["SeriesReport", "check_series", "fetch_series", "sharing_session"]

#: A kind of bar, and the instruments that are asked for together.
_Group = tuple[BarSpec, Sequence[Instrument]]
#: Instruments between two lines about the whole.
_BATCH = 50


@dataclass(slots=True, kw_only=True)
class SeriesReport:
    """What was downloaded.

    Attributes:
        staged: Rows by kind of bar, then by instrument id.
        covered: Series for which nothing was missing.
        failed: Why a series was not, or not wholly, downloaded; by kind of bar and instrument.
    """

    batch: str
    staged: dict[str, dict[str, int]] = field(default_factory=dict)
    covered: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    requests: int = 0

    @property
    def rows(self) -> int:
        """Return how many bars were staged in all."""
        return sum(sum(counts.values()) for counts in self.staged.values())

    def add(self, text: str, report: FetchReport) -> None:
        """Add what one batch of one kind of bar brought."""
        self.staged.setdefault(text, {}).update(report.staged)
        self.covered += len(report.covered)
        self.failed |= {f"{text} {name}": why for name, why in report.failed.items()}
        self.requests += report.requests


def check_series(instruments: Sequence[Instrument], specs: Sequence[BarSpec]) -> None:
    """Refuse what IB does not serve, before anything is asked for.

    Raises:
        ConfigError: With every pair of instrument and kind of bar that there is not.
    """
    problems = []
    for item in instruments:
        for spec in specs:
            try:
                check_served(spec, item.contract.sec_type)
            except ConfigError as error:
                problems += [f"{item.instrument_id}: {problem}" for problem in error.problems]
    if problems:
        raise ConfigError("bars", problems)


async def fetch_series(
    connect: Connect,
    *,
    bars: BarStore,
    ledger: Ledger,
    instruments: Sequence[Instrument],
    specs: Sequence[BarSpec],
    start: date,
    end: date,
    batch: str,
    batch_size: int = _BATCH,
    with_late: bool = False,
    progress: Progress = silent,
) -> SeriesReport:
    """Stage what is missing of each series.

    Args:
        connect: Opens a session at the gateway; called once at most, and not at all where nothing
            is missing.
        start: First session, inclusive, exchange-local.
        end: Day after the last session.
        batch: Names the staging area; the same for every retry of one run.
        batch_size: Instruments between two lines about the whole.
        with_late: Also the session before, of what settles a day late: see ``wanted_from``.

    Raises:
        ConfigError: No venue concerned has a session in the range, or IB does not serve a kind of
            bar for an instrument.
        ConnectionLost: What was staged until then is kept.
    """
    check_series(instruments, specs)
    report = SeriesReport(batch=batch)
    groups = _groups(instruments, specs, batch_size)
    open_requests = {spec: OpenRequests() for spec in specs}
    async with sharing_session(connect) as shared:

        async def lane(numbered: Sequence[tuple[int, _Group]]) -> None:
            for number, (spec, group) in numbered:
                got = await fetch_bars(
                    shared,
                    bars=bars,
                    ledger=ledger,
                    instruments=group,
                    spec=spec,
                    start=start,
                    end=end,
                    batch=batch,
                    with_late=with_late,
                    open_requests=open_requests[spec],
                    progress=progress,
                )
                text = render_bar_spec(spec)
                report.add(text, got)
                progress(
                    f"batch {number}/{len(groups)}, {text}: {sum(got.staged.values()):,} bars of "
                    f"{len(group)} series, {got.requests} request(s), {len(got.failed)} failed"
                )

        await work_in_flight(_lanes(groups), lane)
    return report


def _groups(
    instruments: Sequence[Instrument], specs: Sequence[BarSpec], batch_size: int
) -> list[_Group]:
    """Return what is asked for together, in order."""
    ordered = soonest_gone_first(instruments)
    first = sum(item.contract.sec_type in GONE_AT_EXPIRY for item in ordered)
    return [
        (spec, part[i : i + batch_size])
        for part in (ordered[:first], ordered[first:])
        for spec in specs
        for i in range(0, len(part), batch_size)
    ]


def _lanes(groups: Sequence[_Group]) -> list[list[tuple[int, _Group]]]:
    """Return the groups, numbered, apart by whether IB's hard pacing rules hold for them."""
    lanes: dict[bool, list[tuple[int, _Group]]] = {}
    for number, group in enumerate(groups, 1):
        lanes.setdefault(str(group[0].size) in SMALL_BARS, []).append((number, group))
    return list(lanes.values())


@asynccontextmanager
async def sharing_session(connect: Connect) -> AsyncIterator[Connect]:
    """Yield an opener whose session is opened at its first use and closed behind the block."""
    async with AsyncExitStack() as stack:
        opened: list[IbClient] = []
        opening = asyncio.Lock()

        @asynccontextmanager
        async def shared() -> AsyncIterator[IbClient]:
            async with opening:
                if not opened:
                    opened.append(await stack.enter_async_context(connect()))
            yield opened[0]

        yield shared
