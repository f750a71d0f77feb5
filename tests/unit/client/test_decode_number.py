# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from decimal import Decimal

import pytest

from ib_provider.client.decode_number import exact, int_or_zero, market_price, number, quantity


@pytest.mark.parametrize(
    "unset",
    [
        None,
        float("nan"),
        float("inf"),
        1.7976931348623157e308,
        Decimal(2**127 - 1),
        Decimal(2147483647),
        Decimal("-9223372036854775808"),
        Decimal("NaN"),
    ],
)
def test_number_ibs_not_set_is_none(unset: float | Decimal | None) -> None:
    """No sentinel leaves this module."""
    assert number(unset) is None


def test_number_a_price_is_what_was_written() -> None:
    """A double becomes the decimal it prints as, not its binary expansion."""
    assert number(430.47) == exact(430.47) == Decimal("430.47")


def test_number_minus_one_and_zero_are_numbers() -> None:
    """Only a tick's price spells "none" as -1."""
    assert (number(-1.0), number(0.0)) == (Decimal("-1.0"), Decimal("0.0"))


def test_market_price_minus_one_is_none() -> None:
    """A tick at -1 says that there is no such price now."""
    assert market_price(-1.0) is None
    assert market_price(-0.5) == Decimal("-0.5")


def test_quantity_not_set_is_an_error() -> None:
    """A quantity that must be there is never zero for want of a number."""
    with pytest.raises(ValueError, match="not set"):
        quantity(Decimal(2**127 - 1))


@pytest.mark.parametrize(("raw", "wanted"), [(2**31 - 1, 0), (2**63 - 1, 0), (None, 0), (7, 7)])
def test_int_or_zero_not_set_is_zero(raw: int | None, wanted: int) -> None:
    """An id that was not given is 0."""
    assert int_or_zero(raw) == wanted
