# SPDX-License-Identifier: Apache-2.0
"""One calendar for every judgement: what IB said of sessions holds wherever gaps are looked for."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey
from ib_provider.domain.bar_table import BAR_SCHEMA
from ib_provider.domain.contract import Instrument
from ib_provider.domain.tick_kind import TickKind
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.store.quarantine import Quarantine
from ib_provider.store.session_store import NamedSession, SessionStore
from ib_provider.store.tick_store import TickKey, TickStore
from ib_provider.usecases.accept_bars import accept_bars
from ib_provider.usecases.count_bars import count_bars, find_gaps
from ib_provider.usecases.fetch_ticks import fetch_ticks
from ib_provider.usecases.judge_bars import judge_bars
from ib_provider.usecases.sweep_bars import sweep_bars
from tests.support.bar_desk import DAY_S, BarDesk, bar_desk
from tests.support.bar_tables import FETCHED_AT, daily_bars
from tests.support.instrument_values import AAPL as APPLE

AAPL, NOWHERE = "AAPL.NASDAQ", "AAPL.NOWHERE"
DAILY, MINUTES = BarSpec(), BarSpec(size=BarSize.MIN_1)
#: Monday whole, Tuesday closed, Wednesday until one. The library has five whole days.
MONDAY, TUESDAY, WEDNESDAY = (date(2013, 3, day) for day in (4, 5, 6))
START, END = MONDAY, date(2013, 3, 7)
NOW = datetime(2013, 3, 10, 14, tzinfo=UTC)
CHRISTMAS = date(2012, 12, 25)


async def close_early(desk: BarDesk, *names: str) -> dict[str, Instrument]:
    """Close the venue on Tuesday, and early on Wednesday; then let the week pass."""
    known = await desk.load(*names)
    await desk.do("close_venue", venue="NASDAQ", session=TUESDAY.isoformat())
    await desk.do("close_early", venue="NASDAQ", session=WEDNESDAY.isoformat(), close="13:00")
    await desk.do("advance", seconds=6 * DAY_S)
    return known


def spoil(desk: BarDesk, name: str, spec: BarSpec, row: int) -> None:
    """Publish one bar whose high is below its low, so that a sweep looks closely."""
    key = SeriesKey(instrument_id=name, spec=spec)
    table = desk.bars.read(key).select(BAR_SCHEMA.names)
    high = [1.0 if at == row else value for at, value in enumerate(table["high"].to_pylist())]
    index = table.schema.get_field_index("high")
    broken = table.set_column(index, table.schema.field(index), pa.array(high, pa.float64()))
    staged = desk.bars.stage("spoilt", key, 1, broken, start=START, end=END, fetched_at=NOW)
    desk.bars.publish(staged)


def counted(desk: BarDesk, item: Instrument, spec: BarSpec) -> tuple[int, int]:
    """Return how many bars there should be, and are."""
    (count,) = count_bars(
        bars=desk.bars,
        ledger=desk.ledger,
        instruments=[item],
        spec=spec,
        start=START,
        end=END,
        now=NOW,
    )
    return count.expected, count.have


def gaps(desk: BarDesk, item: Instrument, spec: BarSpec) -> list[date]:
    """Return where bars are missing."""
    found = find_gaps(
        bars=desk.bars,
        ledger=desk.ledger,
        instruments=[item],
        spec=spec,
        start=START,
        end=END,
        now=NOW,
    )
    return [gap.start for gap in found]


async def test_closure_and_half_day_are_judged_alike_everywhere(tmp_path: Path) -> None:
    """Count, gaps and sweep expect two sessions of 390 and 210 minutes; the sweep names one bar."""
    async with bar_desk(tmp_path, "2013-03-04T09:00:00-05:00") as desk:
        known = await close_early(desk, AAPL)
        await desk.pull((AAPL,), MINUTES, START, END)
        assert counted(desk, known[AAPL], MINUTES) == (600, 600)
        assert gaps(desk, known[AAPL], MINUTES) == []
        spoil(desk, AAPL, MINUTES, 7)
        (found,) = sweep_bars(bars=desk.bars, ledger=desk.ledger, batch="sweep")
        assert (found.check, found.count) == ("ohlc_consistent", 1)


async def test_ticks_are_asked_for_in_the_sessions_that_the_broker_names(tmp_path: Path) -> None:
    """Nothing is asked of the closed day, and of the short one only its hours."""
    async with bar_desk(tmp_path, "2013-03-04T09:00:00-05:00") as desk:
        known = await close_early(desk, AAPL)
        store = TickStore(desk.root / "market")
        for missing in (True, False):
            report = await fetch_ticks(
                desk.connect,
                store=store,
                instruments=[known[AAPL]],
                kind=TickKind.MIDPOINT,
                start=TUESDAY,
                end=END,
                rth=True,
            )
            assert report.failed == {}
            assert bool(report.requests) is missing
            assert report.covered == ([] if missing else [AAPL])
        key = TickKey(instrument_id=AAPL, kind=TickKind.MIDPOINT, rth=True)
        assert store.sessions(key) == {WEDNESDAY}
        last = max(store.read(key, WEDNESDAY)["ts"].to_pylist())
        assert last < datetime(2013, 3, 6, 18, tzinfo=UTC)


@pytest.mark.parametrize("schedule", [True, False])
async def test_instrument_without_a_library_calendar_is_collected(
    tmp_path: Path, schedule: bool
) -> None:
    """With IB's sessions it is judged by them; without, no session is called missing."""
    async with bar_desk(tmp_path, "2013-03-04T09:00:00-05:00") as desk:
        known = (await close_early(desk, AAPL))[AAPL]
        contract = replace(known.contract, primary_exchange="NOWHERE")
        item = replace(known, instrument_id=NOWHERE, contract=contract)
        shutil.rmtree(desk.root / "market")  # one contract has one id
        InstrumentStore(desk.root / "market").upsert([item])
        if not schedule:
            text = "Historical Market Data Service error message:No schedule"
            await desk.do(
                "next_request", request="ReqHistoricalData", code=162, message=text, count=1
            )
        fetched, judged = await desk.pull((NOWHERE,), DAILY, START, END)
        assert (fetched.failed, judged.findings) == ({}, ())
        assert sorted(desk.closes(NOWHERE, DAILY)) == [MONDAY, WEDNESDAY]
        assert desk.states(NOWHERE, DAILY, MONDAY, WEDNESDAY) == ["data", "data"]
        assert counted(desk, item, DAILY) == ((2, 2) if schedule else (0, 0))
        # Nobody knows that Tuesday is no session: it stays unknown and is asked for again.
        assert gaps(desk, item, DAILY) == ([] if schedule else [TUESDAY])


