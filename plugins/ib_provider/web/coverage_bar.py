# SPDX-License-Identifier: Apache-2.0
"""Coverage as a small picture: one column a year, filled from below by what is known of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final

from ib_provider.usecases.desk_view import SeriesView, YearCoverage

__all__ = ["HEIGHT", "PITCH", "Column", "Part", "columns", "years_of"]

#: Units of the picture: its height, and the distance from one year to the next.
HEIGHT: Final = 20
PITCH: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A rectangle in a column: ``kind`` is data, empty or unknown; ``y`` counts from the top."""

    kind: str
    y: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One year: where it stands, what it says when pointed at, what it is filled with."""

    x: int
    text: str
    parts: tuple[Part, ...]


def years_of(series: Iterable[SeriesView]) -> range:
    """Return the years from the first that any series was asked for to the last."""
    years = [known.year for item in series for known in item.coverage]
    return range(min(years), max(years) + 1) if years else range(0)


def columns(coverage: Iterable[YearCoverage], years: range) -> tuple[Column, ...]:
    """Return one column for each of ``years``; one that was never asked for has no parts."""
    known = {item.year: item for item in coverage}
    return tuple(
        _column(index * PITCH, known.get(year, YearCoverage(year=year, data=0, empty=0, unknown=0)))
        for index, year in enumerate(years)
    )


def _column(x: int, known: YearCoverage) -> Column:
    total = _weekdays(known.year)
    counts = {"data": known.data, "empty": known.empty, "unknown": known.unknown}
    counts = {kind: count for kind, count in counts.items() if count}
    rest = total - sum(counts.values())
    said = [f"{count} {kind}" for kind, count in counts.items()]
    said += [f"{rest} not asked for"] if rest else []
    parts = []
    top = float(HEIGHT)
    for kind, count in counts.items():
        height = HEIGHT * count / total
        top -= height
        parts.append(Part(kind=kind, y=round(top, 2), height=round(height, 2)))
    return Column(x=x, text=f"{known.year}, weekdays: {', '.join(said)}", parts=tuple(parts))


@cache
def _weekdays(year: int) -> int:
    first = date(year, 1, 1)
    days = (date(year + 1, 1, 1) - first).days
    return sum((first + timedelta(days=day)).weekday() < 5 for day in range(days))
