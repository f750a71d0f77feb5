# SPDX-License-Identifier: Apache-2.0
"""Tables of bars and their keys, for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from math import isnan
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey
from ib_provider.domain.bar_table import BAR_SCHEMA

FETCHED_AT = datetime(2013, 3, 4, 15, 0, tzinfo=UTC)


def series_key(instrument_id: str = "AAPL.NASDAQ", size: BarSize = BarSize.DAY_1) -> SeriesKey:
    return SeriesKey(instrument_id=instrument_id, spec=BarSpec(size=size))


def weekdays(start: date, count: int) -> list[date]:
    """Return the first ``count`` days from ``start`` that are Monday to Friday."""
    days = (start + timedelta(days=offset) for offset in range(count * 2 + 4))
    return [day for day in days if day.weekday() < 5][:count]


def daily_bars(
    sessions: Sequence[date], *, replace: Mapping[str, Mapping[int, Any]] | None = None
) -> pa.Table:
    """Return sound daily bars, with single values replaced: column → row → value."""
    count = len(sessions)
    columns: dict[str, list[Any]] = {
        "ts": [None] * count,
        "session": list(sessions),
        "open": [100.0 + i for i in range(count)],
        "high": [102.0 + i for i in range(count)],
        "low": [99.0 + i for i in range(count)],
        "close": [101.0 + i for i in range(count)],
        "volume": [1000.0 + i for i in range(count)],
        "wap": [100.5 + i for i in range(count)],
        "bar_count": [10 + i for i in range(count)],
    }
    for name, values in (replace or {}).items():
        for row, value in values.items():
            columns[name][row] = value
    return pa.table(columns, schema=BAR_SCHEMA)


def minute_bars(sessions: Sequence[date], *, a_session: int = 3, close: float = 101.0) -> pa.Table:
    """Return sound one-minute bars from 14:30 UTC of each session."""
    rows = [
        {
            "ts": datetime(day.year, day.month, day.day, 14, 30, tzinfo=UTC)
            + timedelta(minutes=minute),
            "session": day,
            "open": 100.0,
            "high": 102.0,
            "low": 99.0,
            "close": close,
            "volume": 10.0 + minute,
            "wap": 100.5,
            "bar_count": 3,
        }
        for day in sessions
        for minute in range(a_session)
    ]
    return pa.Table.from_pylist(rows, schema=BAR_SCHEMA)


_NUMBERS = st.one_of(st.none(), st.floats(width=64))


def any_bars(size: BarSize, *, max_rows: int = 12) -> st.SearchStrategy[pa.Table]:
    """Return tables of any bars: in any order, with duplicates, nulls, NaNs and infinities."""
    session = st.dates(date(2011, 12, 28), date(2013, 1, 4))
    minute = st.integers(0, 3).map(lambda m: datetime(2012, 1, 3, 14, 30 + m, tzinfo=UTC))
    row = st.fixed_dictionaries(
        {
            "ts": minute if size.is_intraday else st.none(),
            "session": session,
            **dict.fromkeys(("open", "high", "low", "close", "volume", "wap"), _NUMBERS),
            "bar_count": st.one_of(st.none(), st.integers(-1, 2**31 - 1)),
        }
    )
    return st.lists(row, max_size=max_rows).map(
        lambda rows: pa.Table.from_pylist(rows, schema=BAR_SCHEMA)
    )


def rows_of(table: pa.Table) -> list[tuple[Any, ...]]:
    """Return rows that compare: NaN is written out, since it equals nothing."""
    return [
        tuple(
            "NaN" if isinstance(value, float) and isnan(value) else value for value in row.values()
        )
        for row in table.to_pylist()
    ]
