# SPDX-License-Identifier: Apache-2.0
"""The part of the ledger that keeps what people, and the broker, said of a plan before it went."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ib_provider.domain.approval import Approval
from ib_provider.domain.plan_preview import PlanPreview
from ib_provider.domain.value_document import value_from_document, value_to_document
from ib_provider.errors import LedgerError
from ib_provider.ledger.database import Database
from ib_provider.ledger.execution_tables import plan_approval, plan_preview

__all__ = ["ApprovalBook"]


class ApprovalBook:
    """Approvals and previews by plan."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record_approval(self, approval: Approval) -> None:
        """Record a person's word; on the disk when it returns.

        Raises:
            LedgerError: Nobody said it, or there is no such plan.
        """
        if not approval.who.strip():
            raise LedgerError(f"plan {approval.plan_id[:16]} is not approved by nobody")
        row = {name: getattr(approval, name) for name in Approval.__dataclass_fields__}
        self._insert(plan_approval, approval.plan_id, row)

    def approvals(self, plan_id: str) -> tuple[Approval, ...]:
        """Return what was said of a plan, oldest first: the last one counts."""
        columns = plan_approval.c
        with self._database.read() as connection:
            rows = connection.execute(
                select(*(columns[name] for name in Approval.__dataclass_fields__))
                .where(columns.plan_id == plan_id)
                .order_by(columns.approval_id)
            ).mappings()
            return tuple(Approval(**_named(row)) for row in rows)

    def save_preview(self, preview: PlanPreview) -> None:
        """Keep what the broker said of a plan.

        Raises:
            LedgerError: There is no such plan.
        """
        document = json.dumps(value_to_document(preview), sort_keys=True, ensure_ascii=False)
        row = {"plan_id": preview.plan_id, "at": preview.at, "document": document}
        self._insert(plan_preview, preview.plan_id, row)

    def find_preview(self, plan_id: str) -> PlanPreview | None:
        """Return the latest preview of a plan, or None where there is none."""
        columns = plan_preview.c
        with self._database.read() as connection:
            document = connection.execute(
                select(columns.document)
                .where(columns.plan_id == plan_id)
                .order_by(columns.preview_id.desc())
                .limit(1)
            ).scalar_one_or_none()
        return None if document is None else value_from_document(PlanPreview, json.loads(document))

    def _insert(self, table: Any, plan_id: str, row: Mapping[str, Any]) -> None:
        try:
            with self._database.write() as connection:
                connection.execute(table.insert(), row)
        except IntegrityError as error:
            raise LedgerError(f"plan {plan_id[:16]} is not in the ledger") from error


def _named(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}
