# SPDX-License-Identifier: Apache-2.0
"""Sessions as IB has them: changes of clocks, short days, closures, evenings, first and last."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow.compute as pc
import pytest

from ib_provider.domain.bar import BarSize, BarSpec, WhatToShow
from ib_provider.domain.finding import Severity
from ib_provider.usecases.audit_bars import audit_bars
from ib_provider.usecases.count_bars import count_bars
from ib_provider.usecases.fetch_series import fetch_series
from ib_provider.usecases.plan_bars import plan_bars
from ib_provider.usecases.session_calendar import SessionCalendar
from tests.support.bar_desk import DAY_S, BarDesk, bar_desk

AAPL, FB = "AAPL.NASDAQ", "FB.NASDAQ"
DAILY = BarSpec()
MINUTES, HALF_HOURS = BarSpec(size=BarSize.MIN_1), BarSpec(size=BarSize.MIN_30)
SATURDAY = "2013-03-02T10:00:00-05:00"
_DAY = timedelta(days=1)


def bars_a_session(desk: BarDesk, name: str, spec: BarSpec) -> dict[date, int]:
    return Counter(desk.read(name, spec)["session"].to_pylist())


def first_bars(desk: BarDesk, name: str, spec: BarSpec) -> dict[date, datetime]:
    """Return when the first bar of each session begins."""
    table = desk.read(name, spec).group_by("session").aggregate([("ts", "min")])
    return dict(zip(table["session"].to_pylist(), table["ts_min"].to_pylist(), strict=True))


@pytest.mark.parametrize(
    ("name", "zone", "change", "opens"),
    [
        # Sources: the zones' rules; the exchanges' hours. Each change is on a Sunday.
        (AAPL, "America/New_York", date(2012, 3, 11), time(9, 30)),
        (AAPL, "America/New_York", date(2012, 11, 4), time(9, 30)),
        ("VOD.LSE", "Europe/London", date(2012, 3, 25), time(8, 0)),
        ("SAP.IBIS", "Europe/Berlin", date(2012, 10, 28), time(9, 0)),
        ("BHP.ASX", "Australia/Sydney", date(2012, 4, 1), time(10, 0)),
        ("BHP.ASX", "Australia/Sydney", date(2012, 10, 7), time(10, 0)),
    ],
)
async def test_sessions_around_a_change_of_clocks_are_whole(
    tmp_path: Path, name: str, zone: str, change: date, opens: time
) -> None:
    """The bell rings at the same local time, an hour apart in UTC, and no bar is lost or twice."""
    start, end = change - 6 * _DAY, change + 6 * _DAY
    async with bar_desk(tmp_path, SATURDAY) as desk:
        await desk.pull((name,), HALF_HOURS, start, end)
        found = first_bars(desk, name, HALF_HOURS)
        for session, first in found.items():
            expected = datetime.combine(session, opens, ZoneInfo(zone))
            assert first == expected.astimezone(UTC)
        before, after = found[change - 2 * _DAY].timetz(), max(found.items())[1].timetz()
        assert abs(before.hour * 60 - after.hour * 60) in (60, 23 * 60)
        assert len(set(bars_a_session(desk, name, HALF_HOURS).values())) == 1
        assert desk.states(name, HALF_HOURS, *found) == ["data"] * len(found)


async def test_half_day_is_whole_with_half_its_minutes(tmp_path: Path) -> None:
    """The day after Thanksgiving closes at 13:00: 210 minutes, and nothing is missing."""
    async with bar_desk(tmp_path, SATURDAY) as desk:
        _, judged = await desk.pull((AAPL,), MINUTES, date(2012, 11, 21), date(2012, 11, 27))
        counts = bars_a_session(desk, AAPL, MINUTES)
        assert counts == {
            date(2012, 11, 21): 390,
            date(2012, 11, 23): 210,
            date(2012, 11, 26): 390,
        }
        assert judged.findings == ()


async def test_closure_that_no_calendar_knows_is_no_gap(tmp_path: Path) -> None:
    """IB's schedule leaves the day out: it is not asked for, and that the calendar errs is told."""
    closed, start, end = date(2013, 3, 5), date(2013, 3, 4), date(2013, 3, 9)
    async with bar_desk(tmp_path, "2013-03-04T09:00:00-05:00") as desk:
        await desk.load(AAPL)
        await desk.do("close_venue", venue="NASDAQ", session="2013-03-05")
        await desk.do("close_early", venue="NASDAQ", session="2013-03-06", close="13:00")
        await desk.do("advance", seconds=6 * DAY_S)
        _, judged = await desk.pull((AAPL,), MINUTES, start, end)
        counts = bars_a_session(desk, AAPL, MINUTES)
        assert closed not in counts
        assert (counts[start], counts[date(2013, 3, 6)]) == (390, 210)
        (found,) = (item for item in judged.findings if item.check == "calendar_agrees")
        assert (found.check, found.severity, found.count) == (
            "calendar_agrees",
            Severity.WARNING,
            1,
        )
        assert "2013-03-05 is closed at IB" in found.rows[0]
        again, _ = await desk.pull((AAPL,), MINUTES, start, end)
        assert again.requests == 0
        known = SessionCalendar.stored(desk.bars.root)
        instrument = (await desk.load(AAPL))[AAPL]
        plan = plan_bars(
            ledger=desk.ledger,
            instruments=[instrument],
            spec=DAILY,
            start=start,
            end=end,
            calendar=known,
        )
        assert plan.series[0].sessions == 4


