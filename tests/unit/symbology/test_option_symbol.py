# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.symbology.option_symbol import (
    OccSymbol,
    read_field_option,
    read_future_option,
    read_occ,
)

OCC_ROOTS = st.from_regex(r"[A-Z]{1,5}[0-9]?|[0-9][A-Z]{1,4}", fullmatch=True)


@given(
    root=OCC_ROOTS,
    day=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    right=st.sampled_from("CP"),
    thousandths=st.integers(1, 99_999_999),
)
def test_occ_symbol_is_read_padded_and_compact(
    root: str, day: date, right: str, thousandths: int
) -> None:
    """Both spellings lead to one symbol, a root that ends in a digit included."""
    symbol = OccSymbol(
        root=root, expiry=f"{day:%y%m%d}", right=right, strike=Decimal(thousandths) / 1000
    )
    assert read_occ(symbol.stored) == symbol
    assert read_occ(symbol.local) == symbol
    assert len(symbol.local) == 21


def test_occ_symbol_has_the_fields_of_the_clearing_house() -> None:
    """The example of OCC's own symbology paper: LAMR, 17 January 2015, call, 52.50."""
    found = read_occ("LAMR  150117C00052500")
    assert found == OccSymbol(root="LAMR", expiry="150117", right="C", strike=Decimal("52.5"))


@pytest.mark.parametrize(
    "text",
    ["AAPL270230C00400000", "AAPL271315C00400000", "AAPL27011C00400000", "AAPL270115X00400000", ""],
)
def test_occ_symbol_with_no_such_day_is_none(text: str) -> None:
    """Thirty days of February are a mistake, not an option."""
    assert read_occ(text) is None


@pytest.mark.parametrize(
    ("text", "stored", "local", "month"),
    [
        ("E4AN4 C5655", "E4AN24 C5655", "E4AN4 C5655", "202407"),
        ("EX2G3 P4080", "EX2G23 P4080", "EX2G3 P4080", "202302"),
        ("DXH3 P103.5", "DXH23 P103.5", "DXH3 P103.5", "202303"),
        ("ESZ27C5000", "ESZ27 C5000", "ESZ7 C5000", "202712"),
    ],
)
def test_option_on_a_future_is_read_in_every_spelling(
    text: str, stored: str, local: str, month: str
) -> None:
    """One or two digits of a year, with or without the space."""
    found = read_future_option(text, on=date(2024, 1, 2))
    assert found is not None
    assert (found.stored, found.local, found.contract_month) == (stored, local, month)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("C OESX 20260213 4775", "C OESX 20260213 4775"),
        ("P OEXP 20260212 6480 W", "P OEXP 20260212 6480 W"),
        ("C ODAX  DEC 26 24000", "C ODAX 202612 24000"),
        ("P OVS2 20260318 17.50 M", "P OVS2 20260318 17.5 M"),
    ],
)
def test_option_of_fields_keeps_each_of_them(text: str, stored: str) -> None:
    """The style letter tells a weekly from a monthly one of the same day."""
    found = read_field_option(text)
    assert found is not None
    assert found.stored == stored


@pytest.mark.parametrize("text", ["C OESX 20260230 4775", "X OESX 20260213 4775", "C OESX 4775"])
def test_option_of_wrong_fields_is_none(text: str) -> None:
    """A day that is none and a field too few are refused."""
    assert read_field_option(text) is None
