# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date

import pyarrow as pa

from ib_provider.domain.bar_table import STORED_BAR_SCHEMA, bar_table_problems
from tests.support.bar_tables import daily_bars

_BARS = daily_bars([date(2013, 1, 2), date(2013, 1, 3)])


def test_bar_table_problems_of_bars_are_none() -> None:
    """Bars as fetched and as stored are both bars."""
    assert bar_table_problems(_BARS) == ()
    assert bar_table_problems(STORED_BAR_SCHEMA.empty_table()) == ()


def test_bar_table_problems_name_each_column_once() -> None:
    """All faults of a table are told together."""
    table = _BARS.drop(["wap"]).append_column("open", _BARS["open"])
    table = table.set_column(1, "session", pa.array([None, date(2013, 1, 3)], pa.date32()))
    table = table.set_column(8 - 1, "bar_count", pa.array([1, 2], pa.int64()))
    assert bar_table_problems(table) == (
        "column session is missing in 1 row(s)",
        "column open is there 2 times, not once",
        "column wap is there 0 times, not once",
        "column bar_count is int64, not int32",
    )
