# SPDX-License-Identifier: Apache-2.0
"""The part of the ledger that keeps fills.

Rules:
    * An execution id names one execution for ever. The same id with another price, quantity, side,
      contract or order is a contradiction, not an update.
    * IB corrects an execution under the same id with a higher last group (``….01.01`` becomes
      ``….01.02``). All are kept; only the highest counts.
    * The commission comes later, and may come again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select, update

from ib_provider.domain.order import Commission, Execution, Fill
from ib_provider.domain.value_document import value_from_document, value_to_document
from ib_provider.errors import LedgerError
from ib_provider.ledger.database import Database, insert_into
from ib_provider.ledger.schema import fill as fill_table

__all__ = ["FillBook", "execution_family", "standing_fills"]


class FillBook:
    """Fills by execution id, read by ``order_ref``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record_fill(self, fill: Fill) -> bool:
        """Record an execution, and its commission where it has one.

        Returns:
            Whether this execution was not known yet, in any revision.

        Raises:
            LedgerError: Its id is known as another execution, or its commission is another's.
        """
        execution, commission = fill.execution, fill.commission
        if commission is not None and commission.exec_id != execution.exec_id:
            raise LedgerError(f"commission of {commission.exec_id} given for {execution.exec_id}")
        family, revision = execution_family(execution.exec_id)
        row = {
            "exec_id": execution.exec_id,
            "family": family,
            "revision": revision,
            "order_ref": execution.order_ref,
            "ts": execution.ts,
            "execution": json.dumps(value_to_document(execution), ensure_ascii=False),
            **_commission_columns(commission),
        }
        with self._database.write() as connection:
            statement = insert_into(connection, fill_table).on_conflict_do_nothing()
            if connection.execute(statement, row).rowcount == 1:
                return _count(connection, family) == 1
            _check_same(connection, execution)
            if commission is not None:
                connection.execute(
                    update(fill_table)
                    .where(fill_table.c.exec_id == execution.exec_id)
                    .values(_commission_columns(commission))
                )
        return False

    def fills(self, order_refs: Sequence[str]) -> tuple[Fill, ...]:
        """Return the fills of these orders as last corrected, oldest first."""
        if not order_refs:
            return ()
        with self._database.read() as connection:
            return standing_fills(connection, order_refs)


def standing_fills(connection: Connection, order_refs: Sequence[str]) -> tuple[Fill, ...]:
    """Return the same within a transaction."""
    rows = connection.execute(
        select(fill_table)
        .where(fill_table.c.order_ref.in_(sorted(set(order_refs))))
        .order_by(fill_table.c.revision)
    ).mappings()
    # Ascending, so the highest revision of a family is the one that stays.
    standing = {row["family"]: row for row in rows}
    return tuple(
        _fill(row) for row in sorted(standing.values(), key=lambda r: (r["ts"], r["exec_id"]))
    )


def execution_family(exec_id: str) -> tuple[str, int]:
    """Return an execution id without its last group, and that group: the revision.

    An id of another shape is a family of its own, revision 0.
    """
    family, dot, last = exec_id.rpartition(".")
    if dot and family and last.isascii() and last.isdigit() and len(last) <= 9:
        return family, int(last)
    return exec_id, 0


def _count(connection: Connection, family: str) -> int:
    statement = select(func.count()).select_from(fill_table).where(fill_table.c.family == family)
    return connection.execute(statement).scalar_one()


def _check_same(connection: Connection, execution: Execution) -> None:
    stored = _execution(
        connection.execute(
            select(fill_table.c.execution).where(fill_table.c.exec_id == execution.exec_id)
        ).scalar_one()
    )
    if _identity(stored) != _identity(execution):
        raise LedgerError(
            f"execution {execution.exec_id} is known as {_readable(stored)}, "
            f"and was reported as {_readable(execution)}"
        )


def _identity(execution: Execution) -> tuple[object, ...]:
    return (
        execution.order_ref,
        execution.account,
        execution.contract.con_id,
        execution.side,
        execution.quantity,
        execution.price,
    )


def _readable(execution: Execution) -> str:
    return (
        f"{execution.side} {execution.quantity} {execution.contract.symbol} "
        f"at {execution.price} for order {execution.order_ref!r} of {execution.account}"
    )


def _commission_columns(commission: Commission | None) -> dict[str, Any]:
    if commission is None:
        return {}
    return {
        "commission": commission.commission,
        "commission_currency": commission.currency,
        "realized_pnl": commission.realized_pnl,
    }


def _execution(text: str) -> Execution:
    return value_from_document(Execution, json.loads(text))


def _fill(row: Mapping[Any, Any]) -> Fill:
    commission = None
    if row["commission"] is not None:
        commission = Commission(
            exec_id=row["exec_id"],
            commission=row["commission"],
            currency=row["commission_currency"],
            realized_pnl=row["realized_pnl"],
        )
    return Fill(execution=_execution(row["execution"]), commission=commission)
