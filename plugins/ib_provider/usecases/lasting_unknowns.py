# SPDX-License-Identifier: Apache-2.0
"""What stays unknown: ranges that were asked for, day after day, and neither came nor are proved.

A range that is unknown for a day is asked for again by the next run. One that stays so needs a
person: a permission is missing, the gateway speaks another language, IB serves it no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from ib_provider.domain.bar import SeriesKey
from ib_provider.domain.coverage import CoverageState
from ib_provider.ledger.ledger import Ledger

__all__ = ["LastingUnknown", "lasting_unknowns"]

_DAYS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LastingUnknown:
    """A range of sessions, ``end`` exclusive, that has been unknown since an instant."""

    key: SeriesKey
    start: date
    end: date
    since: datetime

    def __str__(self) -> str:
        return f"{self.key}: {self.start} to {self.end} unknown since {self.since:%Y-%m-%d}"


def lasting_unknowns(
    ledger: Ledger, *, now: datetime, days: int = _DAYS
) -> tuple[LastingUnknown, ...]:
    """Return what was unknown so many days ago and is not known yet, by series and range."""
    until = now - timedelta(days=days)
    found: dict[tuple[str, date, date], LastingUnknown] = {}
    for span in ledger.spans():
        if span.state is not CoverageState.UNKNOWN or span.fetched_at > until:
            continue
        for start, end in ledger.missing(span.key, span.start, span.end):
            place = str(span.key), start, end
            before = found.get(place)
            since = min(span.fetched_at, before.since) if before else span.fetched_at
            found[place] = LastingUnknown(key=span.key, start=start, end=end, since=since)
    return tuple(found[place] for place in sorted(found))
