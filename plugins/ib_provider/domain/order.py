# SPDX-License-Identifier: Apache-2.0
"""Orders, what the broker says of them, and their fills."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from ib_provider.domain.contract import Contract
from ib_provider.domain.order_terms import Algo, Condition, OcaType, TriggerMethod

__all__ = [
    "Commission",
    "Execution",
    "Fill",
    "Order",
    "OrderState",
    "OrderStatus",
    "OrderType",
    "Side",
    "TimeInForce",
]


class Side(StrEnum):
    """Buy or sell."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def sign(self) -> int:
        """Return +1 for a buy, -1 for a sell."""
        return 1 if self is Side.BUY else -1


class OrderType(StrEnum):
    """Order types, spelled as IB spells them. ``OTHER`` is somebody else's: it is never sent."""

    MARKET = "MKT"
    LIMIT = "LMT"
    STOP = "STP"
    STOP_LIMIT = "STP LMT"
    MARKET_IF_TOUCHED = "MIT"
    LIMIT_IF_TOUCHED = "LIT"
    MARKET_TO_LIMIT = "MTL"
    TRAILING_STOP = "TRAIL"
    TRAILING_STOP_LIMIT = "TRAIL LIMIT"
    MIDPRICE = "MIDPRICE"
    RELATIVE = "REL"
    MARKET_ON_CLOSE = "MOC"
    LIMIT_ON_CLOSE = "LOC"
    OTHER = "OTHER"


class TimeInForce(StrEnum):
    """How long an order lives. ``OTHER`` is somebody else's: it is never sent."""

    DAY = "DAY"
    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    OPG = "OPG"
    GTD = "GTD"
    OTHER = "OTHER"


class OrderStatus(StrEnum):
    """Order statuses, spelled as IB spells them."""

    API_PENDING = "ApiPending"
    PENDING_SUBMIT = "PendingSubmit"
    PRE_SUBMITTED = "PreSubmitted"
    SUBMITTED = "Submitted"
    PENDING_CANCEL = "PendingCancel"
    API_CANCELLED = "ApiCancelled"
    CANCELLED = "Cancelled"
    FILLED = "Filled"
    INACTIVE = "Inactive"

    @property
    def is_terminal(self) -> bool:
        """Return whether nothing more will fill. ``Inactive`` may still wake, so it is not."""
        return self in (OrderStatus.API_CANCELLED, OrderStatus.CANCELLED, OrderStatus.FILLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as we ask for it.

    Attributes:
        quantity: Units of the contract, above zero.
        limit_price: In the contract's currency; required by the limit types, and a cap of those
            that make their own price (MIDPRICE, REL).
        order_ref: Ours, unique for ever: what the broker is asked for after a crash.
        stop_price: What sets off a stop or a touch.
        trail_amount: How far a trailing stop stays behind; this or ``trail_percent``.
        trail_percent: The same in percent of the price.
        trail_stop_price: Where a trailing stop begins; None lets IB begin at the market.
        limit_offset: Of a trailing stop's limit from its stop.
        offset: How much better than the best price a relative order is.
        good_till: When a GTD order ends, with its zone.
        good_after: When the order begins to work, with its zone.
        oca_group: Orders that cancel one another; the name is unique for the account.
        parent_id: Order id of the order that must fill first: the two make a bracket.
        conditions: What must hold before the order works.
        conditions_cancel: The conditions cancel the order instead.
        conditions_outside_rth: They are judged outside regular hours too.
        display_size: How much of it others may see; None is all.
        min_quantity: The least of a fill; None is any.
    """

    side: Side
    quantity: Decimal
    order_type: OrderType
    account: str
    order_ref: str
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    tif: TimeInForce = TimeInForce.DAY
    outside_rth: bool = False
    transmit: bool = True
    trail_amount: Decimal | None = None
    trail_percent: Decimal | None = None
    trail_stop_price: Decimal | None = None
    limit_offset: Decimal | None = None
    offset: Decimal | None = None
    good_till: datetime | None = None
    good_after: datetime | None = None
    oca_group: str = ""
    oca_type: OcaType | None = None
    parent_id: int = 0
    algo: Algo | None = None
    conditions: tuple[Condition, ...] = ()
    conditions_cancel: bool = False
    conditions_outside_rth: bool = False
    trigger: TriggerMethod = TriggerMethod.DEFAULT
    all_or_none: bool = False
    hidden: bool = False
    display_size: int | None = None
    min_quantity: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderState:
    """What the broker says of one order, from whichever of its answers.

    Attributes:
        order_id: The client's id; 0 in answers that carry none (completed orders).
        perm_id: The account-wide id; 0 until IB has given one.
        warning: Text of an order message (error 399 and the like), if any.
    """

    order_id: int
    perm_id: int
    client_id: int
    contract: Contract
    order: Order
    status: OrderStatus
    filled: Decimal
    remaining: Decimal
    avg_fill_price: Decimal | None
    why_held: str = ""
    warning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One execution. Times in UTC; ``exchange`` is where it traded."""

    exec_id: str
    order_id: int
    perm_id: int
    client_id: int
    order_ref: str
    account: str
    contract: Contract
    side: Side
    quantity: Decimal
    price: Decimal
    ts: datetime
    exchange: str
    cum_quantity: Decimal
    avg_price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Commission:
    """What an execution cost. ``realized_pnl`` is None where IB gives none."""

    exec_id: str
    commission: Decimal
    currency: str
    realized_pnl: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """An execution with its commission; None until the commission report has come."""

    execution: Execution
    commission: Commission | None
