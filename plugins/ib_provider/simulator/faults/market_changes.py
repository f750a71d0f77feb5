# SPDX-License-Identifier: Apache-2.0
"""What can happen to the history of a market between two looks at it, one value a change.

Sessions are trade dates, ``2013-03-05``. A change holds from the moment it is carried out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

__all__ = [
    "CloseEarly",
    "CloseVenue",
    "MarketChange",
    "Relist",
    "ReviseBars",
    "Settle",
    "SplitShares",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitShares:
    """One share of a stock becomes ``ratio`` before the open of a session.

    Every bar of earlier sessions is divided by it once the clock has come to the session. Orders
    and positions are left alone.
    """

    symbol: str
    session: date
    ratio: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseBars:
    """Correct a session of a stock, an index or a currency, in bars and ticks of every size.

    Attributes:
        percent: By how much the close moves; high and low make room for it.
        volume: What the volume is multiplied by.
    """

    symbol: str
    session: date
    percent: float = 0.0
    volume: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """The settlement of a day comes in: the close of its daily bar, but of no shorter one.

    Attributes:
        percent: By how much it differs from the last trade.
    """

    symbol: str
    session: date
    percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseVenue:
    """A venue does not open for a session that every calendar knows."""

    venue: str
    session: date


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseEarly:
    """A venue ends a session at ``close``, its own local time, such as 13:00."""

    venue: str
    session: date
    close: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Relist:
    """A contract gets another conId, as after a reverse split; the old one means nothing."""

    con_id: int
    new_con_id: int


MarketChange = SplitShares | ReviseBars | Settle | CloseVenue | CloseEarly | Relist
