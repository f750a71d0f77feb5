# SPDX-License-Identifier: Apache-2.0
"""The kill switch: who stopped trading, how far, why, and until when.

Rules:
    * An order to stop holds from when it was given until it ends or is lifted; one without an end
      holds until a person lifts it.
    * What cannot be read counts as a stop.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["EVERY_ACCOUNT", "KillLevel", "KillOrder", "orders_in_force"]

#: The account of an order that stops all of them.
EVERY_ACCOUNT = "*"


class KillLevel(StrEnum):
    """How far a stop goes; each does what the one before it does, and more."""

    NO_NEW_ORDERS = "no-new-orders"
    CANCEL_OURS = "cancel-ours"
    GLOBAL_CANCEL = "global-cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class KillOrder:
    """One order to stop trading.

    Attributes:
        account: Whose trading stops; ``*`` for every account's.
        until: When it ends by itself; None for never.
        source: Where it stands: ``ledger`` or the file.
    """

    level: KillLevel
    account: str
    who: str
    why: str
    at: datetime
    until: datetime | None
    source: str = "ledger"

    def __str__(self) -> str:
        end = "until it is lifted" if self.until is None else f"until {self.until:%F %T %Z}"
        return (
            f"{self.level} by {self.who} at {self.at:%F %T %Z}: {self.why} ({end}, {self.source})"
        )


def orders_in_force(
    orders: Iterable[KillOrder], *, account: str, now: datetime
) -> tuple[KillOrder, ...]:
    """Return those that stop this account now. One stamped in the future stops at once.

    Args:
        orders: Every one that was not lifted.
        account: Whose trading is asked for; ``*`` asks for every order there is.
        now: Aware.
    """
    return tuple(
        order
        for order in orders
        if EVERY_ACCOUNT in (account, order.account) or account == order.account
        if order.until is None or now < order.until
    )
