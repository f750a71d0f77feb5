# SPDX-License-Identifier: Apache-2.0
"""Splits and revisions between two pulls: the stored series never has a seam."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow.compute as pc
import pytest

from ib_provider.domain.bar import BarSize, BarSpec, WhatToShow
from ib_provider.store.catalog import open_catalog
from tests.support.bar_lake import Lake, lake_at
from tests.support.main_job import source_bars

AAPL = "AAPL.NASDAQ"
DAILY = BarSpec()
MINUTES = BarSpec(size=BarSize.MIN_30)
#: Apple's shares were split 2 for 1: Monday, 28 February 2005 was the first session at the new
#: price. Source: the company's press release of 11 February 2005.
BEFORE, AFTER = "2005-02-26T10:00:00-05:00", "2005-03-05T10:00:00-05:00"
FIRST, SPLIT, MIDDLE, END = (
    date(2005, 1, 3),
    date(2005, 2, 28),
    date(2005, 2, 26),
    date(2005, 3, 5),
)


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with lake_at(tmp_path) as lake:
        yield lake


def file_closes(first: date, end: date, *, later_ratio: int) -> list[float]:
    """Return the source file's closes as IB shows them once ``later_ratio`` has happened."""
    frame = source_bars()
    mine = frame[(frame["instrument_id"] == AAPL) & (frame["session"] >= first)]
    mine = mine[mine["session"] < end].sort_values("session")
    old = mine["session"] < SPLIT
    return list(mine["close"].where(~old, mine["close"] / later_ratio))


@pytest.mark.parametrize("spec", [DAILY, MINUTES], ids=str)
async def test_split_between_two_pulls_leaves_no_seam(lake: Lake, spec: BarSpec) -> None:
    """After a split every stored price is in the new unit, not only the new bars."""
    await lake.pull((AAPL,), spec, FIRST, MIDDLE, clock=BEFORE)
    before = lake.read(AAPL, spec)
    _, judged = await lake.pull((AAPL,), spec, MIDDLE, END, clock=AFTER)
    after = lake.read(AAPL, spec)
    old = after.slice(0, before.num_rows)
    assert old["session"] == before["session"]
    ratios = pc.divide(old["close"], before["close"]).to_pylist()
    assert ratios == pytest.approx([0.5] * before.num_rows, rel=1e-3)
    assert after.num_rows > before.num_rows
    assert judged.published[AAPL] == after.num_rows - before.num_rows
    assert any("a split: prices are 0.5" in line for line in lake.said)


async def test_daily_series_over_a_split_is_what_one_pull_would_have_brought(lake: Lake) -> None:
    """Two pulls with a split between them end in the same bars as one after it."""
    await lake.pull((AAPL,), DAILY, FIRST, MIDDLE, clock=BEFORE)
    assert lake.read(AAPL, DAILY)["close"].to_pylist() == pytest.approx(
        file_closes(FIRST, MIDDLE, later_ratio=1)
    )
    await lake.pull((AAPL,), DAILY, MIDDLE, END, clock=AFTER)
    assert lake.read(AAPL, DAILY)["close"].to_pylist() == pytest.approx(
        file_closes(FIRST, END, later_ratio=2)
    )


async def test_pull_without_a_split_overlaps_and_changes_nothing(lake: Lake) -> None:
    """The stored neighbours that are asked for again come back as they were."""
    await lake.pull((AAPL,), DAILY, FIRST, date(2005, 1, 29), clock=BEFORE)
    before = lake.read(AAPL, DAILY)
    fetched, judged = await lake.pull(
        (AAPL,), DAILY, date(2005, 1, 29), MIDDLE, clock="2005-02-26T11:00:00-05:00"
    )
    assert fetched.requests == 1
    assert judged.published[AAPL] == lake.read(AAPL, DAILY).num_rows - before.num_rows
    assert not any("split" in line or "revised" in line for line in lake.said)


async def test_earlier_range_after_a_split_is_in_the_unit_of_what_is_stored(lake: Lake) -> None:
    """A backfill to the left of stored bars meets them at its end, and they agree."""
    await lake.pull((AAPL,), DAILY, SPLIT, END, clock=AFTER)
    await lake.pull((AAPL,), DAILY, FIRST, SPLIT, clock="2005-03-05T11:00:00-05:00")
    assert lake.read(AAPL, DAILY)["close"].to_pylist() == pytest.approx(
        file_closes(FIRST, END, later_ratio=2)
    )


async def test_raw_bars_are_what_the_source_file_holds(lake: Lake) -> None:
    """The view undoes the split that was met: prices as they traded."""
    await lake.pull((AAPL,), DAILY, FIRST, MIDDLE, clock=BEFORE)
    await lake.pull((AAPL,), DAILY, MIDDLE, END, clock=AFTER)
    with open_catalog(lake.bars.root) as catalog:
        rows = catalog.execute("SELECT close FROM bars_raw ORDER BY session").fetchall()
        splits = catalog.execute("SELECT ex_session, round(ratio, 3) FROM splits").fetchall()
    assert [row[0] for row in rows] == pytest.approx(
        file_closes(FIRST, END, later_ratio=1), rel=1e-4
    )
    assert splits == [(SPLIT, 0.5)]


async def test_total_return_follows_the_dividends_of_adjusted_prices(lake: Lake) -> None:
    """ADJUSTED_LAST, which takes no end date, is collected beside TRADES; the view joins them."""
    name, start, end = "IBM.NYSE", date(2012, 1, 3), date(2013, 3, 2)
    clock = "2013-03-02T10:00:00-05:00"
    adjusted = BarSpec(what=WhatToShow.ADJUSTED_LAST)
    await lake.pull((name,), DAILY, start, end, clock=clock)
    await lake.pull((name,), adjusted, start, end, clock="2013-03-02T11:00:00-05:00")
    assert lake.read(name, adjusted)["session"] == lake.read(name, DAILY)["session"]
    with open_catalog(lake.bars.root) as catalog:
        rows = catalog.execute("SELECT close FROM bars_total ORDER BY session").fetchall()
        factors = catalog.execute(
            "SELECT round(factor, 4) f FROM dividend_factors GROUP BY 1 ORDER BY 1"
        ).fetchall()
    assert [row[0] for row in rows] == pytest.approx(lake.read(name, adjusted)["close"].to_pylist())
    assert factors[-1] == (1.0,)
    assert 4 <= len(factors) <= 60


async def test_rerun_asks_for_what_is_missing_and_no_more(lake: Lake) -> None:
    """A covered year between two missing ones is left alone, a covered range costs nothing."""
    clock = iter(f"2013-03-02T1{hour}:00:00-05:00" for hour in range(10))
    years = [date(year, 1, 1) for year in range(2008, 2012)]
    await lake.pull((AAPL,), DAILY, years[1], years[2], clock=next(clock))
    covered = lake.read(AAPL, DAILY)["fetched_at"].unique().to_pylist()
    fetched, _ = await lake.pull((AAPL,), DAILY, years[0], years[3], clock=next(clock))
    assert fetched.requests == 2
    assert covered[0] in lake.read(AAPL, DAILY)["fetched_at"].unique().to_pylist()
    again, judged = await lake.pull((AAPL,), DAILY, years[0], years[3], clock=next(clock))
    assert (again.requests, again.covered, judged.published) == (0, (AAPL,), {})
