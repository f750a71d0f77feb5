# SPDX-License-Identifier: Apache-2.0
"""conIds of contracts whose real one nobody wrote down: derived, stable, and readable backwards.

Rules:
    * Everything from 1,000,000,000 up is ours; real conIds of the 2020s are below.
    * The range is cut into blocks of 2^24. Block 0 holds single contracts, by a CRC of what they
      are; two that meet there are a problem of the data file, told when it is read.
    * Block 1 holds futures: 12 bits of the root's number in its file, 12 bits of the month.
    * Blocks 2 to 66 hold one row of options each: 12 bits of the week of the last trade, 11 bits
      of the strike in steps of the row's grid, 1 bit of the right.
    * Block 67 holds combinations, by a CRC of their legs.
    So a conId in an old state file finds its contract again without a list of all there ever were.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from ib_provider.simulator.contracts.expiry_rule import Month

__all__ = [
    "MOST_OPTION_ROWS",
    "MOST_ROOTS",
    "MOST_STRIKES",
    "FutureCode",
    "OptionCode",
    "code_of",
    "combination_con_id",
    "future_con_id",
    "option_con_id",
    "single_con_id",
]

FIRST: Final = 1_000_000_000
_BLOCK: Final = 1 << 24
_FIRST_OPTION_BLOCK: Final = 2
MOST_OPTION_ROWS: Final = 65
MOST_ROOTS: Final = 1 << 12
MOST_STRIKES: Final = 1 << 11
_EPOCH_YEAR: Final = 1990
_EPOCH_MONDAY: Final = date(1999, 12, 27)


@dataclass(frozen=True, slots=True, kw_only=True)
class FutureCode:
    """What the conId of a future says."""

    root: int
    month: Month


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionCode:
    """What the conId of an option says: the Monday of its last week, the strike in steps."""

    row: int
    monday: date
    step: int
    right: str


def single_con_id(name: str) -> int:
    """Return the conId of a single contract by what it is."""
    return FIRST + zlib.crc32(name.encode()) % _BLOCK


def combination_con_id(legs: str) -> int:
    """Return the conId of a combination by its legs."""
    block = _FIRST_OPTION_BLOCK + MOST_OPTION_ROWS
    return FIRST + block * _BLOCK + zlib.crc32(legs.encode()) % _BLOCK


def future_con_id(root: int, month: Month) -> int:
    """Return the conId of one month of a root."""
    count = (month[0] - _EPOCH_YEAR) * 12 + month[1] - 1
    return FIRST + _BLOCK + (root << 12) + count


def option_con_id(row: int, last_trade: date, step: int, right: str) -> int:
    """Return the conId of one option. ``row`` counts from 1."""
    week = (last_trade - _EPOCH_MONDAY).days // 7
    block = _FIRST_OPTION_BLOCK + row - 1
    return FIRST + block * _BLOCK + (week << 12) + (step << 1) + (right == "P")


def code_of(con_id: int) -> FutureCode | OptionCode | None:
    """Return what a conId says; None where it is a single contract's, or not ours."""
    if con_id < FIRST + _BLOCK:
        return None
    block, rest = divmod(con_id - FIRST, _BLOCK)
    high, low = rest >> 12, rest & 0xFFF
    if block < _FIRST_OPTION_BLOCK:
        return FutureCode(root=high, month=(_EPOCH_YEAR + low // 12, low % 12 + 1))
    return OptionCode(
        row=block - _FIRST_OPTION_BLOCK + 1,
        monday=_EPOCH_MONDAY + timedelta(weeks=high),
        step=low >> 1,
        right="P" if low & 1 else "C",
    )
