# SPDX-License-Identifier: Apache-2.0
"""What a client may ask of orders and executions."""

from __future__ import annotations

from dataclasses import dataclass

from ib_provider.domain.contract import Contract
from ib_provider.wire.wire_order import WireOrder

__all__ = [
    "CancelOrder",
    "ExerciseOptions",
    "GlobalCancel",
    "PlaceOrder",
    "ReqAllOpenOrders",
    "ReqAutoOpenOrders",
    "ReqCompletedOrders",
    "ReqExecutions",
    "ReqOpenOrders",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """Place an order, or change the one with the same id."""

    order_id: int
    contract: Contract
    order: WireOrder
    sec_id_type: str = ""
    sec_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """Cancel one order of this client."""

    order_id: int
    manual_time: str = ""
    ext_operator: str = ""
    manual_order_indicator: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalCancel:
    """Cancel every open order of the login, whoever placed it."""

    ext_operator: str = ""
    manual_order_indicator: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqOpenOrders:
    """Ask for the open orders of this client id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqAllOpenOrders:
    """Ask for the open orders of every client, once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqAutoOpenOrders:
    """Bind orders placed by hand to this client; only client 0 may."""

    auto_bind: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqCompletedOrders:
    """Ask for the orders that ended today."""

    api_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqExecutions:
    """Ask for executions. Empty fields do not filter; the others are ANDed.

    Attributes:
        time: IB's text; only executions at or after it.
        last_n_days: From version 200; None is "today".
        specific_dates: From version 200; ``YYYYMMDD`` as integers.
    """

    request_id: int
    client_id: int | None = None
    account: str = ""
    time: str = ""
    symbol: str = ""
    sec_type: str = ""
    exchange: str = ""
    side: str = ""
    last_n_days: int | None = None
    specific_dates: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseOptions:
    """Exercise options, or let them lapse.

    Attributes:
        action: 1 exercises, 2 lets lapse.
        override: Go against what happens by itself at expiry.
    """

    request_id: int
    contract: Contract
    action: int
    quantity: int
    account: str
    override: bool = False
    manual_time: str = ""
    customer_account: str = ""
    professional_customer: bool = False
