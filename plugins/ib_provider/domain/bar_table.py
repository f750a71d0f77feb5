# SPDX-License-Identifier: Apache-2.0
"""The columns of a table of bars. Apart from ``bar.py`` because pyarrow is heavy to import.

A table of bars is sorted by (``session``, ``ts``), unique, and holds one series.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

__all__ = ["BAR_SCHEMA", "STORED_BAR_SCHEMA", "bar_table_problems"]

#: What a client returns for one series: prices in the contract's currency, ``volume`` in units of
#: the contract, ``ts`` the bar's start (NULL for a day and longer), ``session`` the trade date.
BAR_SCHEMA: Final = pa.schema(
    [
        pa.field("ts", pa.timestamp("us", tz="UTC")),
        pa.field("session", pa.date32(), nullable=False),
        pa.field("open", pa.float64()),
        pa.field("high", pa.float64()),
        pa.field("low", pa.float64()),
        pa.field("close", pa.float64()),
        pa.field("volume", pa.float64()),
        pa.field("wap", pa.float64()),
        pa.field("bar_count", pa.int32()),
    ]
)

#: What a file of the store holds: the same, with the contract that IB answered for and when.
STORED_BAR_SCHEMA: Final = pa.schema(
    [
        pa.field("con_id", pa.int64(), nullable=False),
        *BAR_SCHEMA,
        pa.field("fetched_at", pa.timestamp("us", tz="UTC"), nullable=False),
    ]
)


def bar_table_problems(table: pa.Table) -> tuple[str, ...]:
    """Return why a table is not one of bars, one line a column; nothing when it is.

    Columns beyond those of ``BAR_SCHEMA`` are no problem. Of the values only ``session`` is looked
    at: a bar without one belongs nowhere.
    """
    problems = []
    for field in BAR_SCHEMA:
        count = table.schema.names.count(field.name)
        if count != 1:
            problems.append(f"column {field.name} is there {count} times, not once")
            continue
        column = table[field.name]
        if column.type != field.type:
            problems.append(f"column {field.name} is {column.type}, not {field.type}")
        elif not field.nullable and column.null_count:
            problems.append(f"column {field.name} is missing in {column.null_count} row(s)")
    return tuple(problems)
