# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.client.decimal_columns import LONGEST, decimal_column, number_column

DIGITS = st.text("0123456789", min_size=1, max_size=LONGEST)


@st.composite
def decimals(draw: st.DrawFn) -> str:
    """Return digits with a point among them, in front, behind or nowhere."""
    digits = draw(st.text("0123456789", min_size=1, max_size=LONGEST - 1))
    at = draw(st.integers(0, len(digits)))
    return f"{digits[:at]}.{digits[at:]}"


def read(texts: list[str]) -> list[float] | None:
    """Return what the column of some texts holds, other characters standing between them."""
    cells = bytearray(b"9" * LONGEST)
    ends = []
    for text in texts:
        cells += b"8." + text.encode()
        ends.append(len(cells))

    def words(behind: int) -> npt.NDArray[np.uint64]:
        return np.array(
            [int.from_bytes(cells[end - behind : end - behind + 8], "little") for end in ends],
            np.uint64,
        )

    lengths = np.array([len(text) for text in texts], np.uint8)
    high = words(16) if lengths.max() > 8 else None
    found = decimal_column(words(8), high, lengths)
    return None if found is None else found.tolist()


@given(st.lists(DIGITS | decimals(), min_size=1, max_size=20))
def test_decimal_column_of_plain_decimals_is_what_float_reads(texts: list[str]) -> None:
    """The nearest double, to the last bit, whatever the lengths and wherever the points."""
    assert read(texts) == [float(text) for text in texts]


@pytest.mark.parametrize(
    "text",
    ["-1", "+1", "1e5", "nan", ".", "..", "1.2.3", "1.2345678901.2", "12345678.1.2", "1 2", " 1",
     "1/2", "1:2", "/0", "1_0", "1,5", "1.5-", "\xa01", "Infinity"],
)  # fmt: skip
@pytest.mark.parametrize("beside", [[], ["7"], ["1.5"], ["123456789.25"]])
def test_decimal_column_with_anything_else_is_none(text: str, beside: list[str]) -> None:
    """One number that is written otherwise leaves the column to another reader."""
    assert read([text, *beside]) is None


@given(st.lists(st.integers(0, 10**10 - 1), min_size=1, max_size=20))
def test_number_column_of_ten_digits_is_their_numbers(numbers: list[int]) -> None:
    """Leading zeros count as characters and not as values."""
    text = "".join(f"{number:010d}" for number in numbers)
    found = number_column(np.frombuffer(text.encode(), np.uint8))
    assert found is not None
    assert found.tolist() == numbers


@pytest.mark.parametrize("place", range(10))
@pytest.mark.parametrize("other", ["-", " ", "/", ":", "."])
def test_number_column_with_another_character_is_none(place: int, other: str) -> None:
    """A date that is no number is not taken for one."""
    wrong = "1362407400"[:place] + other + "1362407400"[place + 1 :]
    text = np.frombuffer(f"1362407340{wrong}".encode(), np.uint8)
    assert number_column(text) is None
