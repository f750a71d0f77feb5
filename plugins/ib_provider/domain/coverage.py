# SPDX-License-Identifier: Apache-2.0
"""What is known of a range of sessions: data, proved empty, or unknown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ib_provider.domain.bar import SeriesKey

__all__ = ["CoverageState", "Span"]


class CoverageState(StrEnum):
    """How much is known of a span."""

    DATA = "data"
    EMPTY = "empty"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A range of sessions of one series, ``start`` inclusive, ``end`` exclusive."""

    key: SeriesKey
    con_id: int
    start: date
    end: date
    state: CoverageState
    rows: int
    fetched_at: datetime
