# SPDX-License-Identifier: Apache-2.0
"""The part of the ledger that keeps known positions, and instruments that are locked.

An account's positions are known from the first reconciliation on. A lock holds until somebody, or
a reconciliation in which broker and ledger agree, lifts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select

from ib_provider.errors import LedgerError
from ib_provider.ledger.database import Database
from ib_provider.ledger.execution_tables import instrument_lock, known_position
from ib_provider.ledger.intent import IntentState
from ib_provider.ledger.schema import order_intent, order_plan

__all__ = ["InstrumentLock", "KnownPosition", "KnownPositions", "PositionBook"]

#: No contract has this id.
_NOTHING: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPosition:
    """What an account held of one contract.

    Attributes:
        filled: What all fills of ours until then had added to it.
    """

    con_id: int
    instrument_id: str
    quantity: Decimal
    filled: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPositions:
    """What an account held at a reconciliation, by conId."""

    at: datetime
    items: Mapping[int, KnownPosition]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentLock:
    """An instrument that is not traded, who locked it, and why."""

    account: str
    instrument_id: str
    who: str
    why: str
    at: datetime


class PositionBook:
    """Known positions and locks by account."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known_positions(self, account: str) -> KnownPositions | None:
        """Return the positions of the last reconciliation, or None before the first."""
        columns = known_position.c
        latest = select(func.max(columns.at)).where(columns.account == account)
        names = KnownPosition.__dataclass_fields__
        with self._database.read() as connection:
            at = connection.execute(latest).scalar_one()
            if at is None:
                return None
            rows = connection.execute(
                select(*(columns[name] for name in names)).where(
                    columns.account == account, columns.at == at, columns.con_id != _NOTHING
                )
            ).mappings()
            items = [KnownPosition(**{str(k): v for k, v in row.items()}) for row in rows]
        return KnownPositions(at=at, items={item.con_id: item for item in items})

    def note_positions(self, account: str, items: Iterable[KnownPosition], at: datetime) -> None:
        """Note what an account holds: all of it, for what is not named is not held."""
        # A row of nothing says that the account was looked at, also where it holds nothing.
        nothing = KnownPosition(
            con_id=_NOTHING, instrument_id="", quantity=Decimal(0), filled=Decimal(0)
        )
        rows = [
            {
                "account": account,
                "at": at,
                **{name: getattr(item, name) for name in KnownPosition.__dataclass_fields__},
            }
            for item in (*items, nothing)
        ]
        with self._database.write() as connection:
            connection.execute(known_position.insert(), rows)

    def orders_of(
        self, account: str, *, only_open: bool = False, ended_since: datetime | None = None
    ) -> tuple[str, ...]:
        """Return the order_refs of every order that was meant to be sent for an account.

        Args:
            only_open: Those alone of which the end is not known.
            ended_since: With them, those of which it was told at this time or later.
        """
        statement = (
            select(order_intent.c.order_ref)
            .join(order_plan, order_intent.c.plan_id == order_plan.c.plan_id)
            .where(order_plan.c.account == account)
            .order_by(order_intent.c.created_at, order_intent.c.order_ref)
        )
        if only_open:
            ends = [state.value for state in IntentState if state.is_terminal]
            is_open = order_intent.c.state.not_in(ends)
            if ended_since is None:
                statement = statement.where(is_open)
            else:
                lately = order_intent.c.updated_at >= ended_since
                statement = statement.where(is_open | lately)
        with self._database.read() as connection:
            return tuple(connection.execute(statement).scalars())

    def lock_instrument(self, lock: InstrumentLock) -> None:
        """Keep an instrument of an account from being traded.

        Raises:
            LedgerError: Nobody locked it, or for no reason.
        """
        self._turn(lock, is_locked=True)

    def unlock_instrument(self, lock: InstrumentLock) -> None:
        """Let an instrument of an account be traded again; ``who`` and ``why`` are the lifter's.

        Raises:
            LedgerError: Nobody lifted it, or for no reason.
        """
        self._turn(lock, is_locked=False)

    def locked_instruments(self, account: str) -> tuple[InstrumentLock, ...]:
        """Return the locks of an account that stand, by instrument id."""
        columns = instrument_lock.c
        latest = (
            select(func.max(columns.lock_id))
            .where(columns.account == account)
            .group_by(columns.instrument_id)
        )
        with self._database.read() as connection:
            rows = connection.execute(
                select(*(columns[name] for name in InstrumentLock.__dataclass_fields__))
                .where(columns.lock_id.in_(latest), columns.is_locked)
                .order_by(columns.instrument_id)
            ).mappings()
            return tuple(InstrumentLock(**{str(k): v for k, v in row.items()}) for row in rows)

    def unlocked_by_person(self, account: str, *, since: datetime, machine: str) -> frozenset[str]:
        """Return the instruments whose last turn since then was an unlocking by a person.

        Args:
            machine: The ``who`` that is none.
        """
        columns = instrument_lock.c
        latest = (
            select(func.max(columns.lock_id))
            .where(columns.account == account)
            .group_by(columns.instrument_id)
        )
        statement = select(columns.instrument_id).where(
            columns.lock_id.in_(latest),
            columns.is_locked.is_(False),
            columns.who != machine,
            columns.at > since,
        )
        with self._database.read() as connection:
            return frozenset(connection.execute(statement).scalars())

    def _turn(self, lock: InstrumentLock, *, is_locked: bool) -> None:
        if not lock.who.strip() or not lock.why.strip():
            raise LedgerError(f"{lock.instrument_id} is not locked or unlocked without who and why")
        row = {name: getattr(lock, name) for name in InstrumentLock.__dataclass_fields__}
        with self._database.write() as connection:
            connection.execute(instrument_lock.insert(), {**row, "is_locked": is_locked})
