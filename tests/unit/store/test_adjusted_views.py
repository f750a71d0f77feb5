# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey, WhatToShow
from ib_provider.store.bar_store import BarStore
from ib_provider.store.catalog import rebuild_catalog
from ib_provider.store.split_store import Split, SplitStore
from tests.support.bar_tables import FETCHED_AT, daily_bars, minute_bars, weekdays

_DAYS = weekdays(date(2013, 1, 7), 6)


def _key(what: WhatToShow, size: BarSize = BarSize.DAY_1) -> SeriesKey:
    return SeriesKey(instrument_id="AAPL.NASDAQ", spec=BarSpec(size=size, what=what))


def _publish(root: Path, key: SeriesKey, table: pa.Table) -> None:
    store = BarStore(root)
    end = _DAYS[-1] + timedelta(days=1)
    store.publish(
        store.stage("batch", key, 7, table, start=_DAYS[0], end=end, fetched_at=FETCHED_AT)
    )


def _rows(root: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(rebuild_catalog(root, ())), read_only=True) as connection:
        rows: list[tuple[Any, ...]] = connection.execute(query).fetchall()
    return rows


def test_raw_bars_undo_every_later_split(tmp_path: Path) -> None:
    """A bar before two splits is in the unit before both, the last bars are as IB sends them."""
    key = _key(WhatToShow.TRADES)
    _publish(tmp_path, key, daily_bars(_DAYS))
    for position, (session, ratio) in enumerate([(_DAYS[2], 0.5), (_DAYS[4], 0.25)]):
        split = Split(
            key=key,
            ex_session=session,
            ratio=ratio,
            fetched_at=FETCHED_AT + timedelta(days=position),
        )
        SplitStore(tmp_path).record([split])
    rows = _rows(
        tmp_path,
        "SELECT r.close / s.close, s.volume / r.volume FROM bars_raw r "
        "JOIN bars_split s USING (session) ORDER BY session",
    )
    assert rows == [pytest.approx((by, by)) for by in (8, 8, 4, 4, 1, 1)]


def test_total_bars_carry_the_dividend_factor_of_their_session(tmp_path: Path) -> None:
    """The factor of a day adjusts the minutes of that day; volume is as it was."""
    closes = daily_bars(_DAYS)["close"].to_pylist()
    adjusted = {"close": {row: closes[row] * 0.9 for row in (0, 1, 2)}}
    _publish(tmp_path, _key(WhatToShow.TRADES), daily_bars(_DAYS))
    _publish(tmp_path, _key(WhatToShow.ADJUSTED_LAST), daily_bars(_DAYS, replace=adjusted))
    _publish(tmp_path, _key(WhatToShow.TRADES, BarSize.MIN_1), minute_bars(_DAYS))
    rows = _rows(
        tmp_path,
        "SELECT t.session, avg(t.close / s.close), bool_and(t.volume = s.volume) "
        "FROM bars_total t JOIN bars_split s USING (session, ts, bar) "
        "WHERE bar = '1 min' GROUP BY 1 ORDER BY 1",
    )
    factors = [0.9, 0.9, 0.9, 1.0, 1.0, 1.0]
    assert [row[0] for row in rows] == _DAYS
    assert [row[1] for row in rows] == pytest.approx(factors)
    assert all(row[2] for row in rows)
    found = _rows(tmp_path, "SELECT factor FROM dividend_factors ORDER BY session")
    assert [row[0] for row in found] == pytest.approx(factors)


def test_total_bars_without_adjusted_prices_are_not_guessed(tmp_path: Path) -> None:
    """Where nobody collected ADJUSTED_LAST there is no total return."""
    _publish(tmp_path, _key(WhatToShow.TRADES), daily_bars(_DAYS))
    assert _rows(tmp_path, "SELECT count(*) FROM bars_total") == [(0,)]
    assert _rows(tmp_path, "SELECT count(*) FROM bars_raw") == [(6,)]


def test_views_of_an_empty_lake_are_there(tmp_path: Path) -> None:
    """A query written today works before the first bar came."""
    for view in ("bars_raw", "bars_split", "bars_total", "dividend_factors", "split_factors"):
        # a name of this test
        assert _rows(tmp_path, f"SELECT count(*) FROM {view}") == [(0,)]
