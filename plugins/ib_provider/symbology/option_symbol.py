# SPDX-License-Identifier: Apache-2.0
"""Symbols of options: OCC's, those of options on futures, and those that spell every field."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from ib_provider.symbology.futures_symbol import MONTH_CODES, MONTH_NAMES, full_year, year_near

__all__ = [
    "FUTURE_OPTION_FORM",
    "US_OPTION_VENUES",
    "FieldOption",
    "FutureOption",
    "OccSymbol",
    "plain_strike",
    "read_field_option",
    "read_future_option",
    "read_occ",
]

#: Where an option cleared by OCC trades: one contract at all of them, so SMART stands for all.
US_OPTION_VENUES: Final = frozenset(
    (
        "SMART", "AMEX", "BATS", "BOX", "CBOE", "CBOE2", "EDGX", "EMERALD", "GEMINI", "ISE", "MEMX",
        "MERCURY", "MIAX", "NASDAQBX", "NASDAQOM", "PEARL", "PHLX", "PSE", "SAPPHIRE",
    )
)  # fmt: skip

_OCC: Final = re.compile(r"([A-Z0-9.]{1,6}?) *(\d{6})([CP])(\d{8})")
_OCC_SCALE: Final = 1000
_STRIKE: Final = r"(\d+(?:\.\d+)?)"
FUTURE_OPTION_FORM: Final = re.compile(
    rf"([A-Z0-9]{{1,6}}?)([{MONTH_CODES}])(\d\d?) ?([CP]) ?{_STRIKE}"
)
_FIELDS: Final = re.compile(
    rf"([CP]) +([A-Z0-9]{{1,6}}) +(\d{{6}}|\d{{8}}) +{_STRIKE}(?: +([A-Z]))?"
)
_MONTH: Final = re.compile(
    rf"([CP]) +([A-Z0-9]{{1,6}}) +({'|'.join(MONTH_NAMES)}) ?(\d\d) +{_STRIKE}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OccSymbol:
    """An option as OCC names it. ``expiry`` is the legal day, which IB's last day may precede."""

    root: str
    expiry: str
    right: str
    strike: Decimal

    @property
    def stored(self) -> str:
        """Return it without spaces, ``SPXW260313P06630000``: its last 15 characters are fixed."""
        return f"{self.root}{self.expiry}{self.right}{int(self.strike * _OCC_SCALE):08}"

    @property
    def local(self) -> str:
        """Return it as IB and OCC spell it, the root padded to six."""
        return f"{self.root:<6}{self.stored.removeprefix(self.root)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FutureOption:
    """An option on a future: ``EW1J13 C925``. The strike is as the exchange scales it."""

    root: str
    year: int
    month: int
    right: str
    strike: str

    @property
    def stored(self) -> str:
        """Return it with two digits of the year."""
        return f"{self._month}{self.year % 100:02} {self.right}{self.strike}"

    @property
    def local(self) -> str:
        """Return it with one digit, as IB spells it."""
        return f"{self._month}{self.year % 10} {self.right}{self.strike}"

    @property
    def contract_month(self) -> str:
        """Return ``201304``."""
        return f"{self.year}{self.month:02}"

    @property
    def _month(self) -> str:
        return f"{self.root}{MONTH_CODES[self.month - 1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldOption:
    """An option that spells its fields: ``C ODAX 20261218 24000 M``.

    Attributes:
        day: ``YYYYMMDD``, or ``YYYYMM`` from an older spelling that names the month.
        style: What follows the strike (month, week, day …); empty where nothing does.
    """

    right: str
    root: str
    day: str
    strike: str
    style: str = ""

    @property
    def stored(self) -> str:
        """Return it with single spaces."""
        return " ".join(filter(None, (self.right, self.root, self.day, self.strike, self.style)))


def read_occ(text: str) -> OccSymbol | None:
    """Return the option of an OCC symbol, padded or not; None for any other text."""
    match = _OCC.fullmatch(text)
    if match is None or not _is_day("20" + match[2]):
        return None
    strike = Decimal(match[4]) / _OCC_SCALE
    return OccSymbol(root=match[1], expiry=match[2], right=match[3], strike=strike)


def read_future_option(
    text: str, *, on: date | None = None, last_trade_date: str = ""
) -> FutureOption | None:
    """Return the option on a future that a text names; None for any other, or for no decade.

    Args:
        on: For a person's text: the decade of one digit begins two years before it.
        last_trade_date: For a contract's local symbol: one digit is the year next to it.
    """
    match = FUTURE_OPTION_FORM.fullmatch(text)
    if match is None:
        return None
    root, letter, digits, right, strike = match.groups()
    month = MONTH_CODES.index(letter) + 1
    year = year_near(digits, last_trade_date) or full_year(digits, month, on)
    if year is None:
        return None
    return FutureOption(root=root, year=year, month=month, right=right, strike=plain_strike(strike))


def read_field_option(text: str) -> FieldOption | None:
    """Return the option of a text that spells its fields; None for any other."""
    if match := _FIELDS.fullmatch(text):
        right, root, day, strike, style = match.groups()
        if not _is_day(day):
            return None
        return FieldOption(
            right=right, root=root, day=day, strike=plain_strike(strike), style=style or ""
        )
    if match := _MONTH.fullmatch(text):
        right, root, name, digits, strike = match.groups()
        day = f"{full_year(digits, 0, None)}{MONTH_NAMES.index(name) + 1:02}"
        return FieldOption(right=right, root=root, day=day, strike=plain_strike(strike))
    return None


def plain_strike(strike: str | Decimal) -> str:
    """Return a strike without exponent or idle zeros: ``4775``, ``103.5``."""
    return format(Decimal(strike).normalize(), "f")


def _is_day(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:] or 1))
    except ValueError:
        return False
    return True
