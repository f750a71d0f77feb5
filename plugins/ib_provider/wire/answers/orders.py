# SPDX-License-Identifier: Apache-2.0
"""What a gateway says of orders and their executions."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ib_provider.domain.contract import Contract
from ib_provider.wire.wire_order import WireOrder, WireOrderState

__all__ = [
    "CommissionReport",
    "CompletedOrder",
    "CompletedOrdersEnd",
    "ExecutionDetails",
    "ExecutionDetailsEnd",
    "OpenOrder",
    "OpenOrderEnd",
    "OrderBound",
    "OrderStatusAnswer",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrder:
    """An order at the broker."""

    order_id: int
    contract: Contract
    order: WireOrder
    state: WireOrderState


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrderEnd:
    """No more open orders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStatusAnswer:
    """How far an order has come. Prices in the contract's currency."""

    order_id: int
    status: str
    filled: Decimal
    remaining: Decimal
    avg_fill_price: Decimal
    perm_id: int
    parent_id: int = 0
    last_fill_price: Decimal = Decimal(0)
    client_id: int = 0
    why_held: str = ""
    mkt_cap_price: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionDetails:
    """One execution. ``contract.exchange`` is where it traded.

    Attributes:
        request_id: -1 for a fill as it happens.
        time: IB's text, ``20260413 15:27:04 US/Eastern``.
        side: ``BOT`` or ``SLD``.
        exercise_type: 1 exercise, 2 lapse, 100 assigned, 0 none of them; only in protobuf.
    """

    request_id: int
    order_id: int
    contract: Contract
    exec_id: str
    time: str
    account: str
    exchange: str
    side: str
    shares: Decimal
    price: Decimal
    perm_id: int
    client_id: int
    cum_qty: Decimal
    avg_price: Decimal
    order_ref: str = ""
    liquidation: bool = False
    ev_rule: str = ""
    ev_multiplier: Decimal | None = None
    model_code: str = ""
    last_liquidity: int = 0
    pending_price_revision: bool = False
    submitter: str = ""
    exercise_type: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionDetailsEnd:
    """No more executions for this request."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissionReport:
    """What an execution cost. ``realized_pnl`` is None for one that opened a position.

    Attributes:
        bond_yield: Of a bond, in percent; ``yield_redemption_date`` is ``YYYYMMDD``.
    """

    exec_id: str
    commission: Decimal
    currency: str
    realized_pnl: Decimal | None = None
    bond_yield: Decimal | None = None
    yield_redemption_date: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletedOrder:
    """An order that ended: no order id and no client id on the wire, only the perm id."""

    contract: Contract
    order: WireOrder
    state: WireOrderState
    filled: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletedOrdersEnd:
    """No more completed orders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBound:
    """An order placed by hand now has an API order id."""

    perm_id: int
    client_id: int
    order_id: int
