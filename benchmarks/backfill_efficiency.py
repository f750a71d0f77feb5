# SPDX-License-Identifier: Apache-2.0
"""How near a backfill of minutes comes to the bound the rules set, with 1, 2, 4 and 8 workers.

500 instruments, 2 years, 1 minute: real clients over TCP at the real simulated gateway, each
worker with a session, a ledger, a pacing book and a store of its own on the same files.

Time is virtual: workers and gateway live on one loop whose time stands still while any of them
works and jumps when all of them wait. So a row counts what the design loses, in planner, budget,
client and their waiting for one another, and neither the machine's load nor its speed. What eight
processes cost in real time is ``pacing_efficiency``.

The bound is the larger of two, and counts nothing else, no start and no end:

* messages: requests over the 45 a second that the login is allowed;
* open requests: requests times the answer's time over the 50 that may be open.

The requests are the fewest there can be: a request brings at most a week, and a file holds a
calendar year. They are counted here from
an exchange calendar alone; a plan, a retry or a halved request that
needs more fails the run. So does one violation: the gateway counts the messages of all sessions
together and rejects the fifty-first of a second, which then has no answer.

``BACKFILL_SERIES`` and ``BACKFILL_ANSWER_S`` change the size and how long an answer takes.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from exchange_calendars import get_calendar

from benchmarks.row import Row
from ib_provider.simulator import SimulatedGateway, SimulatorOptions
from ib_provider.simulator.limits.limits import Limits
from tests.support.backfill_worker import BackfillWorker
from tests.support.virtual_time import in_virtual_time

__all__ = ["backfill_efficiency"]

_WORKERS: Final = (1, 2, 4, 8)
_START: Final = date(2011, 3, 1)
_LAST: Final = date(2013, 2, 28)
_MESSAGES_PER_S: Final = 45
_OPEN: Final = 50
_WEEK: Final = timedelta(days=7)
#: Of the wall time: 1.03 times the bound.
_GOAL: Final = 1 / 1.03


def backfill_efficiency() -> Iterator[Row]:
    """Yield virtual seconds of a backfill beside the bound, a row for each number of workers."""
    series = int(os.environ.get("BACKFILL_SERIES", "500"))
    answer_s = float(os.environ.get("BACKFILL_ANSWER_S", "0.5"))
    requests = series * _requests_a_series()
    bound_s = max(requests / _MESSAGES_PER_S, requests * answer_s / _OPEN)
    for workers in _WORKERS:
        took_s, made = _backfill(workers, series, answer_s)
        if made != requests:
            raise RuntimeError(f"{made:,} requests were made, and {requests:,} are enough")
        yield Row(
            name=f"backfill_efficiency_{workers}",
            value=took_s,
            unit=f"virtual s for {requests:,} requests",
            peer="the bound",
            peer_value=bound_s,
            ratio=bound_s / took_s,
            goal=_GOAL,
        )


def _requests_a_series() -> int:
    """Return how many weeks cover the sessions of the range, the first of each year begun anew."""
    days = get_calendar("XNYS").sessions_in_range(_START.isoformat(), _LAST.isoformat()).date
    count, covered, year = 0, _START, _START.year
    for day in days:
        if day >= covered or day.year != year:
            count, covered, year = count + 1, day + _WEEK, day.year
    return count


@in_virtual_time
async def _backfill(workers: int, series: int, answer_s: float) -> tuple[float, int]:
    """Return when the last worker was done, and the requests for bars that the gateway had."""
    limits = Limits(max_messages=50, reject_excess=True, shared_rate=True)
    options = SimulatorOptions(port=0, answer_delay_s=answer_s, kept_answers=200, limits=limits)
    with tempfile.TemporaryDirectory() as folder:
        async with SimulatedGateway(options) as gateway:
            shares = [series // workers + (n < series % workers) for n in range(workers)]
            team = [
                BackfillWorker(folder=Path(folder), port=gateway.port, number=n, series=share)
                for n, share in enumerate(shares, 1)
                if share
            ]
            clock, after = asyncio.get_running_loop().time, _LAST + timedelta(days=1)
            began = clock()
            reports = await asyncio.gather(*(worker.run(_START, after) for worker in team))
            took_s = clock() - began
    failed = [reason for report in reports for reason in report.failed.values()]
    if failed:
        raise RuntimeError(f"a part was not downloaded: {failed[0]}")
    return took_s, sum(report.requests for report in reports)
