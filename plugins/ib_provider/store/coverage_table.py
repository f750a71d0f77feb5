# SPDX-License-Identifier: Apache-2.0
"""Spans of coverage as rows, for the catalog."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import pyarrow as pa

from ib_provider.domain.coverage import Span
from ib_provider.store.reference_store import series_columns

__all__ = ["COVERAGE_SCHEMA", "coverage_rows"]

#: ``end_session`` is exclusive. ``start`` and ``end`` are words of SQL, so they are no columns.
COVERAGE_SCHEMA: Final = pa.schema(
    [
        pa.field("instrument_id", pa.string(), nullable=False),
        pa.field("con_id", pa.int64(), nullable=False),
        pa.field("bar", pa.string(), nullable=False),
        pa.field("what", pa.string(), nullable=False),
        pa.field("rth", pa.bool_(), nullable=False),
        pa.field("start_session", pa.date32(), nullable=False),
        pa.field("end_session", pa.date32(), nullable=False),
        pa.field("state", pa.string(), nullable=False),
        pa.field("rows", pa.int64(), nullable=False),
        pa.field("fetched_at", pa.timestamp("us", tz="UTC"), nullable=False),
    ]
)


def coverage_rows(spans: Iterable[Span]) -> pa.Table:
    """Return the spans in ``COVERAGE_SCHEMA``, sorted by series and session."""
    rows = [
        {
            **series_columns(span.key),
            "con_id": span.con_id,
            "start_session": span.start,
            "end_session": span.end,
            "state": span.state.value,
            "rows": span.rows,
            "fetched_at": span.fetched_at,
        }
        for span in sorted(spans, key=lambda span: (str(span.key), span.start, span.end))
    ]
    return pa.Table.from_pylist(rows, schema=COVERAGE_SCHEMA)
