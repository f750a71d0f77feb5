# SPDX-License-Identifier: Apache-2.0
"""Which of two currencies a pair is quoted in: facts as a table.

The market quotes a pair one way round only: euros in dollars, dollars in yen. The currency that
stands first in the table is the pair's base, and its quantity is in that currency.

Source: the market's convention, as IDEALPRO lists its pairs (from memory).
"""

from __future__ import annotations

from typing import Final

__all__ = ["conventional_pair", "pair_id"]

#: From the currency that is always a base to the one that never is. Others stand before the yen.
_BASES_FIRST: Final = ("EUR", "GBP", "AUD", "NZD", "USD", "CAD", "CHF")
_LAST: Final = "JPY"


def conventional_pair(one: str, other: str) -> tuple[str, str]:
    """Return two currencies as (base, quoted in), whichever way round they came.

    Raises:
        ValueError: They are the same currency.
    """
    if one == other:
        raise ValueError(f"{one} makes no pair with itself")
    base, quoted = sorted((one, other), key=lambda currency: (_rank(currency), currency))
    return base, quoted


def pair_id(one: str, other: str) -> str:
    """Return the instrument id of the pair of two currencies, such as ``EUR/USD.IDEALPRO``.

    Raises:
        ValueError: They are the same currency.
    """
    base, quoted = conventional_pair(one, other)
    return f"{base}/{quoted}.IDEALPRO"


def _rank(currency: str) -> int:
    if currency in _BASES_FIRST:
        return _BASES_FIRST.index(currency)
    return len(_BASES_FIRST) + (currency == _LAST)
