# SPDX-License-Identifier: Apache-2.0
"""What an account has sent before: what the caps of a day are counted from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from ib_provider.domain.kill_order import KillOrder
from ib_provider.domain.order import Side

__all__ = ["OrderHistory", "SentOrder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SentOrder:
    """One order that was meant to be sent, counted from before it was.

    Attributes:
        value: At the worse of limit and arrival price, in the portfolio's currency.
        is_refused: Whether the broker refused it: it then moved nothing.
    """

    order_ref: str
    instrument_id: str
    side: Side
    quantity: Decimal
    value: Decimal
    currency: str
    at: datetime
    is_refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderHistory:
    """An account's day so far, and what stands in the way of another order.

    Attributes:
        orders: Of the day, by ``at``; an order that is to be sent again is among them.
        resendable: order_refs that were meant to be sent and provably never arrived.
        former: order_refs of the same legs' orders before those that are checked now.
        rejects: How many orders the broker refused one after the other, the latest last.
        exits: The account's exits that may be at work beside new orders, by order_ref, with the
            group of each.
        kills: Orders to stop trading that were not lifted, of any account.
    """

    orders: tuple[SentOrder, ...] = ()
    resendable: frozenset[str] = frozenset()
    former: frozenset[str] = frozenset()
    rejects: int = 0
    kills: tuple[KillOrder, ...] = ()
    exits: Mapping[str, str] = field(default_factory=dict)