@pytest.mark.parametrize("spec", [DAILY, HALF_HOURS], ids=str)
async def test_what_lies_before_the_head_is_proved_empty(tmp_path: Path, spec: BarSpec) -> None:
    """Facebook was first traded on 18 May 2012; years before it cost a few requests, no more."""
    listed, end = date(2012, 5, 18), date(2012, 6, 2)
    async with bar_desk(tmp_path, SATURDAY) as desk:
        fetched, _ = await desk.pull((FB,), spec, date(2009, 1, 5), end)
        table = desk.read(FB, spec)
        assert pc.min(table["session"]).as_py() == listed
        assert desk.states(FB, spec, date(2009, 1, 5), date(2012, 5, 17)) == ["empty"] * 2
        assert desk.states(FB, spec, listed, date(2012, 6, 1)) == ["data"] * 2
        # A request four weeks, it would be 44; each calendar year is a file and searched by itself.
        assert fetched.requests <= 16
        again, _ = await desk.pull((FB,), spec, date(2009, 1, 5), end)
        assert again.requests == 0


async def test_range_before_anything_was_listed_is_empty(tmp_path: Path) -> None:
    """IB says that it has nothing, and since when it would."""
    async with bar_desk(tmp_path, SATURDAY) as desk:
        await desk.pull((FB,), DAILY, date(2011, 1, 3), date(2011, 2, 1))
        assert desk.states(FB, DAILY, date(2011, 1, 3), date(2011, 1, 31)) == ["empty"] * 2
        assert desk.read(FB, DAILY).num_rows == 0


async def test_future_is_asked_for_until_its_last_day(tmp_path: Path) -> None:
    """The contract of December 2012 ended on the 21st; weeks after that are never asked for."""
    name, last = "ESZ12.CME", date(2012, 12, 21)
    async with bar_desk(tmp_path, "2012-12-10T10:00:00-06:00") as desk:
        await desk.load(name)
        await desk.do("advance", seconds=60 * DAY_S)
        fetched, _ = await desk.pull((name,), DAILY, date(2012, 12, 3), date(2013, 2, 1))
        assert not fetched.failed
        assert pc.max(desk.read(name, DAILY)["session"]).as_py() == last
        assert desk.states(name, DAILY, last, date(2013, 1, 7)) == ["data", "never asked"]
        again, _ = await desk.pull((name,), DAILY, date(2012, 12, 3), date(2013, 2, 1))
        assert again.requests == 0


async def test_daily_run_takes_the_settlement_of_a_future_a_day_later(tmp_path: Path) -> None:
    """On Monday's evening Monday is not final and not missed; Tuesday's run takes it."""
    name, monday = "ESM13.CME", date(2013, 3, 4)
    async with bar_desk(tmp_path, "2013-03-04T22:30:00-05:00") as desk:
        item = (await desk.load(name))[name]
        for days, have in ((0, []), (1, [monday])):
            session, now = monday + days * _DAY, datetime(2013, 3, 5 + days, 3, 30, tzinfo=UTC)
            await desk.pull((name,), DAILY, session, session + _DAY, with_late=True)
            assert [day for day in desk.closes(name, DAILY) if day >= monday] == have
            (count,) = count_bars(
                bars=desk.bars,
                ledger=desk.ledger,
                instruments=[item],
                spec=DAILY,
                start=session,
                end=session + _DAY,
                now=now,
                with_late=True,
            )
            assert (count.expected, count.have) == (1, 1)
            await desk.do("advance", seconds=DAY_S)


async def test_option_is_kept_when_it_expires(tmp_path: Path) -> None:
    """What was taken before stays; its last day is lost, and what is after it is not asked for."""
    name, expiry = "AAPL130316C00450000.SMART", date(2013, 3, 15)
    start, end = date(2013, 3, 11), date(2013, 4, 1)
    async with bar_desk(tmp_path, "2013-03-14T23:00:00-04:00") as desk:
        fetched, _ = await desk.pull((name,), DAILY, start, end)
        assert not fetched.failed
        before = desk.closes(name, DAILY)
        assert sorted(before) == [start + index * _DAY for index in range(4)]
        await desk.do("advance", seconds=DAY_S)
        fetched, _ = await desk.pull((name,), DAILY, start, end)
        assert "error 200" in fetched.failed[name]
        assert desk.closes(name, DAILY) == before
        known = desk.states(name, DAILY, start, expiry, date(2013, 3, 18))
        assert known == ["data", "unknown", "never asked"]


