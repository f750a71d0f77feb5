# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.quality.price_shape import STALE_RUN, is_jump, is_spike, is_stale

WALK = 100 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.01, 250)))


def rows(mask: np.ndarray) -> list[int]:
    return list(map(int, np.flatnonzero(mask)))


@pytest.mark.parametrize("factor", [100.0, 10.0, 3.5, 1 / 3.5, 0.01])
@given(row=st.integers(1, 248))
def test_price_by_a_factor_off_and_back_is_a_spike(factor: float, row: int) -> None:
    """A misplaced decimal is found wherever it is, and nothing beside it."""
    closes = WALK.copy()
    closes[row] *= factor
    assert rows(is_spike(closes)) == [row]


def test_fall_that_stays_is_no_spike() -> None:
    """A market that loses nine tenths and stays there is terrible, not wrong."""
    closes = WALK.copy()
    closes[100:] /= 10
    assert rows(is_spike(closes)) == []
    assert rows(is_jump(closes)) == [100]


def test_two_falls_in_a_row_are_no_spike() -> None:
    """Both moves go the same way: nothing came back."""
    assert rows(is_spike(np.array([1000.0, 100.0, 10.0, 10.0]))) == []


def test_walk_has_neither_spike_nor_jump() -> None:
    """An ordinary year raises no finding."""
    assert rows(is_spike(WALK)) == rows(is_jump(WALK)) == []


def test_market_that_hardly_moves_has_no_jump_for_a_little_move() -> None:
    """A currency peg that moves by three per cent is news, not an error."""
    closes = np.full(100, 7.75)
    closes[50:] *= 1.03
    assert rows(is_jump(closes)) == []
    closes[50:] *= 1.1
    assert rows(is_jump(closes)) == [50]


def test_missing_and_impossible_prices_are_judged_elsewhere() -> None:
    """A NaN, a zero and a negative price have checks of their own."""
    closes = np.array([1.0, np.nan, 1.0, 0.0, 1.0, -5.0, 1.0])
    assert rows(is_spike(closes)) == []


def test_short_series_have_no_scale() -> None:
    """From a handful of bars nobody can tell what is far."""
    assert rows(is_jump(np.array([1.0, 1.0, 1.0, 5.0]))) == []
    assert rows(is_spike(np.array([1.0]))) == []
    assert rows(is_spike(np.array([]))) == []


@given(st.integers(1, 12))
def test_run_of_equal_bars_is_stale_from_the_fifth_on(length: int) -> None:
    """Four equal bars may happen, five with the same volume do not."""
    walk = np.column_stack([WALK[:20]] * 4 + [np.arange(20) + 1.0])
    walk[4 : 4 + length] = walk[4]
    expected = list(range(4, 4 + length)) if length >= STALE_RUN else []
    assert rows(is_stale(walk)) == expected


def test_equal_bars_without_volume_are_a_quiet_market() -> None:
    """IB repeats the last price where nothing trades."""
    quiet = np.array([[5.0, 5.0, 5.0, 5.0, 0.0]] * 10)
    assert rows(is_stale(quiet)) == []
