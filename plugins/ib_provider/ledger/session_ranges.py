# SPDX-License-Identifier: Apache-2.0
"""Arithmetic of date ranges, start inclusive and end exclusive."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TypeAlias

__all__ = ["DateRange", "merge_ranges", "subtract_ranges"]

DateRange: TypeAlias = tuple[date, date]


def merge_ranges(ranges: Iterable[DateRange]) -> tuple[DateRange, ...]:
    """Return the same days as the fewest ranges, ascending, neither empty nor touching."""
    merged: list[DateRange] = []
    for start, end in sorted(r for r in ranges if r[0] < r[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def subtract_ranges(wanted: DateRange, known: Iterable[DateRange]) -> tuple[DateRange, ...]:
    """Return the days of ``wanted`` that no range of ``known`` holds, as the fewest ranges."""
    start, end = wanted
    left: list[DateRange] = []
    for known_start, known_end in merge_ranges(known):
        if start < min(known_start, end):
            left.append((start, min(known_start, end)))
        start = max(start, known_end)
    if start < end:
        left.append((start, end))
    return tuple(left)