async def test_option_is_taken_whole_on_the_evening_of_its_last_session(tmp_path: Path) -> None:
    """Twenty minutes after the close: tomorrow it is gone, so its last bar is not waited for."""
    name, start, after = "AAPL130316C00450000.SMART", date(2013, 3, 11), date(2013, 3, 16)
    async with bar_desk(tmp_path, "2013-03-15T16:20:00-04:00") as desk:
        fetched, _ = await desk.pull((name, AAPL), DAILY, start, after)
        assert not fetched.failed
        assert max(desk.closes(name, DAILY)) == date(2013, 3, 15)
        # A share's bar of the day is not final yet.
        assert max(desk.closes(AAPL, DAILY)) == date(2013, 3, 14)
        await desk.do("advance", seconds=DAY_S)
        fetched, _ = await desk.pull((name,), DAILY, start, date(2013, 4, 1))
        assert (fetched.requests, fetched.failed) == (0, {})


async def test_audit_leaves_alone_what_is_served_no_more(tmp_path: Path) -> None:
    """An expired option is the only copy there is: asking again would fail week after week."""
    name, start, after = "AAPL130316C00450000.SMART", date(2013, 3, 11), date(2013, 3, 16)
    async with bar_desk(tmp_path, "2013-03-15T16:20:00-04:00") as desk:
        await desk.pull((name, AAPL), DAILY, start, after)
        await desk.do("advance", seconds=7 * DAY_S)
        said: list[str] = []
        report = await audit_bars(
            desk.connect,
            bars=desk.bars,
            ledger=desk.ledger,
            pieces=20,
            batch="audit",
            progress=said.append,
        )
        assert (report.failed, report.revised) == ({}, {})
        assert report.same > 0
        assert not any(name in line for line in said)


async def test_what_is_gone_soonest_is_asked_for_first(tmp_path: Path) -> None:
    """An option in every kind of bar, then a future, then a share, however they were given."""
    option, future = "AAPL130316C00450000.SMART", "ESH13.CME"
    async with bar_desk(tmp_path, "2013-03-14T10:00:00-04:00") as desk:
        known = await desk.load(AAPL, future, option)
        await fetch_series(
            desk.connect,
            bars=desk.bars,
            ledger=desk.ledger,
            instruments=[known[name] for name in (AAPL, future, option)],
            specs=[DAILY, HALF_HOURS],
            start=date(2013, 3, 11),
            end=date(2013, 3, 13),
            batch="order",
            batch_size=1,
            progress=desk.said.append,
        )
    said = [line.split()[1].rstrip(":") for line in desk.said if line.startswith("1/1 ")]
    assert said == [option, option, future, AAPL, future, AAPL]


async def test_evening_of_a_future_belongs_to_the_next_session(tmp_path: Path) -> None:
    """Sunday evening is Monday's: no bar has a Sunday, and Monday begins the evening before."""
    name, spec = "ESH13.CME", BarSpec(size=BarSize.HOUR_1, rth=False)
    start, end = date(2013, 2, 4), date(2013, 2, 9)
    async with bar_desk(tmp_path, "2013-02-16T10:00:00-06:00") as desk:
        _, judged = await desk.pull((name,), spec, start, end)
        found = first_bars(desk, name, spec)
        assert sorted(found) == [start + index * _DAY for index in range(5)]
        chicago = found[start].astimezone(ZoneInfo("America/Chicago"))
        assert chicago.date() == start - _DAY
        assert chicago.hour == 17
        assert judged.findings == ()
        assert desk.states(name, spec, *found) == ["data"] * 5


async def test_week_of_a_currency_has_five_sessions(tmp_path: Path) -> None:
    """A pair trades from Sunday's evening to Friday's; sessions are IB's, each with its bars."""
    name = "EUR/USD.IDEALPRO"
    spec = BarSpec(size=BarSize.HOUR_1, what=WhatToShow.MIDPOINT, rth=False)
    start, end = date(2013, 2, 4), date(2013, 2, 9)
    async with bar_desk(tmp_path, "2013-02-16T10:00:00-05:00") as desk:
        _, judged = await desk.pull((name,), spec, start, end)
        found = first_bars(desk, name, spec)
        assert sorted(found) == [start + index * _DAY for index in range(5)]
        assert judged.findings == ()
