# SPDX-License-Identifier: Apache-2.0
"""What is wanted of an account, and the plan that gets it there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ib_provider.domain.contract import Contract
from ib_provider.domain.order import OrderType, Side, TimeInForce

__all__ = ["Breach", "Limits", "OrderPlan", "PlanLeg", "PlanRow", "Portfolio", "Target"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The wanted weight of one instrument, as a fraction of net liquidation value."""

    instrument_id: str
    weight: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """Target weights with the rules for reaching them.

    Attributes:
        cash_buffer: Fraction of net liquidation value that stays in cash.
        drift_band: A name within this distance of its weight (absolute, 0.01 is one point) rests.
        collar_bp: How far beyond the touch a marketable limit may reach, in basis points.
        unlisted: ``keep`` leaves holdings that are not listed, ``sweep`` sells them.
    """

    name: str
    currency: str
    targets: tuple[Target, ...]
    cash_buffer: Decimal
    drift_band: Decimal
    collar_bp: Decimal
    unlisted: str
    min_order_value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a plan may not exceed. Every field is required in the file: no limit is a default.

    Attributes:
        max_order_value: Of one order, in the portfolio's currency.
        max_orders: Orders in one plan.
        max_turnover: Gross traded value over net liquidation value.
        max_weight: Of one instrument after the plan.
        max_price_age_s: Oldest quote that may price an order.
        max_price_move: Mid against the previous close, as a fraction; a wilder one is a breach.
        max_collar_bp: How far beyond the touch a limit price may reach, in basis points, whatever
            the portfolio asks for.
        allow_short: Whether a position may go below zero.
        accounts: The accounts that may be traded.
    """

    name: str
    max_order_value: Decimal
    max_order_quantity: Decimal
    max_orders: int
    max_turnover: Decimal
    max_weight: Decimal
    max_price_age_s: float
    max_price_move: Decimal
    max_collar_bp: Decimal
    allow_short: bool
    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLeg:
    """One order of a plan, in the plan's order of sending.

    Attributes:
        order_ref: Derived from account, strategy, key and leg: the same on every retry.
        arrival_price: Mid when the plan was made; what slippage is measured against.
    """

    order_ref: str
    instrument_id: str
    contract: Contract
    side: Side
    quantity: Decimal
    order_type: OrderType
    limit_price: Decimal
    tif: TimeInForce
    arrival_price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One instrument of a plan, traded or not: what a person reads.

    Attributes:
        price: None where there was none to be had.
        note: Why it is traded or left: ``in band``, ``no price`` …
    """

    instrument_id: str
    held: Decimal
    price: Decimal | None
    weight: Decimal | None
    target_weight: Decimal
    target_quantity: Decimal | None
    trade: Decimal
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlan:
    """An immutable rebalance plan; ``plan_id`` is the hash of everything else in it.

    Attributes:
        key: What this rebalance is, whoever retries it: a session date or an ad-hoc id.
        net_liquidation: In ``currency``.
    """

    plan_id: str
    account: str
    strategy: str
    key: str
    currency: str
    net_liquidation: Decimal
    as_of: datetime
    rows: tuple[PlanRow, ...]
    legs: tuple[PlanLeg, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One limit that a plan breaks: its name, whom it concerns, found against allowed."""

    limit: str
    subject: str
    found: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.limit}: {self.subject}: {self.found}, allowed {self.allowed}"
