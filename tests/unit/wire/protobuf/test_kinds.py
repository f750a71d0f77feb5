# SPDX-License-Identifier: Apache-2.0
"""How single values travel in protobuf."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest

from ib_provider.errors import LocalProtocolError
from ib_provider.wire.protobuf import kinds as k


def test_double_becomes_the_decimal_that_was_written() -> None:
    """0.1 is one tenth, not its nearest binary fraction."""
    assert k.DOUBLE.parse(0.1) == Decimal("0.1")
    assert k.DOUBLE.render(Decimal("0.1")) == 0.1


@pytest.mark.parametrize("value", [math.inf, -math.inf, 1.7976931348623157e308])
def test_double_that_is_unset_is_none(value: float) -> None:
    """Infinity is one of the spellings of "unset"."""
    assert k.DOUBLE.parse(value) is None


def test_double_that_is_no_number_is_malformed_in_both_directions() -> None:
    """A NaN is neither read nor written."""
    with pytest.raises(ValueError, match="not a number"):
        k.DOUBLE.parse(math.nan)
    for value in (Decimal("NaN"), Decimal("1e999")):
        with pytest.raises(LocalProtocolError):
            k.DOUBLE.render(value)


@pytest.mark.parametrize(("text", "number"), [("100", 100.0), ("0.1", 0.1), ("1000", 1000.0)])
def test_multiplier_is_text_here_and_a_double_there(text: str, number: float) -> None:
    """Only numeric multipliers can travel."""
    assert k.MULTIPLIER.render(text) == number
    assert k.MULTIPLIER.parse(number) == text
    assert k.MULTIPLIER.render("ten") is None
    assert k.MULTIPLIER.render("") is None
