# SPDX-License-Identifier: Apache-2.0
"""Share splits of the simulated market, and the factor between two dates.

A real gateway answers TRADES bars adjusted for every split up to now, so a bar's price depends on
when one asks. Here "now" is the simulated clock. Each date is the first session at the new price;
the daily file shows the fall on that session (its prices are unadjusted).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

__all__ = ["SPLITS", "Split", "split_factor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One share became ``ratio`` shares before the open of ``session``."""

    symbol: str
    session: date
    ratio: int


#: Apple's fall of 2000-09-29, by half, is a fall: there was no split.
SPLITS: Final = (
    Split(symbol="AAPL", session=date(2000, 6, 21), ratio=2),
    Split(symbol="AAPL", session=date(2005, 2, 28), ratio=2),
    Split(symbol="MSFT", session=date(2003, 2, 18), ratio=2),
)


def split_factor(symbol: str, session: date, as_of: date) -> int:
    """Return how many of today's shares one share of ``session`` has become by ``as_of``.

    Prices of that session are divided by it, volumes multiplied.
    """
    factor = 1
    for split in SPLITS:
        if split.symbol == symbol and session < split.session <= as_of:
            factor *= split.ratio
    return factor
