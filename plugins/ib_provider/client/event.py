# SPDX-License-Identifier: Apache-2.0
"""What the gateway pushes, in our spelling: from the wrapper to whichever mixin listens."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ib_provider.domain.order import Commission, Execution, OrderState, OrderStatus
from ib_provider.domain.what_if import WhatIf

__all__ = [
    "AccountsKnown",
    "CommissionReported",
    "ErrorReceived",
    "Event",
    "ExecutionSeen",
    "LinkLost",
    "NextOrderId",
    "OrderSeen",
    "Rerouted",
    "StatusSeen",
    "WhatIfSeen",
]


@dataclass(frozen=True, slots=True)
class AccountsKnown:
    """The accounts of the login."""

    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NextOrderId:
    """The lowest order id this client id may use."""

    order_id: int


@dataclass(frozen=True, slots=True)
class ErrorReceived:
    """One message of the gateway's error channel; ``identifier`` is -1 for the session itself."""

    identifier: int
    code: int
    message: str


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """An open order. Its ``filled`` is a guess where ``fills_known`` is False."""

    state: OrderState
    fills_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusSeen:
    """An order's status, which does not repeat the order."""

    order_id: int
    perm_id: int
    client_id: int
    status: OrderStatus
    filled: Decimal
    remaining: Decimal
    avg_fill_price: Decimal | None
    why_held: str


@dataclass(frozen=True, slots=True)
class WhatIfSeen:
    """The answer about an order that was only asked about. There is no such order."""

    order_id: int
    answer: WhatIf


@dataclass(frozen=True, slots=True)
class ExecutionSeen:
    """An execution as it happened."""

    execution: Execution


@dataclass(frozen=True, slots=True)
class CommissionReported:
    """What an execution cost."""

    commission: Commission


@dataclass(frozen=True, slots=True)
class Rerouted:
    """The data asked for are another contract's: those of a CFD are its underlying's."""

    request_id: int
    con_id: int
    exchange: str


@dataclass(frozen=True, slots=True)
class LinkLost:
    """The connection ended; ``reason`` says how."""

    reason: str


Event = (
    AccountsKnown
    | NextOrderId
    | ErrorReceived
    | OrderSeen
    | StatusSeen
    | WhatIfSeen
    | ExecutionSeen
    | CommissionReported
    | Rerouted
    | LinkLost
)
