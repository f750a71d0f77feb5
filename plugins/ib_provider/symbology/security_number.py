# SPDX-License-Identifier: Apache-2.0
"""ISIN and CUSIP numbers, told from other text by their check digit."""

from __future__ import annotations

import re
from itertools import chain
from typing import Final

__all__ = ["is_cusip", "is_isin"]

_ISIN: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")
_CUSIP: Final = re.compile(r"[0-9A-Z]{8}[0-9]")


def is_isin(text: str) -> bool:
    """Return whether a text is an ISIN (ISO 6166): twelve characters, the last one right."""
    if not _ISIN.fullmatch(text):
        return False
    digits = [int(digit) for digit in "".join(str(int(char, 36)) for char in text)]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return sum(chain(digits[::-2], doubled)) % 10 == 0


def is_cusip(text: str) -> bool:
    """Return whether a text is a CUSIP: nine characters, the last one right."""
    if not _CUSIP.fullmatch(text):
        return False
    values = (int(char, 36) * (1 + place % 2) for place, char in enumerate(text[:8]))
    return (10 - sum(sum(divmod(value, 10)) for value in values) % 10) % 10 == int(text[8])
