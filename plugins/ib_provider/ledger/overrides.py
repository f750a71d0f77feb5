# SPDX-License-Identifier: Apache-2.0
"""The part of the ledger that keeps which limits were loosened for a plan. It is the audit, too."""

from __future__ import annotations

import json

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ib_provider.domain.limits_override import LimitsOverride
from ib_provider.domain.value_document import value_from_document, value_to_document
from ib_provider.errors import LedgerError
from ib_provider.ledger.database import Database, insert_into
from ib_provider.ledger.execution_tables import limits_override, plan_approval
from ib_provider.ledger.schema import order_intent

__all__ = ["OverrideBook"]


class OverrideBook:
    """Overrides by plan: at most one each, made before anybody spoke of the plan."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save_override(self, plan_id: str, override: LimitsOverride) -> LimitsOverride:
        """Return the override of a plan: the first that was saved.

        Raises:
            LedgerError: Nobody asked for it, or for no reason; there is no such plan; or the plan
                was judged or sent without it.
        """
        if not override.who.strip() or not override.why.strip() or not override.loosened:
            raise LedgerError("no limit is loosened without who and why")
        columns = limits_override.c
        row = {
            "plan_id": plan_id,
            "who": override.who,
            "why": override.why,
            "at": override.at,
            "document": json.dumps(value_to_document(override), sort_keys=True),
        }
        try:
            with self._database.write() as connection:
                known = connection.execute(
                    select(columns.document).where(columns.plan_id == plan_id)
                ).scalar_one_or_none()
                if known is not None:
                    return _override(known)
                for table in (plan_approval, order_intent):
                    found = select(table.c.plan_id).where(table.c.plan_id == plan_id).limit(1)
                    if connection.execute(found).first() is not None:
                        raise LedgerError(
                            f"plan {plan_id[:12]} was judged or sent without loosened limits"
                        )
                connection.execute(insert_into(connection, limits_override), row)
        except IntegrityError as error:
            raise LedgerError(f"plan {plan_id[:16]} is not in the ledger") from error
        return override

    def find_override(self, plan_id: str) -> LimitsOverride | None:
        """Return what was loosened for a plan, or None where nothing was."""
        columns = limits_override.c
        with self._database.read() as connection:
            document = connection.execute(
                select(columns.document).where(columns.plan_id == plan_id)
            ).scalar_one_or_none()
        return None if document is None else _override(document)


def _override(document: str) -> LimitsOverride:
    return value_from_document(LimitsOverride, json.loads(document))
