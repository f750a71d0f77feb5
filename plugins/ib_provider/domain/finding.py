# SPDX-License-Identifier: Apache-2.0
"""What validation found wrong with a series."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ib_provider.domain.bar import SeriesKey

__all__ = ["Finding", "Severity"]


class Severity(StrEnum):
    """What a finding means for the data: critical stops its publication."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One failed expectation over one series.

    Attributes:
        check: Name of the expectation, ``ohlc_consistent``.
        rows: The offending rows, readable, such as ``2013-02-01 high 10.0 < low 11.0``; may be cut.
        count: How many rows offend in all.
    """

    key: SeriesKey
    check: str
    severity: Severity
    count: int
    rows: tuple[str, ...]

    def __str__(self) -> str:
        shown = "; ".join(self.rows)
        more = f"; and {self.count - len(self.rows)} more" if self.count > len(self.rows) else ""
        return f"{self.severity} {self.check} {self.key}: {self.count} row(s): {shown}{more}"
