# SPDX-License-Identifier: Apache-2.0
"""What an order may say beside side, quantity and price: its group, its algorithm, its conditions.

Source: TWS API, "One Cancels All", "IB Algorithms", "Conditional Orders" and "Trigger Method".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import IntEnum

__all__ = [
    "Algo",
    "Condition",
    "ExecutionCondition",
    "MarginCondition",
    "OcaType",
    "PercentChangeCondition",
    "PriceCondition",
    "TimeCondition",
    "TriggerMethod",
    "VolumeCondition",
]


class OcaType(IntEnum):
    """What a fill does to the rest of a one-cancels-all group."""

    CANCEL_WITH_BLOCK = 1
    REDUCE_WITH_BLOCK = 2
    REDUCE_NON_BLOCK = 3


class TriggerMethod(IntEnum):
    """Which prices trigger a stop, a touch or a price condition."""

    DEFAULT = 0
    DOUBLE_BID_ASK = 1
    LAST = 2
    DOUBLE_LAST = 3
    BID_ASK = 4
    LAST_OR_BID_ASK = 7
    MIDPOINT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Algo:
    """One of IB's algorithms; ``Adaptive`` with ``(("adaptivePriority", "Normal"),)``, say."""

    strategy: str
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Joined:
    """A condition in a list.

    Attributes:
        is_and: How it is joined to the next one; False is "or". The last one's says nothing.
    """

    is_and: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceCondition(_Joined):
    """The price of a contract is at or above (``is_more``), or at or below, a price."""

    con_id: int
    exchange: str
    is_more: bool
    price: Decimal
    trigger: TriggerMethod = TriggerMethod.DEFAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeCondition(_Joined):
    """An instant, with its zone, has passed (``is_more``) or has not."""

    is_more: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginCondition(_Joined):
    """The margin cushion is at least (``is_more``), or at most, so many percent."""

    is_more: bool
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeCondition(_Joined):
    """The day's volume of a contract is at least (``is_more``), or at most, so much."""

    con_id: int
    exchange: str
    is_more: bool
    volume: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentChangeCondition(_Joined):
    """A contract has moved by at least (``is_more``), or at most, so many percent today."""

    con_id: int
    exchange: str
    is_more: bool
    percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionCondition(_Joined):
    """A trade in a symbol has happened in the account."""

    symbol: str
    security_type: str
    exchange: str


Condition = (
    PriceCondition
    | TimeCondition
    | MarginCondition
    | VolumeCondition
    | PercentChangeCondition
    | ExecutionCondition
)