def christmas_desk(root: Path) -> None:
    """Keep IB's word that it traded on Christmas day, and the instrument it is about."""
    opens = datetime(2012, 12, 25, 14, 30, tzinfo=UTC)
    said = NamedSession(
        market="NASDAQ STK",
        rth=True,
        session=CHRISTMAS,
        opens_at=opens,
        closes_at=opens + timedelta(hours=3.5),
        seen_at=FETCHED_AT,
    )
    SessionStore(root).record([said])
    InstrumentStore(root).upsert([APPLE])


async def test_session_that_only_the_broker_knows_is_no_error_in_a_sweep(tmp_path: Path) -> None:
    """A bar of a day that the library has closed is sound where IB named the session."""
    async with bar_desk(tmp_path, "2013-03-04T09:00:00-05:00") as desk:
        key = SeriesKey(instrument_id=AAPL, spec=DAILY)
        days = [date(2012, 12, 24), CHRISTMAS, date(2012, 12, 26)]
        table = daily_bars(days, replace={"high": {0: 1.0}})
        for batch, checks in (
            ("library", {"ohlc_consistent", "not_a_session"}),
            ("broker", {"ohlc_consistent"}),
        ):
            if batch == "broker":
                christmas_desk(desk.root / "market")
            staged = desk.bars.stage(
                batch, key, 1, table, start=days[0], end=END, fetched_at=FETCHED_AT
            )
            desk.bars.publish(staged)
            found = sweep_bars(bars=desk.bars, ledger=desk.ledger, batch=batch)
            assert {item.check for item in found} == checks


async def test_accepted_bars_cover_the_sessions_that_the_broker_named(tmp_path: Path) -> None:
    """A closed Tuesday between the accepted bars is covered with Monday, not left unknown."""
    async with bar_desk(tmp_path, "2013-03-04T09:00:00-05:00") as desk:
        await close_early(desk, AAPL)
        await desk.fetch((AAPL,), MINUTES, START, END)  # names the sessions
        key = SeriesKey(instrument_id=AAPL, spec=DAILY)
        table = daily_bars([MONDAY, WEDNESDAY], replace={"high": {0: 1.0}})
        desk.bars.stage("refused", key, 1, table, start=START, end=END, fetched_at=FETCHED_AT)
        judge_bars(bars=desk.bars, ledger=desk.ledger, batch="refused")
        (item,) = Quarantine(desk.bars).all()
        accept_bars(
            bars=desk.bars, ledger=desk.ledger, item=item, by="ana", why="seen on the tape", at=NOW
        )
        assert desk.states(AAPL, DAILY, MONDAY, TUESDAY, WEDNESDAY) == ["data"] * 3
