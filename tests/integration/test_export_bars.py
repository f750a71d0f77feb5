# SPDX-License-Identifier: Apache-2.0
"""Bars of the lake as a file for somebody else."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ib_provider.domain.bar import BarSize, BarSpec
from ib_provider.errors import ConfigError, StoreError
from ib_provider.store.bar_selection import BarSelection
from ib_provider.store.bar_store import BarStore
from ib_provider.store.catalog import rebuild_catalog
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.usecases.export_bars import Export, export_bars
from tests.support.bar_tables import FETCHED_AT, daily_bars, minute_bars, series_key
from tests.support.instrument_values import AAPL

WEEK = [date(2013, 2, 25) + timedelta(days=n) for n in range(5)]
MINUTES = BarSpec(size=BarSize.MIN_1)
#: How much a split between two pulls changed every price.
HALF = 0.5


@pytest.fixture
def market(tmp_path: Path) -> Path:
    """Return a tree with a week of days and minutes, and a split met on its Thursday."""
    root = tmp_path / "market"
    store = BarStore(root)
    InstrumentStore(root).upsert([AAPL])
    end = WEEK[-1] + timedelta(days=1)
    pulls = (
        (series_key(), daily_bars(WEEK[:3]), None),
        (series_key(), daily_bars(WEEK), HALF),
        (series_key(size=BarSize.MIN_1), minute_bars(WEEK, a_session=390), None),
    )
    for number, (key, table, ratio) in enumerate(pulls):
        staged = store.stage(
            str(number), key, 7, table, start=WEEK[0], end=end, fetched_at=FETCHED_AT, ratio=ratio
        )
        store.publish(staged)
    rebuild_catalog(root, ())
    return root


def export(
    market: Path, start: date | None, end: date | None, spec: BarSpec, *, view: str = "bars"
) -> Export:
    path = market.parent / "out" / "x.parquet"
    ids = [AAPL.instrument_id]
    wanted = BarSelection(view=view, ids=ids, spec=spec, start=start, end=end)
    return export_bars(market, wanted, path=path)


def test_instants_cut_exactly_and_the_end_is_exclusive(market: Path) -> None:
    """From 14:31 on, before 14:34, whatever zone an instant was said in."""
    start = datetime.fromisoformat("2013-02-26T09:31:00-05:00")
    done = export(market, start, datetime(2013, 2, 26, 14, 34, tzinfo=UTC), MINUTES)
    stamps = pq.read_table(done.path)["ts"].to_pylist()
    assert [f"{ts:%d %H:%M}" for ts in stamps] == ["26 14:31", "26 14:32", "26 14:33"]
    assert done.rows == 3


def test_dates_are_sessions_and_a_day_begins_at_its_own_midnight(market: Path) -> None:
    """Five o'clock UTC is midnight in New York."""
    assert export(market, WEEK[1], WEEK[3], BarSpec()).rows == 2
    midnight = datetime(2013, 2, 26, 5, tzinfo=UTC)
    assert export(market, midnight, WEEK[3], BarSpec()).rows == 2
    assert export(market, midnight + timedelta(seconds=1), WEEK[3], BarSpec()).rows == 1
    assert export(market, None, None, BarSpec()).rows == 5


def test_views_differ_by_their_adjustment(market: Path) -> None:
    """What was printed before the split is twice what is stored."""
    stored = pq.read_table(export(market, None, None, BarSpec()).path)
    raw = pq.read_table(export(market, None, None, BarSpec(), view="bars_raw").path)
    closes = stored["close"].to_pylist()
    assert raw["close"].to_pylist() == [close / HALF for close in closes[:3]] + closes[3:]
    assert raw.column_names == stored.column_names


def test_csv_has_the_same_rows(market: Path) -> None:
    """One line a bar, below the names."""
    path = market.parent / "x.csv"
    wanted = BarSelection(
        view="bars_split", ids=[AAPL.instrument_id], spec=BarSpec(), start=WEEK[0]
    )
    done = export_bars(market, wanted, path=path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == done.rows == 5
    assert [row["session"] for row in rows] == [day.isoformat() for day in WEEK]
    assert float(rows[0]["close"]) == 101.0


def test_export_of_nothing_leaves_what_was_there(market: Path) -> None:
    """Failure is not an empty file, nor the end of a good one."""
    done = export(market, None, None, BarSpec())
    before = done.path.read_bytes()
    with pytest.raises(StoreError, match="no 1 day TRADES rth bar of AAPL"):
        export(market, date(2011, 1, 1), date(2011, 2, 1), BarSpec())
    assert done.path.read_bytes() == before
    assert list(done.path.parent.iterdir()) == [done.path]


def test_problems_of_an_export_are_told_at_once(market: Path) -> None:
    """View, kind of file and zone."""
    wanted = BarSelection(
        view="ticks; drop",
        ids=["A"],
        spec=BarSpec(),
        start=datetime(2013, 1, 1),  # noqa: DTZ001 - that is the point
    )
    with pytest.raises(ConfigError) as caught:
        export_bars(market, wanted, path=market / "x.xls")
    assert len(caught.value.problems) == 3
