# SPDX-License-Identifier: Apache-2.0
"""What goes wrong while bars are collected: each fault ends in right data or in ``unknown``."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from ib_provider.domain.bar import BarSize, BarSpec
from ib_provider.errors import GatewaySilent
from ib_provider.usecases.fetch_series import fetch_series
from ib_provider.usecases.judge_bars import judge_bars
from ib_provider.usecases.lasting_unknowns import lasting_unknowns
from tests.support.bar_desk import DAY_S, BarDesk, bar_desk
from tests.support.main_job import source_bars

AAPL, IBM = "AAPL.NASDAQ", "IBM.NYSE"
DAILY, MINUTES = BarSpec(), BarSpec(size=BarSize.MIN_1)
#: Saturday: the last session of the source file is the day before.
SATURDAY = "2013-03-02T10:00:00-05:00"
START, END = date(2013, 2, 25), date(2013, 3, 2)
WEEK = [
    date(2013, 2, 25),
    date(2013, 2, 26),
    date(2013, 2, 27),
    date(2013, 2, 28),
    date(2013, 3, 1),
]
PACING = "Historical Market Data Service error message:API historical data query pacing violation"


def file_closes(name: str) -> dict[date, float]:
    """Return the closes of the week, from the file the market is made of."""
    frame = source_bars()
    mine = frame[(frame["instrument_id"] == name) & frame["session"].isin(WEEK)]
    return dict(zip(mine["session"], mine["close"], strict=True))


def assert_whole(desk: BarDesk, name: str = AAPL) -> None:
    """The week is there as the file has it, and known to be."""
    assert desk.closes(name, DAILY) == pytest.approx(file_closes(name))
    assert desk.states(name, DAILY, *WEEK) == ["data"] * 5


async def refuse_bars(desk: BarDesk, *, code: int, message: str, count: int) -> None:
    """Have the next requests for bars refused, those of the schedule before them let through."""
    await desk.load(AAPL)
    await desk.fetch((AAPL,), MINUTES, START, END)  # names the sessions
    await desk.do(
        "next_request", request="ReqHistoricalData", code=code, message=message, count=count
    )


async def test_pacing_is_waited_out_a_minute_and_then_twice_as_long(tmp_path: Path) -> None:
    """Two violations cost a minute and two; the third try brings everything."""
    async with bar_desk(tmp_path, SATURDAY) as desk:
        await refuse_bars(desk, code=162, message=PACING, count=2)
        fetched, _ = await desk.pull((AAPL,), DAILY, START, END)
        assert desk.waited == [60.0, 120.0]
        assert not fetched.failed
        assert_whole(desk)


async def test_pacing_without_end_is_given_up_and_unknown(tmp_path: Path) -> None:
    """The waits are bounded; what was not had is unknown, and the next run gets it."""
    async with bar_desk(tmp_path, SATURDAY) as desk:
        await refuse_bars(desk, code=162, message=PACING, count=4)
        fetched, _ = await desk.pull((AAPL,), DAILY, START, END)
        assert desk.waited == [60.0, 120.0, 240.0]
        assert "pacing violation" in fetched.failed[AAPL]
        assert desk.states(AAPL, DAILY, *WEEK) == ["unknown"] * 5
        await desk.pull((AAPL,), DAILY, START, END)
        assert_whole(desk)


async def test_bars_that_wait_for_pacing_keep_no_others_waiting(tmp_path: Path) -> None:
    """One kind of bar sits out a violation; the other is downloaded meanwhile."""
    async with bar_desk(tmp_path, SATURDAY) as desk:
        await refuse_bars(desk, code=162, message=PACING, count=1)
        done = asyncio.Event()

        def tell(line: str) -> None:
            desk.said.append(line)
            if line.startswith("batch "):
                done.set()

        download = asyncio.ensure_future(
            fetch_series(
                desk.connect,
                bars=desk.bars,
                ledger=desk.ledger,
                instruments=[(await desk.load(AAPL))[AAPL]],
                specs=[BarSpec(size=BarSize.SEC_30), DAILY],
                start=date(2013, 3, 1),
                end=END,
                batch="lanes",
                progress=tell,
            )
        )
        try:
            async with asyncio.timeout(30):
                await done.wait()
        finally:
            download.cancel()
            await asyncio.gather(download, return_exceptions=True)
        assert any("again in 60 s" in line for line in desk.said)
        (batch,) = (line for line in desk.said if line.startswith("batch "))
        assert ", 0 failed" in batch


@pytest.mark.parametrize("answers", ["error", "empty", "nothing"])
async def test_farm_that_is_down_is_waited_for(tmp_path: Path, answers: str) -> None:
    """Whatever a broken farm answers, nothing is called empty; when it is back, all comes."""
    async with bar_desk(tmp_path, SATURDAY, timeout_s=0.5) as desk:
        await desk.load(AAPL)
        await desk.do("farm", farm="ushmds", state="broken", answers=answers)
        # It says at first that the farm is well, as a gateway does that does not know better yet.
        fetched, _ = await desk.pull((AAPL,), DAILY, START, END, tries=2)
        assert (AAPL in fetched.failed) == (answers != "empty")
        assert desk.states(AAPL, DAILY, *WEEK) == ["unknown"] * 5
        await desk.do("farm", farm="ushmds", state="ok")
        await desk.pull((AAPL,), DAILY, START, END)
        assert_whole(desk)


async def test_farm_that_comes_back_while_we_wait_spoils_nothing(tmp_path: Path) -> None:
    """The run goes on where it stood."""
    async with bar_desk(tmp_path, SATURDAY, timeout_s=0.5) as desk:
        await desk.load(AAPL)
        broken = {"farm": "ushmds", "state": "broken", "answers": "empty"}
        desk.on_connect.append(("farm", broken))
        desk.on_wait.append(("farm", {"farm": "ushmds", "state": "ok"}))
        fetched, _ = await desk.pull((AAPL,), DAILY, START, END)
        assert not fetched.failed
        assert desk.waited == [60.0]
        assert_whole(desk)


async def test_farm_that_falls_in_the_middle_leaves_unknown_and_no_empty(tmp_path: Path) -> None:
    """What was staged before it fell is right; the rest is unknown, and asked for again."""
    async with bar_desk(tmp_path, SATURDAY, timeout_s=0.5) as desk:
        await desk.load(AAPL, IBM)
        await desk.fetch((AAPL,), DAILY, START, END, batch="run")
        broken = {"farm": "ushmds", "state": "broken", "answers": "empty"}
        desk.on_connect.append(("farm", broken))
        fetched, _ = await desk.pull((AAPL, IBM), DAILY, START, END, batch="run", tries=1)
        assert list(fetched.failed) == [IBM]
        assert desk.states(IBM, DAILY, *WEEK) == ["unknown"] * 5
        assert_whole(desk)
        await desk.do("farm", farm="ushmds", state="ok")
        await desk.pull((AAPL, IBM), DAILY, START, END)
        assert_whole(desk, IBM)


@pytest.mark.parametrize("language", ["es", "de"])
async def test_no_data_in_another_language_is_never_emptiness(
    tmp_path: Path, language: str
) -> None:
    """Words that are not known are a failure: unknown today and on every other day."""
    async with bar_desk(tmp_path, SATURDAY) as desk:
        await desk.load(AAPL)
        await desk.do("language", language=language)
        start, end = date(1999, 3, 1), date(1999, 3, 6)
        for _ in range(3):
            fetched, _ = await desk.pull((AAPL,), DAILY, start, end)
            assert AAPL in fetched.failed
            assert desk.states(AAPL, DAILY, start) == ["unknown"]
            await desk.do("advance", seconds=DAY_S)
        now = datetime.fromisoformat(SATURDAY) + timedelta(days=3)
        (lasting,) = lasting_unknowns(desk.ledger, now=now)
        assert (lasting.start, lasting.end) == (start, end)
        assert lasting.since == datetime.fromisoformat(SATURDAY)
        assert lasting_unknowns(desk.ledger, now=now - timedelta(days=1)) == ()


async def test_half_a_message_and_silence_end_the_run_and_the_next_one_finishes(
    tmp_path: Path,
) -> None:
    """A dead connection is told from a slow answer: no halving, no wait for every other series."""
    async with bar_desk(tmp_path, SATURDAY, timeout_s=0.6) as desk:
        await desk.load(AAPL, IBM)
        await desk.fetch((AAPL,), MINUTES, START, date(2013, 2, 26))
        await desk.do("half_message", kinds=["bars"])
        with pytest.raises(GatewaySilent):
            await desk.fetch((AAPL, IBM), DAILY, START, END, batch="run", in_flight=1)
        assert desk.states(AAPL, DAILY, *WEEK) == ["unknown"] * 5
        fetched, _ = await desk.pull((AAPL, IBM), DAILY, START, END, batch="run")
        assert not fetched.failed
        assert_whole(desk)
        assert_whole(desk, IBM)


async def test_revised_bar_is_rewritten_by_the_next_pull(tmp_path: Path) -> None:
    """The last sessions are asked for again with every new one; a correction is told."""
    async with bar_desk(tmp_path, SATURDAY) as desk:
        await desk.pull((AAPL,), DAILY, START, END)
        await desk.do("revise", symbol="AAPL", session="2013-02-27", percent=1.0, volume=0.5)
        await desk.do("advance", seconds=4 * DAY_S)
        await desk.pull((AAPL,), DAILY, START, date(2013, 3, 6))
        after, before = desk.closes(AAPL, DAILY), file_closes(AAPL)
        assert after[WEEK[2]] == pytest.approx(before[WEEK[2]] * 1.01, abs=0.01)
        for day in (WEEK[1], WEEK[3], WEEK[4]):
            assert after[day] == pytest.approx(before[day])
        assert any("1 stored bars were revised" in line for line in desk.said)


async def test_daily_bar_is_taken_when_it_is_final_and_its_settlement_later(
    tmp_path: Path,
) -> None:
    """An hour after the close there is no daily bar; what settles later is seen next day."""
    async with bar_desk(tmp_path, "2013-03-04T17:00:00-05:00") as desk:
        await desk.pull((AAPL,), DAILY, START, date(2013, 3, 5))
        assert max(desk.closes(AAPL, DAILY)) == WEEK[-1]
        assert desk.states(AAPL, DAILY, date(2013, 3, 4)) == ["never asked"]
        await desk.do("advance", seconds=6 * 3600)
        await desk.pull((AAPL,), DAILY, START, date(2013, 3, 5))
        first = desk.closes(AAPL, DAILY)[date(2013, 3, 4)]
        await desk.do("settle", symbol="AAPL", session="2013-03-04", percent=-0.5)
        await desk.do("advance", seconds=DAY_S)
        await desk.pull((AAPL,), DAILY, START, date(2013, 3, 6))
        assert desk.closes(AAPL, DAILY)[date(2013, 3, 4)] == pytest.approx(first * 0.995, abs=0.01)


async def test_con_id_that_changes_continues_the_series(tmp_path: Path) -> None:
    """The series is the instrument's; each row says which contract it came from."""
    async with bar_desk(tmp_path, SATURDAY) as desk:
        await desk.pull((AAPL,), DAILY, START, END)
        await desk.do("relist", con_id=265598, new_con_id=999_000_001)
        await desk.do("advance", seconds=3 * DAY_S)
        fetched, _ = await desk.pull((AAPL,), DAILY, START, date(2013, 3, 5))
        assert AAPL in fetched.failed
        assert desk.states(AAPL, DAILY, date(2013, 3, 4)) == ["unknown"]
        await desk.load(AAPL)
        await desk.pull((AAPL,), DAILY, START, date(2013, 3, 5))
        table = desk.read(AAPL, DAILY)
        ids = dict(zip(table["session"].to_pylist(), table["con_id"].to_pylist(), strict=True))
        assert ids[date(2013, 3, 4)] == 999_000_001
        assert set(ids) == {*WEEK, date(2013, 3, 4)}


async def test_same_no_data_on_a_second_day_is_a_proof(tmp_path: Path) -> None:
    """Said once it is a word, said twice in a day still one; on another day it is empty."""
    async with bar_desk(tmp_path, SATURDAY) as desk:
        await desk.load(AAPL)
        text = "Historical Market Data Service error message:HMDS query returned no data: AAPL"
        for day, state in enumerate(["unknown", "unknown", "empty"]):
            if day == 2:
                await desk.do("advance", seconds=DAY_S)
            await desk.do(
                "next_request", request="ReqHistoricalData", code=162, message=text, count=3
            )
            await desk.pull((AAPL,), DAILY, START, END)
            await desk.do("calm_down")
            assert desk.states(AAPL, DAILY, *WEEK) == [state] * 5
        asked, _ = await desk.pull((AAPL,), DAILY, START, END)
        assert asked.requests == 0
        assert judge_bars(bars=desk.bars, ledger=desk.ledger, batch="none").findings == ()
