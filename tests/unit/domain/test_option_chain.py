# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.option_chain import DaysWindow, OptionWish
from ib_provider.errors import ConfigError

TODAY = date(2013, 3, 4)
STRIKES = [Decimal(text) for text in ("95", "97.5", "100", "102.5", "105")]


@pytest.mark.parametrize(
    ("low", "high", "days", "holds"),
    [
        (0, 0, 0, True),
        (0, 0, 1, False),
        (None, 0, -3, True),
        (1, None, 0, False),
        (None, None, 9999, True),
        (-5, -1, -5, True),
    ],
)
def test_days_window_zero_is_a_bound(
    low: int | None, high: int | None, days: int, *, holds: bool
) -> None:
    """None is no bound; zero is today, inclusive."""
    window = DaysWindow(min_days=low, max_days=high)
    assert window.holds(TODAY + timedelta(days=days), today=TODAY) is holds


def test_days_window_that_holds_nothing_is_refused() -> None:
    """A slip of the pen is no empty chain."""
    with pytest.raises(ConfigError, match="above max_days"):
        DaysWindow(min_days=5, max_days=4)


@pytest.mark.parametrize(
    ("wish", "kept"),
    [
        ({}, STRIKES),
        ({"min_strike": Decimal(100)}, STRIKES[2:]),
        ({"max_strike": Decimal(0)}, []),
        ({"around": 1}, [Decimal("97.5"), Decimal(100)]),
        ({"around": 9}, STRIKES),
        ({"min_moneyness": Decimal("0.99"), "max_moneyness": Decimal("1.03")}, STRIKES[2:4]),
        ({"max_moneyness": Decimal(0)}, []),
        ({"around": 1, "min_strike": Decimal(100)}, [Decimal(100)]),
    ],
)
def test_option_wish_takes_strikes(wish: dict[str, Any], kept: list[Decimal]) -> None:
    """Range, count and moneyness, alone and together; the money is at 100."""
    assert list(OptionWish(**wish).strikes(STRIKES, price=Decimal(100))) == kept


def test_option_wish_around_the_money_needs_a_price() -> None:
    """Without one it is an error, not every strike there is."""
    wish = OptionWish(around=2)
    assert wish.needs_price
    for price in (None, Decimal(0)):
        with pytest.raises(ValueError, match="price"):
            wish.strikes(STRIKES, price=price)
    assert not OptionWish(min_strike=Decimal(1)).needs_price


@given(
    st.lists(st.decimals(1, 500, places=1), max_size=30),
    st.decimals(1, 500, places=1),
    st.integers(1, 10),
)
def test_option_wish_around_takes_the_nearest_of_each_side(
    strikes: list[Decimal], price: Decimal, around: int
) -> None:
    """Never more than the count on a side, and none that is left out lies nearer."""
    kept = OptionWish(around=around).strikes(strikes, price=price)
    below = [strike for strike in kept if strike < price]
    above = [strike for strike in kept if strike >= price]
    assert len(below) <= around
    assert len(above) <= around
    out = set(strikes) - set(kept)
    assert all(strike < min(below) for strike in out if strike < price)
    assert all(strike > max(above) for strike in out if strike >= price)


@pytest.mark.parametrize(
    ("wish", "problem"),
    [
        ({"rights": frozenset()}, "rights"),
        ({"rights": frozenset("X")}, "rights"),
        ({"around": 0}, "around"),
        ({"min_strike": Decimal(2), "max_strike": Decimal(1)}, "strike: 2 is above 1"),
        ({"min_moneyness": Decimal("NaN")}, "moneyness"),
    ],
)
def test_option_wish_that_cannot_be_is_refused(wish: dict[str, Any], problem: str) -> None:
    """Before anything is asked of the gateway."""
    with pytest.raises(ConfigError, match=problem):
        OptionWish(**wish)
