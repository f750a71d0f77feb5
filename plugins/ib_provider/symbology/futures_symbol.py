# SPDX-License-Identifier: Apache-2.0
"""Symbols of futures: root, month letter, year.

Rules:
    * Two digits of a year are 1970 to 2069. One digit is a year only beside a date.
    * IB's local symbols spell one digit, some exchanges a month's name or a whole date; stored
      symbols spell two digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

__all__ = [
    "LETTER_FORM",
    "MONTH_CODES",
    "MONTH_NAMES",
    "FutureSymbol",
    "full_year",
    "read_future_symbol",
    "read_local_future",
    "year_near",
]

#: The letters exchanges give to the months, January first.
MONTH_CODES: Final = "FGHJKMNQUVXZ"
MONTH_NAMES: Final = (
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
)  # fmt: skip
LETTER_FORM: Final = re.compile(rf"([A-Z0-9]{{1,6}}?)([{MONTH_CODES}])(\d\d?)")
_NAME_FORM: Final = re.compile(rf"([A-Z0-9]{{1,6}}) +({'|'.join(MONTH_NAMES)}) ?(\d\d)")
#: Eurex since 2022: class, last day, and M for the contract of a month.
_DAY_FORM: Final = re.compile(r"([A-Z0-9]{1,6}) (\d{4})(0[1-9]|1[0-2])\d\d M")
_CENTURY_TURN: Final = 70
_KEPT_YEARS: Final = 2  # how long IB still knows an expired future


@dataclass(frozen=True, slots=True, kw_only=True)
class FutureSymbol:
    """One month of a root."""

    root: str
    year: int
    month: int

    @property
    def stored(self) -> str:
        """Return ``ESZ27``, which names one month in a hundred years."""
        return f"{self.root}{MONTH_CODES[self.month - 1]}{self.year % 100:02}"

    @property
    def local(self) -> str:
        """Return ``ESZ7``, as IB spells it."""
        return f"{self.root}{MONTH_CODES[self.month - 1]}{self.year % 10}"

    @property
    def contract_month(self) -> str:
        """Return ``202712``."""
        return f"{self.year}{self.month:02}"


def read_future_symbol(text: str, *, on: date | None) -> FutureSymbol | None:
    """Return what ``ESZ27`` or, beside a date, ``ESZ7`` names; None for any other text.

    Args:
        on: One digit is the year of the decade that begins two years before this month.
    """
    match = LETTER_FORM.fullmatch(text)
    if match is None:
        return None
    root, letter, digits = match.groups()
    month = MONTH_CODES.index(letter) + 1
    year = full_year(digits, month, on)
    return None if year is None else FutureSymbol(root=root, year=year, month=month)


def full_year(digits: str, month: int, on: date | None) -> int | None:
    """Return the year that one or two digits mean; None for one digit and no date."""
    if len(digits) == 2:
        return int(digits) + (1900 if int(digits) >= _CENTURY_TURN else 2000)
    if on is None:
        return None
    first = on.year - _KEPT_YEARS + (month < on.month)
    return first + (int(digits) - first) % 10


def read_local_future(local: str, last_trade_date: str) -> FutureSymbol | None:
    """Return what a local symbol of IB's names, its decade from the contract's last day.

    None for a spelling that is not known, or one digit and no day.
    """
    if match := LETTER_FORM.fullmatch(local):
        root, letter, digits = match.groups()
        month = MONTH_CODES.index(letter) + 1
        year = year_near(digits, last_trade_date)
        return None if year is None else FutureSymbol(root=root, year=year, month=month)
    if match := _NAME_FORM.fullmatch(local):
        root, name, digits = match.groups()
        year = full_year(digits, 0, None)
        return FutureSymbol(root=root, year=year or 0, month=MONTH_NAMES.index(name) + 1)
    if match := _DAY_FORM.fullmatch(local):
        root, year_text, month_text = match.groups()
        return FutureSymbol(root=root, year=int(year_text), month=int(month_text))
    return None


def year_near(digits: str, last_trade_date: str) -> int | None:
    """Return the year that a local symbol's digits mean, beside the contract's last day.

    The two differ by a year at most: January's crude oil stops trading in December.
    """
    if len(digits) == 2:
        return full_year(digits, 0, None)
    if not re.fullmatch(r"\d{6}(\d\d)?", last_trade_date):
        return None
    last = int(last_trade_date[:4])
    return last - 4 + (int(digits) - (last - 4)) % 10
