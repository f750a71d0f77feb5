# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.symbology.security_number import is_cusip, is_isin

ISINS = ("US0378331005", "GB00B16GWD56", "DE0007164600", "JP3633400001", "US912828UN88")
CUSIPS = ("037833100", "912828UN8", "459200HM6", "17275R102", "38259P508")


@pytest.mark.parametrize("isin", ISINS)
def test_isin_of_a_real_security_is_one(isin: str) -> None:
    """Numbers that issuers publish pass."""
    assert is_isin(isin)


@pytest.mark.parametrize("cusip", CUSIPS)
def test_cusip_of_a_real_security_is_one(cusip: str) -> None:
    """Numbers that issuers publish pass."""
    assert is_cusip(cusip)


@given(st.sampled_from(ISINS + CUSIPS), st.integers(1, 9))
def test_number_with_another_check_digit_is_none(number: str, more: int) -> None:
    """One wrong digit is what the check digit is for."""
    wrong = number[:-1] + str((int(number[-1]) + more) % 10)
    assert not is_isin(wrong)
    assert not is_cusip(wrong)


@pytest.mark.parametrize("text", ["", "AAPL", "us0378331005", "US037833100", "03783310", "ESZ27"])
def test_other_text_is_no_number(text: str) -> None:
    """Length and alphabet decide before the digit does."""
    assert not is_isin(text)
    assert not is_cusip(text)
