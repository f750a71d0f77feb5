# SPDX-License-Identifier: Apache-2.0
"""The part of the ledger that keeps what the gates saw and found before orders were sent."""

from __future__ import annotations

import json

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ib_provider.domain.gate_record import GateRecord
from ib_provider.domain.value_document import value_from_document, value_to_document
from ib_provider.errors import LedgerError
from ib_provider.ledger.database import Database
from ib_provider.ledger.execution_tables import gate_record

__all__ = ["GateRecordBook"]


class GateRecordBook:
    """Records of the gates by plan."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record_gates(self, record: GateRecord) -> None:
        """Keep what the gates saw and found; on the disk when it returns.

        Raises:
            LedgerError: There is no such plan.
        """
        document = json.dumps(value_to_document(record), sort_keys=True, ensure_ascii=False)
        row = {"plan_id": record.plan_id, "at": record.at, "document": document}
        try:
            with self._database.write() as connection:
                connection.execute(gate_record.insert(), row)
        except IntegrityError as error:
            raise LedgerError(f"plan {record.plan_id[:16]} is not in the ledger") from error

    def gate_records(self, plan_id: str) -> tuple[GateRecord, ...]:
        """Return what is kept of a plan's gates, oldest first; empty before the first try."""
        columns = gate_record.c
        statement = select(columns.document).where(columns.plan_id == plan_id)
        with self._database.read() as connection:
            rows = connection.execute(statement.order_by(columns.gate_record_id)).scalars()
            return tuple(value_from_document(GateRecord, json.loads(row)) for row in rows)
