# SPDX-License-Identifier: Apache-2.0
"""The part of the ledger that counts orders by day, and refusals in a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, func, select

from ib_provider.domain.limits import Breach
from ib_provider.domain.order import Side
from ib_provider.domain.order_history import SentOrder
from ib_provider.errors import LimitBreached
from ib_provider.ledger.attempts import executed
from ib_provider.ledger.database import Database, insert_into
from ib_provider.ledger.intent import IntentState
from ib_provider.ledger.safety_tables import kill_event, sent_order
from ib_provider.ledger.schema import order_intent

__all__ = ["DayCount", "SentOrderBook", "count_towards_day"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """An order that is about to be sent, and the day it counts towards.

    Attributes:
        account: Whose day it is.
        day: By the limits' time zone.
        cap: What the day's orders may be worth together.
    """

    order: SentOrder
    account: str
    day: date
    cap: Decimal


_DONE: Final = tuple(state.value for state in IntentState if state.is_terminal)


class SentOrderBook:
    """Orders that count towards their day's caps."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count_order(self, order: SentOrder, *, account: str, day: date, cap: Decimal) -> None:
        """Count an order towards its day, unless the day is then over its cap. On the disk.

        Reading the sum and adding to it are one transaction: two processes cannot both have the
        last of it. The same order counts once, on the day it was first counted.

        Args:
            order: About to be sent.
            account: Whose day it is.
            day: By the limits' time zone.
            cap: What the day's orders may be worth together.

        Raises:
            LimitBreached: They would be worth more; the order was not counted.
        """
        with self._database.write() as connection:
            count_towards_day(connection, DayCount(order=order, account=account, day=day, cap=cap))

    def sent_orders(self, account: str, day: date) -> tuple[SentOrder, ...]:
        """Return the orders of a day, oldest first, whatever became of them."""
        columns = sent_order.c
        statement = (
            select(sent_order, order_intent.c.state)
            .outerjoin(order_intent, order_intent.c.order_ref == columns.order_ref)
            .where(columns.account == account, columns.day == day)
            .order_by(columns.at, columns.order_ref)
        )
        with self._database.read() as connection:
            return tuple(_order(row) for row in connection.execute(statement).mappings())

    def as_traded(self, order: SentOrder) -> SentOrder:
        """Return an order at the value of what it traded; as it was where it may trade more."""
        columns = order_intent.c
        with self._database.read() as connection:
            row = connection.execute(
                select(columns.quantity, columns.filled).where(
                    columns.order_ref == order.order_ref, columns.state.in_(_DONE)
                )
            ).one_or_none()
            if row is None:
                return order
            part = executed(connection, order.order_ref, row.filled) / row.quantity
        return replace(order, value=order.value * part)

    def rejects_in_a_row(self, account: str) -> int:
        """Return how many of the account's latest orders the broker refused, one after the other.

        Orders from before a person last reset the count do not count.
        """
        reset = (
            select(func.max(kill_event.c.at))
            .where(kill_event.c.action == "reset-rejects")
            .where(kill_event.c.account.in_((account, "*")))
        )
        statement = (
            select(order_intent.c.state, sent_order.c.at)
            .join(sent_order, sent_order.c.order_ref == order_intent.c.order_ref)
            .where(sent_order.c.account == account)
            .order_by(sent_order.c.at.desc())
        )
        with self._database.read() as connection:
            since: datetime | None = connection.execute(reset).scalar_one()
            count = 0
            for state, at in connection.execute(statement):
                if state != IntentState.REJECTED or (since is not None and at <= since):
                    break
                count += 1
        return count


def count_towards_day(connection: Connection, count: DayCount) -> None:
    """Count an order towards its day within a transaction that writes.

    Raises:
        LimitBreached: The day would be over its cap.
    """
    columns, order, account = sent_order.c, count.order, count.account
    if connection.dialect.name == "postgresql":
        # One at a time, also where the first of the day has no row to lock yet.
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(account))))
    others = select(columns.order_ref, columns.value).where(
        columns.account == account,
        columns.day == count.day,
        columns.order_ref != order.order_ref,
        columns.order_ref.not_in(_refused()),
    )
    parts = _traded_parts(connection, order.order_ref)
    values = (
        row.value * parts.get(row.order_ref, Decimal(1)) for row in connection.execute(others)
    )
    spent = sum(values, Decimal(0)) + order.value
    if not spent.is_finite() or spent > count.cap:
        breach = Breach(
            limit="max_daily_value",
            subject=account,
            found=f"{spent:.2f} on {count.day}",
            allowed=str(count.cap),
        )
        raise LimitBreached([breach])
    row = {
        "order_ref": order.order_ref,
        "account": account,
        "day": count.day,
        "at": order.at,
        "instrument_id": order.instrument_id,
        "side": order.side.value,
        "quantity": order.quantity,
        "value": order.value,
        "currency": order.currency,
    }
    connection.execute(insert_into(connection, sent_order).on_conflict_do_nothing(), row)


def _traded_parts(connection: Connection, order_ref: str) -> dict[str, Decimal]:
    """Return which part of each former order of the same leg traded: the rest is sent anew."""
    columns = order_intent.c
    own = connection.execute(
        select(columns.plan_id, columns.leg).where(columns.order_ref == order_ref)
    ).one_or_none()
    if own is None:
        return {}
    former = select(columns.order_ref, columns.quantity, columns.filled).where(
        columns.plan_id == own.plan_id,
        columns.leg == own.leg,
        columns.order_ref != order_ref,
        columns.state.in_(_DONE),
    )
    return {
        row.order_ref: executed(connection, row.order_ref, row.filled) / row.quantity
        for row in connection.execute(former)
    }


def _refused() -> Any:
    rejected = order_intent.c.state == IntentState.REJECTED.value
    return select(order_intent.c.order_ref).where(rejected)


def _order(row: Mapping[Any, Any]) -> SentOrder:
    return SentOrder(
        order_ref=row["order_ref"],
        instrument_id=row["instrument_id"],
        side=Side(row["side"]),
        quantity=row["quantity"],
        value=row["value"],
        currency=row["currency"],
        at=row["at"],
        is_refused=row["state"] == IntentState.REJECTED,
    )
