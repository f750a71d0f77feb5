# SPDX-License-Identifier: Apache-2.0
"""How many contracts of a future are open: most of the month that is next to end, until it rolls.

Strategy: a little more than a day's trades, all in one month, from a week before the end of the
month before it to a week before its own; both edges are soft, and cross.
"""

from __future__ import annotations

from datetime import date
from math import exp
from typing import Final

from ib_provider.simulator.market.instrument import Instrument

__all__ = ["open_interest"]

_TO_VOLUME: Final = 1.6  # of a usual day; about what the E-mini S&P 500 had in 2013
_LEFT_BEFORE: Final = 8  # days before the end at which half have left
_SOFT: Final = 2.0
_QUARTER, _MONTH = 91, 30
#: Roots with a contract every month; the others end four times a year.
_MONTHLY: Final = frozenset({"CL", "MCL", "QM", "NG", "VIX", "VX"})


def open_interest(what: Instrument, session: date) -> int | None:
    """Return the number that is known in a session; None of what has ended or has no end."""
    if what.expiry is None or session > what.expiry:
        return None
    left = (what.expiry - session).days
    apart = _MONTH if what.symbol in _MONTHLY else _QUARTER
    come = _step(_LEFT_BEFORE + apart - left)
    stay = _step(left - _LEFT_BEFORE)
    return round(_TO_VOLUME * what.volume * come * stay)


def _step(days: int) -> float:
    """Return how far a change has gone so many days after its middle."""
    return 1 / (1 + exp(-days / _SOFT))
