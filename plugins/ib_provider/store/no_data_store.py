# SPDX-License-Identifier: Apache-2.0
"""The ranges of which IB said in so many words that it has no data, and on which days it did.

One such answer proves nothing: a farm may have been away without a word. The same answer on
another day does, so the first ones are kept until then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from ib_provider.domain.bar import SeriesKey
from ib_provider.store.reference_store import (
    SERIES_FIELDS,
    ReferenceStore,
    series_columns,
    series_of,
)

__all__ = ["NoData", "NoDataStore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoData:
    """IB's word that it has no bars of a series from ``start`` to ``end``, exclusive."""

    key: SeriesKey
    start: date
    end: date
    said_at: datetime


class NoDataStore(ReferenceStore[NoData]):
    """Such words; of one range the first time it was said."""

    __slots__ = ()
    name = "no_data"
    schema = pa.schema(
        [
            *SERIES_FIELDS,
            pa.field("start_session", pa.date32(), nullable=False),
            pa.field("end_session", pa.date32(), nullable=False),
            pa.field("said_at", pa.timestamp("us", tz="UTC"), nullable=False),
        ]
    )

    def _place(self, fact: NoData) -> tuple[str, date, date]:
        return str(fact.key), fact.start, fact.end

    def _row(self, fact: NoData) -> dict[str, Any]:
        return series_columns(fact.key) | {
            "start_session": fact.start,
            "end_session": fact.end,
            "said_at": fact.said_at,
        }

    def _fact(self, row: dict[str, Any]) -> NoData:
        return NoData(
            key=series_of(row),
            start=row["start_session"],
            end=row["end_session"],
            said_at=row["said_at"],
        )
