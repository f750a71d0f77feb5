# SPDX-License-Identifier: Apache-2.0
"""Splits that were met while collecting, one row a split and series.

A series tells a split by itself: all its stored prices changed by one ratio. Splits before a
series was first collected are not here; IB had adjusted for them already.
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

__all__ = ["Split", "SplitStore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One split as one series met it.

    Attributes:
        ex_session: The first session that was collected in the new unit: exact where every session
            is collected on its day, else the first after the gap.
        ratio: New price over old, 0.5 for two shares in place of one.
        fetched_at: When IB first answered in the new unit.
    """

    key: SeriesKey
    ex_session: date
    ratio: float
    fetched_at: datetime


class SplitStore(ReferenceStore[Split]):
    """Splits; of one series and answer the first word.

    A swap that is finished after a kill no longer sees where the new bars began.
    """

    __slots__ = ()
    name = "splits"
    schema = pa.schema(
        [
            *SERIES_FIELDS,
            pa.field("ex_session", pa.date32(), nullable=False),
            pa.field("ratio", pa.float64(), nullable=False),
            pa.field("fetched_at", pa.timestamp("us", tz="UTC"), nullable=False),
        ]
    )

    def _place(self, fact: Split) -> tuple[str, datetime]:
        return str(fact.key), fact.fetched_at

    def _row(self, fact: Split) -> dict[str, Any]:
        return series_columns(fact.key) | {
            "ex_session": fact.ex_session,
            "ratio": fact.ratio,
            "fetched_at": fact.fetched_at,
        }

    def _fact(self, row: dict[str, Any]) -> Split:
        return Split(
            key=series_of(row),
            ex_session=row["ex_session"],
            ratio=row["ratio"],
            fetched_at=row["fetched_at"],
        )
