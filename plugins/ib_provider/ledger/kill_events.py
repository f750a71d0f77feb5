# SPDX-License-Identifier: Apache-2.0
"""The part of the ledger that keeps the kill switch, and the audit of who turned it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from ib_provider.domain.kill_order import EVERY_ACCOUNT, KillLevel, KillOrder
from ib_provider.errors import LedgerError
from ib_provider.ledger.database import Database
from ib_provider.ledger.safety_tables import kill_event

__all__ = ["KillBook", "KillEvent"]

_STOP, _LIFT, _RESET = "stop", "lift", "reset-rejects"


@dataclass(frozen=True, slots=True, kw_only=True)
class KillEvent:
    """One line of the audit.

    Attributes:
        action: ``stop``, ``lift`` or ``reset-rejects``.
        level: Of a stop.
        until: When a stop ends by itself; None for never.
    """

    at: datetime
    action: str
    account: str
    level: KillLevel | None
    who: str
    why: str
    until: datetime | None


class KillBook:
    """Stops by account, and what lifted them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record_stop(self, order: KillOrder) -> None:
        """Record an order to stop; it holds for every process when this returns.

        Raises:
            LedgerError: Nobody gave it, or for no reason, or it ends before it begins.
        """
        if order.until is not None and order.until <= order.at:
            raise LedgerError(f"a stop from {order.at} that ends at {order.until} stops nothing")
        self._append(
            KillEvent(
                at=order.at,
                action=_STOP,
                account=order.account,
                level=order.level,
                who=order.who,
                why=order.why,
                until=order.until,
            )
        )

    def record_lift(self, account: str, *, who: str, why: str, at: datetime) -> None:
        """Record that every stop of an account so far is lifted; ``*`` lifts those of all.

        Raises:
            LedgerError: Nobody lifted it, or for no reason.
        """
        self._append_plain(_LIFT, account, who=who, why=why, at=at)

    def record_reset(self, account: str, *, who: str, why: str, at: datetime) -> None:
        """Record that the count of refusals in a row begins anew.

        Raises:
            LedgerError: Nobody reset it, or for no reason.
        """
        self._append_plain(_RESET, account, who=who, why=why, at=at)

    def stops(self) -> tuple[KillOrder, ...]:
        """Return every stop that was not lifted, oldest first, those that have ended among them."""
        standing: list[KillOrder] = []
        for event in self.kill_events():
            if event.action == _LIFT:
                standing = [
                    stop for stop in standing if event.account not in (stop.account, EVERY_ACCOUNT)
                ]
            elif event.action != _RESET:
                standing.append(
                    KillOrder(
                        level=event.level or KillLevel.NO_NEW_ORDERS,
                        account=event.account,
                        who=event.who,
                        why=event.why,
                        at=event.at,
                        until=event.until,
                    )
                )
        return tuple(standing)

    def kill_events(self) -> tuple[KillEvent, ...]:
        """Return the audit, oldest first.

        Raises:
            LedgerError: A line of it cannot be read.
        """
        with self._database.read() as connection:
            rows = connection.execute(select(kill_event).order_by(kill_event.c.event_id)).mappings()
            try:
                return tuple(
                    KillEvent(
                        at=row["at"],
                        action=row["action"],
                        account=row["account"],
                        level=None if row["level"] is None else KillLevel(row["level"]),
                        who=row["who"],
                        why=row["why"],
                        until=row["until"],
                    )
                    for row in rows
                )
            except ValueError as error:
                raise LedgerError(f"the kill switch's audit cannot be read: {error}") from error

    def _append_plain(self, action: str, account: str, *, who: str, why: str, at: datetime) -> None:
        event = KillEvent(
            at=at, action=action, account=account, level=None, who=who, why=why, until=None
        )
        self._append(event)

    def _append(self, event: KillEvent) -> None:
        for name, text in (("account", event.account), ("who", event.who), ("why", event.why)):
            if not text.strip():
                raise LedgerError(f"the kill switch is not turned without its {name}")
        row = {name: getattr(event, name) for name in KillEvent.__dataclass_fields__}
        row["level"] = None if event.level is None else event.level.value
        with self._database.write() as connection:
            connection.execute(kill_event.insert(), row)
