# SPDX-License-Identifier: Apache-2.0
"""Bars between their two shapes: as a client returns them, and as the store keeps them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from ib_provider.domain.bar import SeriesKey
from ib_provider.domain.bar_table import BAR_SCHEMA, STORED_BAR_SCHEMA, bar_table_problems
from ib_provider.errors import SchemaMismatch
from ib_provider.store.merge import is_sorted

__all__ = ["between", "by_file", "fetched_bars", "only_file", "stored_bars"]

#: The one file of a series of days and longer.
_WHOLE: Final = "all.parquet"


def fetched_bars(key: SeriesKey, table: pa.Table) -> pa.Table:
    """Return a client's answer in exactly ``BAR_SCHEMA``; the rows and their order stay.

    Raises:
        SchemaMismatch: With every reason why the table is not one of bars of this size.
    """
    problems = list(bar_table_problems(table))
    if not problems:
        timed = table.num_rows - table["ts"].null_count
        if key.spec.size.is_intraday and timed < table.num_rows:
            problems.append(f"ts is missing in {table.num_rows - timed} intraday bar(s)")
        if not key.spec.size.is_intraday and timed:
            problems.append(f"ts is set in {timed} bar(s) of {key.spec.size.value}")
    if problems:
        raise SchemaMismatch(f"{key}: not a table of bars: {'; '.join(problems)}")
    return pa.Table.from_arrays(table.select(BAR_SCHEMA.names).columns, schema=BAR_SCHEMA)


def stored_bars(table: pa.Table, *, con_id: int, fetched_at: datetime) -> pa.Table:
    """Return bars in ``STORED_BAR_SCHEMA``: with their contract and when IB answered."""
    fetched_type = STORED_BAR_SCHEMA.field("fetched_at").type
    con_ids = pa.repeat(pa.scalar(con_id, pa.int64()), table.num_rows)
    times = pa.repeat(pa.scalar(fetched_at, fetched_type), table.num_rows)
    return pa.Table.from_arrays([con_ids, *table.columns, times], schema=STORED_BAR_SCHEMA)


def by_file(key: SeriesKey, table: pa.Table) -> dict[str, pa.Table]:
    """Return the rows for each file of a series: one a year of sessions if intraday, else one."""
    if not table.num_rows:
        return {}
    if not key.spec.size.is_intraday:
        return {_WHOLE: table}
    year = pc.year(table["session"])
    return {
        _of_year(value): table.filter(pc.equal(year, value))
        for value in sorted(year.unique().to_pylist())
    }


def _of_year(year: int) -> str:
    return f"year={year:04d}.parquet"


def only_file(key: SeriesKey, table: pa.Table) -> str | None:
    """Return the file that sorted, unique bars of one file belong to; None where they are not."""
    if not table.num_rows or not is_sorted(table):
        return None
    if not key.spec.size.is_intraday:
        return _WHOLE
    first, last = (table["session"][at].as_py().year for at in (0, table.num_rows - 1))
    return _of_year(first) if first == last else None


def between(table: pa.Table, start: date | None, end: date | None) -> pa.Table:
    """Return the rows from session ``start``, inclusive, to ``end``, exclusive; None is open."""
    if start is not None:
        table = table.filter(pc.greater_equal(table["session"], start))
    if end is not None:
        table = table.filter(pc.less(table["session"], end))
    return table
