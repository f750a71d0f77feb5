# SPDX-License-Identifier: Apache-2.0
"""A download by several workers at one login, on a virtual clock: as fast as the rules allow.

The gateway counts the messages of all sessions together and leaves the fifty-first of a second
without an answer; such a request would be asked for again, and the count of requests shows it.
"""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

import pytest

from ib_provider.domain.bar import BarSize, BarSpec
from ib_provider.domain.pacing import HistoryDemand, PacingRules
from ib_provider.ledger.pacing_book import PacingBook
from ib_provider.ledger.shared_budget import SharedBudget
from ib_provider.simulator import SimulatedGateway
from ib_provider.simulator.limits.limits import Limits
from tests.support.backfill_worker import BackfillWorker
from tests.support.simulator import quick_options
from tests.support.virtual_time import in_virtual_time

MESSAGES_PER_S = 45
STRICT = Limits(max_messages=50, reject_excess=True, shared_rate=True)
#: Connecting, the gateway's clock, its sessions, and the first steps of the window.
START_UP_S = 6.0


@in_virtual_time
async def backfill(
    folder: Path,
    *,
    workers: int,
    series: int,
    answer_s: float,
    spec: BarSpec,
    span: tuple[date, date],
) -> tuple[float, int]:
    """Return the virtual seconds of the slowest worker, and the requests of all."""
    options = quick_options(answer_delay_s=answer_s, kept_answers=200, limits=STRICT)
    async with SimulatedGateway(options) as gateway:
        team = [
            BackfillWorker(folder=folder, port=gateway.port, number=n, series=series, spec=spec)
            for n in range(1, workers + 1)
        ]
        clock = asyncio.get_running_loop().time
        began = clock()
        reports = await asyncio.gather(*(worker.run(*span) for worker in team))
        took_s = clock() - began
    assert [report.failed for report in reports] == [{}] * workers
    return took_s, sum(report.requests for report in reports)


@pytest.mark.parametrize("workers", [1, 4])
def test_weeks_of_minutes_come_as_fast_as_the_messages_of_the_login(
    tmp_path: Path, workers: int
) -> None:
    """Half a second an answer: four open requests would take 22 seconds, the rate takes 4."""
    took_s, requests = backfill(
        tmp_path,
        workers=workers,
        series=8 // workers,
        answer_s=0.5,
        spec=BarSpec(size=BarSize.MIN_1),
        span=(date(2012, 3, 5), date(2012, 8, 4)),
    )
    assert requests == 8 * 22  # 5 March to 3 August is 22 weeks from Monday to Friday
    assert took_s <= requests / MESSAGES_PER_S + START_UP_S


def test_one_session_of_many_series_comes_as_fast_as_the_messages_of_the_login(
    tmp_path: Path,
) -> None:
    """The daily run: one request a series, so that many series are under way at a time."""
    took_s, requests = backfill(
        tmp_path,
        workers=1,
        series=120,
        answer_s=0.5,
        spec=BarSpec(),
        span=(date(2013, 2, 28), date(2013, 3, 1)),
    )
    assert requests == 120
    assert took_s <= requests / MESSAGES_PER_S + START_UP_S


@in_virtual_time
async def test_room_that_an_answer_makes_is_taken_at_once_by_who_waits_longest(
    tmp_path: Path,
) -> None:
    """Of its own process; nobody looks for it a quarter of a second later."""
    loop = asyncio.get_running_loop()
    got: list[tuple[str, float]] = []

    async def ask(budget: SharedBudget, name: str, answer_s: float) -> None:
        demand = HistoryDemand(identity=name, series=name, is_paced=False)
        async with budget.history(demand):
            got.append((name, loop.time()))
            await asyncio.sleep(answer_s)

    with PacingBook.open(
        f"sqlite:///{tmp_path}/ledger.db",
        locks=tmp_path,
        login="gw",
        rules=PacingRules(open_requests=1),
        clock=loop.time,
    ) as book:
        budget = SharedBudget(book)
        async with asyncio.TaskGroup() as group:
            for name, answer_s in (("a", 0.11), ("b", 0.01), ("c", 0.01)):
                group.create_task(ask(budget, name, answer_s))
                await asyncio.sleep(0.001)
        await budget.close()
    assert [name for name, _ in got] == ["a", "b", "c"]
    assert [at for _, at in got] == pytest.approx([0.0, 0.11, 0.12], abs=0.005)
