# SPDX-License-Identifier: Apache-2.0
"""IB's numbers without IB's spellings of "not set".

Sources: ``ibapi/const.py``; frames of real gateways (server version 200).
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Final

__all__ = ["exact", "int_or_zero", "market_price", "number", "quantity"]

#: Above this a double stands for "not set": 1.7976931348623157e308, and infinity.
_UNSET_ABOVE: Final = 1e300
_UNSET_DECIMALS: Final = frozenset(
    {Decimal(2**127 - 1), Decimal(2**31 - 1), Decimal(2**63 - 1), Decimal(-(2**63))}
)
_UNSET_INTEGERS: Final = frozenset({2**31 - 1, 2**63 - 1, -(2**63)})


def exact(value: float) -> Decimal:
    """Return the decimal that a double prints as: 0.1 is 0.1."""
    return Decimal(repr(float(value)))


def number(value: float | Decimal | None) -> Decimal | None:
    """Return a number of IB's, or None where it says "not set" or NaN."""
    if value is None:
        return None
    if isinstance(value, Decimal):
        return None if not value.is_finite() or value in _UNSET_DECIMALS else value
    if math.isnan(value) or abs(value) >= _UNSET_ABOVE:
        return None
    return exact(value)


def market_price(value: float | None) -> Decimal | None:
    """Return a price of a tick, or None: -1 is IB's "no such price now"."""
    found = number(value)
    return None if found == -1 else found


def quantity(value: float | Decimal | None) -> Decimal:
    """Return a quantity that a message must carry.

    Raises:
        ValueError: It says "not set".
    """
    found = number(value)
    if found is None:
        raise ValueError(f"a quantity is not set: {value!r}")
    return found


def int_or_zero(value: int | None) -> int:
    """Return an id, 0 where IB gave none."""
    return 0 if value is None or value in _UNSET_INTEGERS else int(value)
