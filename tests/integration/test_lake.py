# SPDX-License-Identifier: Apache-2.0
"""Bars for whoever computes with them, as files of the store and as views. No gateway."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from ib_provider.domain.bar import BarSize, BarSpec
from ib_provider.domain.bar_table import BAR_SCHEMA
from ib_provider.errors import ConfigError, CorruptFile, NoSuchSeries, StoreError
from ib_provider.store import Lake
from ib_provider.store.bar_store import BarStore
from ib_provider.store.catalog import rebuild_catalog
from ib_provider.store.instrument_store import InstrumentStore
from tests.support.bar_tables import FETCHED_AT, daily_bars, minute_bars, series_key, weekdays
from tests.support.instrument_values import AAPL

DAYS = weekdays(date(2012, 12, 26), 8)
APPLE = AAPL.instrument_id


@pytest.fixture
def market(state: Path) -> Path:
    """Return the tree of IB_PROVIDER_HOME with days and minutes on both sides of a new year."""
    root = state / "market"
    InstrumentStore(root).upsert([AAPL])
    store = BarStore(root)
    for key, table in (
        (series_key(), daily_bars(DAYS)),
        (series_key("IBM.NYSE"), daily_bars(DAYS[2:])),
        (series_key(size=BarSize.MIN_1), minute_bars(DAYS)),
    ):
        end = DAYS[-1] + timedelta(days=1)
        staged = store.stage("b", key, 7, table, start=DAYS[0], end=end, fetched_at=FETCHED_AT)
        store.publish(staged)
    rebuild_catalog(root, ())
    return root


def test_range_of_sessions_excludes_its_end(market: Path) -> None:
    """As texts or as dates, over the turn of a year; the columns are those of bars."""
    bars = Lake().bars(APPLE, "1-MINUTE-LAST", "2012-12-31", "2013-01-02")
    assert bars.schema.equals(BAR_SCHEMA)
    assert set(bars["session"].to_pylist()) == {date(2012, 12, 31), date(2013, 1, 1)}
    assert bars.equals(Lake().bars(APPLE, "1-MINUTE-LAST", date(2012, 12, 31), date(2013, 1, 2)))
    assert Lake().bars(APPLE, "1-MINUTE-LAST").num_rows == 3 * len(DAYS)


def test_range_of_instants_cuts_within_a_session(market: Path) -> None:
    """In any zone, to the minute; a day begins at its own midnight."""
    start = datetime.fromisoformat("2012-12-31T09:31:00-05:00")
    bars = Lake(market).bars(APPLE, "1-MINUTE-LAST", start, "2013-01-01T14:31:00Z")
    assert [f"{ts:%d %H:%M}" for ts in bars["ts"].to_pylist()] == [
        "31 14:31",
        "31 14:32",
        "01 14:30",
    ]
    midnight = datetime(2012, 12, 31, 5, tzinfo=UTC)
    days = Lake(market).bars(APPLE, "1-DAY-LAST", midnight, "2013-01-02")
    assert days["session"].to_pylist() == [date(2012, 12, 31), date(2013, 1, 1)]


def test_range_without_bars_is_empty_and_a_series_without_bars_an_error(market: Path) -> None:
    """The one may be so; the other was never asked for."""
    lake = Lake(market)
    assert lake.bars(APPLE, "1-MINUTE-LAST", "2011-01-01", "2011-02-01").num_rows == 0
    with pytest.raises(NoSuchSeries, match=r"was never collected; there are AAPL\.NASDAQ 1 day"):
        lake.bars(APPLE, "1-HOUR-MID")
    with pytest.raises(NoSuchSeries, match="no other"):
        lake.bars("XYZ.NYSE", BarSpec())
    with pytest.raises(NoSuchSeries):
        lake.bars(APPLE, "1-MINUTE-LAST", rth=False)


def test_closes_of_several_instruments_stand_side_by_side(market: Path) -> None:
    """A row a session; what one of them lacks is NaN."""
    frame = Lake(market).frame([APPLE, "IBM.NYSE"], "1-DAY-LAST", DAYS[1], DAYS[4])
    wanted = pd.DataFrame(
        {APPLE: [102.0, 103.0, 104.0], "IBM.NYSE": [None, 101.0, 102.0]},
        index=pd.DatetimeIndex(DAYS[1:4], name="session"),
    )
    pd.testing.assert_frame_equal(
        frame, wanted, check_index_type=False, check_dtype=False, check_freq=False
    )
    minutes = Lake(market).frame([APPLE], "1-MINUTE-LAST", DAYS[0], DAYS[1], column="volume")
    assert str(minutes.index.dtype).endswith("UTC]")
    assert minutes[APPLE].tolist() == [10.0, 11.0, 12.0]


def test_what_means_nothing_is_refused(market: Path) -> None:
    """A view, an instant without a zone, a text that is no date, a kind of bar."""
    lake = Lake(market)
    with pytest.raises(ConfigError, match="ticks"):
        lake.bars(APPLE, "1-DAY-LAST", view="ticks")
    with pytest.raises(ConfigError, match="no time zone"):
        lake.bars(APPLE, "1-DAY-LAST", datetime(2013, 1, 1))  # noqa: DTZ001 - that is the point
    with pytest.raises(ConfigError, match=r"end: '1\.1\.2013'"):
        lake.bars(APPLE, "1-DAY-LAST", None, "1.1.2013")
    with pytest.raises(ConfigError, match="7-DAY"):
        lake.bars(APPLE, "7-DAY-LAST")
    with pytest.raises(StoreError, match="no_such"):
        lake.sql("SELECT no_such FROM bars")


def test_damaged_file_is_named_and_other_years_are_read(market: Path) -> None:
    """Only the files of the range are opened."""
    (path,) = market.glob("bars/bar=1_min/**/year=2012.parquet")
    path.write_bytes(path.read_bytes()[:-20])
    assert Lake(market).bars(APPLE, "1-MINUTE-LAST", "2013-01-01").num_rows
    with pytest.raises(CorruptFile, match=r"year=2012\.parquet"):
        Lake(market).bars(APPLE, "1-MINUTE-LAST")


def test_series_are_listed_by_instrument_and_kind(market: Path) -> None:
    """What there is to ask for."""
    assert [str(key) for key in Lake(market).series()] == [
        "AAPL.NASDAQ 1 day TRADES rth",
        "AAPL.NASDAQ 1 min TRADES rth",
        "IBM.NYSE 1 day TRADES rth",
    ]
