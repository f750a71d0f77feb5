# SPDX-License-Identifier: Apache-2.0
"""How single values are spelled in text."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.wire.text import kinds as k

UNSET = [
    "",
    "1.7976931348623157e+308",
    "1.7976931348623157E308",
    "2147483647",
    "9223372036854775807",
    "-9223372036854775808",
    "Infinity",
    "Infinite",
    "None",
    "170141183460469231731687303715884105727",
]


@pytest.mark.parametrize("text", UNSET)
def test_number_that_is_unset_is_none_in_every_spelling(text: str) -> None:
    """Each client family has its own."""
    assert k.DECIMAL.parse(text) is None
    assert k.OPTIONAL_INT.parse(text) is None
    assert k.INT.parse(text) == 0


@pytest.mark.parametrize(
    "text", ["nan", "NaN", "sNaN", "inf", "-Infinity", "1_000", "٣", "1,5", " 1", "0x10", "1e999"]
)
def test_number_that_is_none_is_malformed(text: str) -> None:
    """What Python would read and a gateway would not."""
    for kind in (k.DECIMAL, k.OPTIONAL_INT, k.ID):
        with pytest.raises(ValueError, match="not a"):
            kind.parse(text)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15))
def test_decimal_rendered_and_parsed_is_the_same_number(value: Decimal) -> None:
    """And never has an exponent on the way."""
    text = k.plain(value)
    assert "E" not in text
    if len(text) < 40:
        assert k.DECIMAL.parse(text) == value


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_text_rendered_is_ascii_and_reads_back(text: str) -> None:
    """Clients undo the escapes; a backslash survives where they do."""
    rendered = k.ESCAPED.render(text)
    assert rendered.isascii()
    assert rendered.encode().decode("unicode-escape") == text


def test_strike_of_zero_is_no_strike() -> None:
    """One client family writes 0.0 for a stock."""
    assert k.STRIKE.parse("0.0") is None
    assert k.STRIKE.parse("187.5") == Decimal("187.5")
    assert k.STRIKE.render(None) == "0"
