# SPDX-License-Identifier: Apache-2.0
"""Read what an account has sent today, by the day of its limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ib_provider.domain.kill_order import KillOrder
from ib_provider.domain.limits import Limits
from ib_provider.domain.order_history import OrderHistory
from ib_provider.ledger.ledger import Ledger

__all__ = ["read_history", "trading_day"]


def trading_day(limits: Limits, now: datetime) -> date:
    """Return the date of an instant in the limits' own time zone, where their day begins."""
    return now.astimezone(ZoneInfo(limits.time_zone)).date()


def read_history(
    ledger: Ledger,
    *,
    account: str,
    limits: Limits,
    now: datetime,
    resendable: Iterable[str] = (),
    former: Iterable[str] = (),
    kills: tuple[KillOrder, ...] = (),
    exits: Mapping[str, str] | None = None,
) -> OrderHistory:
    """Return the account's day as far as the ledger knows.

    Args:
        resendable: order_refs that provably never arrived: they may go again.
        former: order_refs of the orders before these of the same legs: of one that is done only
            what it traded counts.
        kills: Stops that were not lifted.
        exits: The group of each exit that may be at work, by order_ref.
    """
    before = frozenset(former)
    return OrderHistory(
        orders=tuple(
            ledger.as_traded(order) if order.order_ref in before else order
            for order in ledger.sent_orders(account, trading_day(limits, now))
        ),
        resendable=frozenset(resendable),
        former=before,
        rejects=ledger.rejects_in_a_row(account),
        kills=kills,
        exits=exits or {},
    )
