# SPDX-License-Identifier: Apache-2.0
"""The parts of an order that have parts of their own: legs, conditions, a hedge's contract."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

__all__ = [
    "AttachedOrders",
    "ComboLeg",
    "DeltaNeutral",
    "ExecutionCondition",
    "MarginCondition",
    "OrderAllocation",
    "OrderCondition",
    "Pairs",
    "PercentChangeCondition",
    "PriceCondition",
    "SoftDollarTier",
    "TimeCondition",
    "VolumeCondition",
]

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""(tag, value) in the order they came; protobuf keeps none, so there it is by tag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComboLeg:
    """One leg of a combination.

    Attributes:
        ratio: Contracts of this leg for one combination.
        open_close: 0 same as the order, 1 open, 2 close, 3 unknown.
        exempt_code: -1 where the leg is no exempt short sale.
    """

    con_id: int
    ratio: int = 1
    action: str = "BUY"
    exchange: str = ""
    open_close: int = 0
    short_sale_slot: int = 0
    designated_location: str = ""
    exempt_code: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaNeutral:
    """The contract that hedges an order's delta, and at which delta and price."""

    con_id: int
    delta: Decimal | None = None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftDollarTier:
    """Who else is paid by the commission."""

    name: str = ""
    value: str = ""
    display_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedOrders:
    """Ids and types of the stop and the target a gateway makes itself (from version 218)."""

    stop_order_id: int | None = None
    stop_order_type: str = ""
    target_order_id: int | None = None
    target_order_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAllocation:
    """What a what-if order would do to one account of an advisor."""

    account: str
    position: Decimal | None = None
    position_desired: Decimal | None = None
    position_after: Decimal | None = None
    desired_quantity: Decimal | None = None
    allowed_quantity: Decimal | None = None
    monetary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceCondition:
    """A contract's price is above, or below, a price.

    Attributes:
        conjunction: Whether this and the next must hold (and), or one of them (or).
        trigger_method: 0 default, 1 double bid/ask, 2 last, 3 double last, 4 bid/ask, 7 last or
            bid/ask, 8 middle.
    """

    con_id: int
    exchange: str
    price: Decimal | None
    is_more: bool
    trigger_method: int = 0
    conjunction: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeCondition:
    """The time is after, or before, IB's text of one."""

    time: str
    is_more: bool
    conjunction: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginCondition:
    """The account's margin cushion is above, or below, so many percent."""

    percent: int
    is_more: bool
    conjunction: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionCondition:
    """Something traded in the account: this symbol, of this type, on this exchange."""

    sec_type: str
    exchange: str
    symbol: str
    conjunction: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeCondition:
    """A contract's volume of the day is above, or below, so many units."""

    con_id: int
    exchange: str
    volume: int
    is_more: bool
    conjunction: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentChangeCondition:
    """A contract's change of the day is above, or below, so many percent."""

    con_id: int
    exchange: str
    change_percent: Decimal | None
    is_more: bool
    conjunction: bool = True


OrderCondition: TypeAlias = (
    PriceCondition
    | TimeCondition
    | MarginCondition
    | ExecutionCondition
    | VolumeCondition
    | PercentChangeCondition
)
