# SPDX-License-Identifier: Apache-2.0
"""Download the bars that are missing, into the staging area of one batch.

Strategy: what is wanted minus what the ledger says is covered, in parts small enough for memory;
nothing is published here, and a part that this batch has staged already is not asked for again.
So a killed run costs no more than the parts it was in.

Rules:
    * Only finished sessions are asked for: their close lies behind the *gateway's* clock.
    * A gateway that says "not now" is asked again, further and further apart: see ``Patience``.
    * A failed part is reported by name, written down as unknown, and spoils no other; a lost link
      and a gateway that answers nothing any more end the run.
    * Nothing is empty because one answer says so: what lies before the head of a series is, and
      what IB had no data of on two days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import BarSpec
from ib_provider.domain.contract import Instrument
from ib_provider.ledger.ledger import Ledger
from ib_provider.store.bar_store import BarStore
from ib_provider.store.session_store import SessionStore
from ib_provider.usecases.ask_bars import SessionRange
from ib_provider.usecases.bar_fetch import BarFetch
from ib_provider.usecases.missing_bars import missing_bars
from ib_provider.usecases.open_requests import OpenRequests
from ib_provider.usecases.patience import Patience
from ib_provider.usecases.progress import Progress, silent
from ib_provider.usecases.refresh_sessions import refresh_sessions
from ib_provider.usecases.session_calendar import SessionCalendar
from ib_provider.usecases.work_in_flight import work_in_flight

__all__ = ["Connect", "FetchReport", "fetch_bars"]

#: Series asked for at once. Where they are short there are many, so that requests are as well.
_SERIES: Final = (4, 45)
#: Bars held in memory at once by all of them, about: 72 bytes each.
_MOST_BARS: Final = 1_000_000
_HOURS_A_DAY: Final = {True: 9, False: 24}
#: Opens a session at a gateway for the length of a block.
Connect = Callable[[], AbstractAsyncContextManager[IbClient]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchReport:
    """What one batch downloaded.

    Attributes:
        staged: Rows staged by instrument id; 0 where IB had none.
        covered: Instruments for which nothing was missing.
        failed: Why an instrument, or a part of it, could not be downloaded.
    """

    batch: str
    staged: dict[str, int]
    covered: tuple[str, ...]
    failed: dict[str, str]
    requests: int


async def fetch_bars(
    connect: Connect,
    *,
    bars: BarStore,
    ledger: Ledger,
    instruments: Sequence[Instrument],
    spec: BarSpec,
    start: date,
    end: date,
    batch: str,
    with_late: bool = False,
    in_flight: int | None = None,
    open_requests: OpenRequests | None = None,
    progress: Progress = silent,
    patience: Patience | None = None,
) -> FetchReport:
    """Stage the missing bars of each instrument.

    Args:
        connect: Opens a session at the gateway; not called where nothing is missing.
        start: First session, inclusive, exchange-local.
        end: Day after the last session.
        batch: Names the staging area; the same for every retry of one run.
        with_late: Also the session before, of what settles a day late: see ``wanted_from``.
        in_flight: How many series are asked for at once; as memory allows where None.
        open_requests: Of the session, where it was used before.
        patience: How long to wait for a gateway that says "not now".

    Raises:
        ConfigError: No venue concerned has a session in the range.
        ConnectionLost: What was staged until then is kept.
        GatewaySilent: The gateway answers nothing any more; likewise.
    """
    calendar = SessionCalendar.stored(bars.root)
    missing = missing_bars(
        ledger, instruments, spec, start=start, end=end, calendar=calendar, with_late=with_late
    )
    if not any(missing.values()):
        progress(f"nothing missing in {len(instruments):,} series")
        return FetchReport(batch=batch, staged={}, covered=tuple(missing), failed={}, requests=0)
    async with connect() as client:
        now = await client.current_time()
        calendar = await refresh_sessions(
            client,
            store=SessionStore(bars.root),
            instruments=[item for item in instruments if missing[item.instrument_id]],
            start=start,
            end=end,
            rth=spec.rth,
            now=now,
            progress=progress,
        )
        missing = missing_bars(
            ledger,
            instruments,
            spec,
            start=start,
            end=end,
            now=now,
            calendar=calendar,
            with_late=with_late,
        )
        run = BarFetch(
            client=client,
            bars=bars,
            ledger=ledger,
            spec=spec,
            batch=batch,
            now=now,
            calendar=calendar,
            patience=patience or Patience(),
            open_requests=open_requests or OpenRequests(),
        )

        async def fetch(numbered: tuple[int, Instrument]) -> None:
            number, item = numbered
            where = f"{number}/{len(instruments)} {item.instrument_id}"
            parts = missing[item.instrument_id]
            if not parts:
                progress(f"{where}: nothing missing")
            await run.fetch(
                item, parts, rank=number, progress=lambda line: progress(f"{where}: {line}")
            )

        limit = in_flight or _series_at_once(missing.values(), spec)
        await work_in_flight(enumerate(instruments, 1), fetch, limit=limit)
    return FetchReport(
        batch=batch,
        staged=run.staged,
        covered=tuple(name for name, parts in missing.items() if not parts),
        failed=run.failed,
        requests=run.requests,
    )


def _series_at_once(missing: Iterable[Sequence[SessionRange]], spec: BarSpec) -> int:
    """Return how many series may be downloaded side by side, their bars kept in memory."""
    days = max(((end - start).days for parts in missing for start, end in parts), default=1)
    bars = days
    if spec.size.is_intraday:
        bars = days * timedelta(hours=_HOURS_A_DAY[spec.rth]) // spec.size.length
    least, most = _SERIES
    return min(max(_MOST_BARS // max(bars, 1), least), most)
