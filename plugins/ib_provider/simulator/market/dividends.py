# SPDX-License-Identifier: Apache-2.0
"""Cash dividends of the simulated market, for ADJUSTED_LAST.

The two special ones are from memory (Microsoft's three dollars of November 2004, the return of
Apple's dividend in August 2012); the quarterly rows give the right order of size on the right
months and are generated, not looked up.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from ib_provider.simulator.market.hours import sessions_between

__all__ = ["Dividend", "dividends_of", "dividends_paid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dividend:
    """Dollars a share, in the shares of its own time, to who held it before ``session``."""

    symbol: str
    session: date
    amount: float


#: Symbol, first and last year, months, dollars a quarter.
_QUARTERLY: Final = (
    ("IBM", 2000, 2005, (2, 5, 8, 11), 0.16),
    ("IBM", 2006, 2009, (2, 5, 8, 11), 0.40),
    ("IBM", 2010, 2013, (2, 5, 8, 11), 0.70),
    ("MSFT", 2005, 2009, (2, 5, 8, 11), 0.10),
    ("MSFT", 2010, 2013, (2, 5, 8, 11), 0.20),
)
_SPECIAL: Final = (
    Dividend(symbol="MSFT", session=date(2004, 11, 15), amount=3.08),
    Dividend(symbol="AAPL", session=date(2012, 8, 9), amount=2.65),
    Dividend(symbol="AAPL", session=date(2012, 11, 7), amount=2.65),
    Dividend(symbol="AAPL", session=date(2013, 2, 7), amount=2.65),
)


@cache
def dividends_of(symbol: str) -> tuple[Dividend, ...]:
    """Return a symbol's dividends, ascending; every date is a session."""
    made = [entry for entry in _SPECIAL if entry.symbol == symbol]
    for name, first, last, months, amount in _QUARTERLY:
        if name == symbol:
            made += [
                Dividend(symbol=symbol, session=_ex_date(year, month), amount=amount)
                for year in range(first, last + 1)
                for month in months
            ]
    return tuple(sorted(made, key=lambda entry: entry.session))


def dividends_paid(symbol: str, after: date, until: date) -> Sequence[Dividend]:
    """Return the dividends that left the price after one session, up to another."""
    known = dividends_of(symbol)
    days = [entry.session for entry in known]
    begin = bisect_left(days, after)
    if begin < len(days) and days[begin] == after:
        begin += 1
    return [entry for entry in known[begin:] if entry.session <= until]


def _ex_date(year: int, month: int) -> date:
    """Return the sixth session of a month."""
    return sessions_between("NYSE", date(year, month, 1), date(year, month, 20))[5]
