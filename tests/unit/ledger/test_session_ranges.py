# SPDX-License-Identifier: Apache-2.0
"""Date ranges: what is known and what is missing are a partition of what was asked."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ib_provider.ledger.session_ranges import DateRange, merge_ranges, subtract_ranges

FIRST = date(2013, 1, 1)
DAYS = st.integers(0, 60).map(lambda number: FIRST + timedelta(days=number))
RANGES = st.lists(st.tuples(DAYS, DAYS), max_size=12)


def days(*ranges: DateRange) -> set[date]:
    """Return the days of ranges."""
    return {
        start + timedelta(days=n)
        for start, end in ranges
        for n in range(max((end - start).days, 0))
    }


def apart(ranges: tuple[DateRange, ...]) -> bool:
    """Return whether ranges are ascending, not empty, and do not touch."""
    return all(start < end for start, end in ranges) and all(
        left[1] < right[0] for left, right in pairwise(ranges)
    )


@given(wanted=st.tuples(DAYS, DAYS), known=RANGES)
def test_known_and_missing_partition_what_is_wanted(
    wanted: DateRange, known: list[DateRange]
) -> None:
    """Every wanted day is either known or missing, never both, and no other day is missing."""
    missing = subtract_ranges(wanted, known)
    assert days(*missing) == days(wanted) - days(*known)
    assert apart(missing)


@given(ranges=RANGES)
def test_merged_ranges_are_the_same_days_in_the_fewest_ranges(ranges: list[DateRange]) -> None:
    """Merging loses and adds no day, and leaves nothing that touches."""
    merged = merge_ranges(ranges)
    assert days(*merged) == days(*ranges)
    assert apart(merged)


@given(wanted=st.tuples(DAYS, DAYS), known=RANGES)
def test_asking_for_what_is_missing_leaves_nothing_missing(
    wanted: DateRange, known: list[DateRange]
) -> None:
    """Once the missing has come, all is known."""
    assert subtract_ranges(wanted, [*known, *subtract_ranges(wanted, known)]) == ()
