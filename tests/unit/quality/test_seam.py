# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.quality.seam import SeamKind, judge_seam
from tests.support.bar_tables import daily_bars, minute_bars, weekdays

DAYS = weekdays(date(2013, 1, 7), 5)
PRICES = ("open", "high", "low", "close")


def scaled(table: pa.Table, ratio: float, *, digits: int = 2) -> pa.Table:
    """Return a table as IB would send it after a split: prices times, volume over the ratio."""
    for name in PRICES:
        column = pc.round(pc.multiply(table[name], ratio), ndigits=digits)
        table = table.set_column(table.schema.get_field_index(name), name, column)
    volume = pc.round(pc.divide(table["volume"], ratio))
    return table.set_column(table.schema.get_field_index("volume"), "volume", volume)


def test_equal_tail_is_the_same_market() -> None:
    """An overlap that came back as it was stored is appended to."""
    seam = judge_seam(daily_bars(DAYS), daily_bars(DAYS).slice(2))
    assert (seam.kind, seam.shared, seam.differing, seam.ratio) == (SeamKind.SAME, 3, 0, 1.0)


def test_bars_without_a_time_meet_by_their_session() -> None:
    """A daily bar has no ``ts``, and no null equals another in a join."""
    assert judge_seam(daily_bars(DAYS), daily_bars(DAYS)).shared == len(DAYS)


def test_bars_with_a_time_meet_by_it() -> None:
    """Three minutes of two sessions are six bars."""
    bars = minute_bars(DAYS[:2], a_session=3)
    assert judge_seam(bars, bars).shared == 6


def test_no_shared_bar_proves_nothing() -> None:
    """Neither sameness nor a split is concluded from bars that do not meet."""
    assert judge_seam(daily_bars(DAYS[:2]), daily_bars(DAYS[2:])).kind is SeamKind.UNPROVEN


@given(st.sampled_from([1 / 2, 2 / 3, 1 / 7, 1 / 20, 10.0, 4.0, 20 / 21, 100 / 101]))
def test_one_ratio_in_every_bar_is_a_split(ratio: float) -> None:
    """Splits, reverse splits and stock dividends are told, rounded prices and all."""
    stored = daily_bars(DAYS)
    seam = judge_seam(stored, scaled(stored, ratio))
    assert seam.kind is SeamKind.SPLIT
    assert seam.ratio == pytest.approx(ratio, rel=1e-3)


def test_one_revised_bar_is_a_revision() -> None:
    """A corrected close rewrites its bar, not the series."""
    seam = judge_seam(daily_bars(DAYS), daily_bars(DAYS, replace={"close": {1: 101.5}}))
    assert (seam.kind, seam.differing) == (SeamKind.REVISED, 1)


def test_revised_volume_is_a_revision() -> None:
    """Late prints change the volume alone."""
    seam = judge_seam(daily_bars(DAYS), daily_bars(DAYS, replace={"volume": {4: 9e6}}))
    assert (seam.kind, seam.differing) == (SeamKind.REVISED, 1)


def test_single_shared_bar_with_a_ratio_is_no_split() -> None:
    """One bar at half the price may be a bad print; a whole series is not replaced for it."""
    stored = daily_bars(DAYS[:1])
    assert judge_seam(stored, scaled(stored, 0.5)).kind is SeamKind.REVISED


def test_dividend_sized_difference_in_rounding_is_no_split() -> None:
    """Half a cent on a share of a dollar is rounding, though it is half a per cent."""
    replace = {name: dict.fromkeys(range(5), 1.0) for name in PRICES}
    stored = daily_bars(DAYS, replace=replace)
    answer = daily_bars(DAYS, replace={**replace, "close": dict.fromkeys(range(5), 1.005)})
    assert judge_seam(stored, answer).kind is SeamKind.REVISED


@given(st.integers(0, 4), st.sampled_from([0.5, 2.0]))
def test_ratio_that_a_bar_does_not_share_is_a_revision(row: int, ratio: float) -> None:
    """Four bars halved and one not is no corporate action."""
    stored = daily_bars(DAYS)
    mixed = scaled(stored, ratio).to_pylist()
    mixed[row] = stored.to_pylist()[row]
    seam = judge_seam(stored, pa.Table.from_pylist(mixed, schema=stored.schema))
    assert seam.kind is SeamKind.REVISED
    assert seam.differing == len(DAYS) - 1
