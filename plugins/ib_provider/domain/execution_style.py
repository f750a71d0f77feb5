# SPDX-License-Identifier: Apache-2.0
"""How a leg of a plan is executed: which kind of order, how long, and how often again.

Source: TWS API, "Order Types" and "IB Algorithms".
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

__all__ = [
    "AUCTIONS",
    "MARKETABLE_LIMIT",
    "ExecutionStyle",
    "InstrumentStyle",
    "StyleKind",
]


class StyleKind(StrEnum):
    """What an order of a leg is.

    ``LIMIT`` is marketable, with a collar; ``MOC`` and ``LOC`` trade in the closing auction,
    ``OPG`` in the opening one; ``ADAPTIVE``, ``TWAP`` and ``VWAP`` are IB's algorithms under a
    limit; ``MIDPRICE_CHASE`` begins at the middle and is replaced, step by step, up to the limit.
    """

    LIMIT = "limit"
    MOC = "moc"
    LOC = "loc"
    OPG = "opg"
    ADAPTIVE = "adaptive"
    TWAP = "twap"
    VWAP = "vwap"
    MIDPRICE_CHASE = "midprice_chase"


#: Those that trade in an auction, and have a last moment to be sent.
AUCTIONS: Final = frozenset({StyleKind.MOC, StyleKind.LOC, StyleKind.OPG})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionStyle:
    """A kind of order with its terms.

    Attributes:
        urgency: Of ``ADAPTIVE``: ``Urgent``, ``Normal`` or ``Patient``.
        start: Of ``TWAP`` and ``VWAP``: when it begins, ``HH:MM`` where the instrument trades;
            empty is at once.
        end: When it ends, likewise; empty is with the session.
        past_end: It may go on after ``end`` until it is done.
        max_volume: Of ``VWAP``: the most of the market's volume it may be, as a fraction.
        work_s: How long one order may work before what is left of it is cancelled; None leaves it
            to the broker.
        attempts: Orders there may be, one after the other, each for what is left.
    """

    kind: StyleKind = StyleKind.LIMIT
    urgency: str = ""
    start: str = ""
    end: str = ""
    past_end: bool = False
    max_volume: Decimal | None = None
    work_s: Decimal | None = None
    attempts: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentStyle:
    """The style of one instrument where it is not the portfolio's."""

    instrument_id: str
    style: ExecutionStyle


#: What an order is where nothing else is asked for.
MARKETABLE_LIMIT: Final = ExecutionStyle()
