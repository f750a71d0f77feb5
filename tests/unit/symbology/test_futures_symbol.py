# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.symbology.futures_symbol import (
    MONTH_CODES,
    FutureSymbol,
    read_future_symbol,
    read_local_future,
)

ROOTS = st.sampled_from(("ES", "M6E", "6E", "VX10", "2YY", "M2K", "FGBL", "Z", "EX2", "AP"))
NOVEMBER = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "on", "month"),
    [
        ("ESZ27", None, (2027, 12)),
        ("YMH24", None, (2024, 3)),
        ("CLF69", None, (2069, 1)),
        ("CLF70", None, (1970, 1)),
        ("ESZ7", NOVEMBER, (2027, 12)),
        ("ESZ6", NOVEMBER, (2026, 12)),
        ("ESX4", NOVEMBER, (2024, 11)),
        ("ESV4", NOVEMBER, (2034, 10)),
        ("ESH5", NOVEMBER, (2025, 3)),
        ("M6EH3", date(2013, 3, 4), (2013, 3)),
        ("ESF0", date(2009, 12, 31), (2010, 1)),
    ],
)
def test_future_symbol_is_read_in_both_year_forms(
    text: str, on: date | None, month: tuple[int, int]
) -> None:
    """Two digits say it all; one is of the ten years that begin two before the date."""
    found = read_future_symbol(text, on=on)
    assert found is not None
    assert (found.year, found.month) == month


def test_one_digit_and_no_date_is_no_year() -> None:
    """A decade is never guessed."""
    assert read_future_symbol("ESZ7", on=None) is None


@given(
    root=ROOTS,
    year=st.integers(1970, 2069),
    month=st.integers(1, 12),
)
def test_stored_symbol_survives_the_way_there_and_back(root: str, year: int, month: int) -> None:
    """Two digits name one month of a hundred years."""
    symbol = FutureSymbol(root=root, year=year, month=month)
    assert read_future_symbol(symbol.stored, on=None) == symbol


@given(
    root=ROOTS,
    month=st.integers(1, 12),
    year=st.integers(1990, 2060),
    early=st.integers(0, 2),
)
def test_local_symbol_takes_its_decade_from_the_last_day(
    root: str, month: int, year: int, early: int
) -> None:
    """IB's one digit is the year next to the last day, which may lie in the year before."""
    symbol = FutureSymbol(root=root, year=year, month=month)
    last = year * 12 + month - 1 - early
    day = f"{last // 12}{last % 12 + 1:02}15"
    assert read_local_future(symbol.local, day) == symbol


@given(root=ROOTS, month=st.integers(1, 12), on=st.dates(date(2000, 1, 1), date(2050, 1, 1)))
def test_one_digit_beside_a_date_lies_in_its_ten_years(root: str, month: int, on: date) -> None:
    """Every digit has exactly one year in the window."""
    found = {
        digit: read_future_symbol(f"{root}{MONTH_CODES[month - 1]}{digit}", on=on)
        for digit in range(10)
    }
    first = (on.year - 2, on.month)
    for digit, symbol in found.items():
        assert symbol is not None
        assert symbol.year % 10 == digit
        assert first <= (symbol.year, symbol.month) < (on.year + 8, on.month)


@pytest.mark.parametrize(
    ("local", "day", "stored"),
    [
        ("YM   MAR 24", "20240315", "YMH24"),
        ("FDAX MAR 13", "20130315", "FDAXH13"),
        ("FESX 20240315 M", "20240315", "FESXH24"),
        ("CLF8", "20271220", "CLF28"),
        ("ESZ9", "20191220", "ESZ19"),
        ("HSIG24", "20240228", "HSIG24"),
    ],
)
def test_local_symbol_of_each_spelling_is_read(local: str, day: str, stored: str) -> None:
    """Month letters, month names and whole dates lead to one form."""
    found = read_local_future(local, day)
    assert found is not None
    assert found.stored == stored


@pytest.mark.parametrize("local", ["AH_20240221", "1690200A1", "DVM3  JN24", "FESX 20240315 W"])
def test_local_symbol_of_no_known_spelling_is_none(local: str) -> None:
    """What the table does not hold is left to the raw form."""
    assert read_local_future(local, "20240315") is None
