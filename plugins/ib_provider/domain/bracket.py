# SPDX-License-Identifier: Apache-2.0
"""What ends a position: a limit order where it has gained enough, a stop where it has lost enough.

Source: TWS API, "Bracket Orders" and "One-Cancels All".
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

__all__ = ["Bracket", "InstrumentBracket", "LegRole"]


class LegRole(StrEnum):
    """What an order of a plan is for: the target, or what ends the position afterwards."""

    ENTRY = "entry"
    STOP = "stop"
    PROFIT = "profit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bracket:
    """Where a position is ended, as fractions of the price at which the plan was made.

    Attributes:
        take_profit: How far the price goes the position's way; None for no such order.
        stop_loss: How far it goes against it; None likewise.
        stop_limit_bp: How far beyond its trigger the stop's limit reaches, in basis points.
    """

    take_profit: Decimal | None = None
    stop_loss: Decimal | None = None
    stop_limit_bp: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentBracket:
    """The bracket of one instrument where it is not the portfolio's; None is none."""

    instrument_id: str
    bracket: Bracket | None
