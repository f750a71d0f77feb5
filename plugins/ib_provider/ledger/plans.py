# SPDX-License-Identifier: Apache-2.0
"""The part of the ledger that keeps plans: one for a rebalance, the first one."""

from __future__ import annotations

import json

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import IntegrityError

from ib_provider.domain.plan_document import plan_from_document, plan_id_of, plan_to_document
from ib_provider.domain.portfolio import OrderPlan
from ib_provider.errors import LedgerError
from ib_provider.ledger.database import Database, insert_into
from ib_provider.ledger.schema import order_plan

__all__ = ["PlanBook"]


class PlanBook:
    """Plans by id, and by what they are for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save_plan(self, plan: OrderPlan) -> OrderPlan:
        """Return the plan that stands for this account, strategy and key: the first that was saved.

        A retry that made another plan gets the stored one back; its ``plan_id`` tells.

        Raises:
            LedgerError: The plan's id is not its own, or the stored one was touched.
        """
        if plan.plan_id != plan_id_of(plan):
            raise LedgerError(f"plan {plan.plan_id[:16]} was changed after it was made")
        row = {
            "plan_id": plan.plan_id,
            "account": plan.account,
            "strategy": plan.strategy,
            "key": plan.key,
            "as_of": plan.as_of,
            "document": json.dumps(plan_to_document(plan), sort_keys=True, ensure_ascii=False),
        }
        try:
            with self._database.write() as connection:
                statement = insert_into(connection, order_plan).on_conflict_do_nothing()
                connection.execute(statement, row)
        except IntegrityError as error:
            raise LedgerError(f"plan {plan.plan_id[:16]} does not fit the ledger") from error
        stored = self.find_plan(plan.account, plan.strategy, plan.key)
        if stored is None:
            raise LedgerError(f"plan {plan.plan_id[:16]} was saved and is not there")
        return stored

    def find_plan(self, account: str, strategy: str, key: str) -> OrderPlan | None:
        """Return the plan of a rebalance, or None where none was saved.

        Raises:
            LedgerError: What is stored was touched.
        """
        columns = order_plan.c
        return self._load(
            (columns.account == account) & (columns.strategy == strategy) & (columns.key == key)
        )

    def plan(self, plan_id: str) -> OrderPlan:
        """Return the plan of an id.

        Raises:
            LedgerError: There is none, or what is stored was touched.
        """
        found = self._load(order_plan.c.plan_id == plan_id)
        if found is None:
            raise LedgerError(f"no plan {plan_id} in {self._database.name}")
        return found

    def has_plan(self, plan_id: str) -> bool:
        """Return whether there is a plan of an id."""
        statement = select(order_plan.c.plan_id).where(order_plan.c.plan_id == plan_id)
        with self._database.read() as connection:
            return connection.execute(statement).first() is not None

    def count_plans(self) -> int:
        """Return how many plans there are."""
        with self._database.read() as connection:
            return connection.execute(select(func.count()).select_from(order_plan)).scalar_one()

    def plans_of(self, account: str) -> tuple[str, ...]:
        """Return the ids of every plan of an account, oldest first."""
        columns = order_plan.c
        statement = select(columns.plan_id).where(columns.account == account)
        with self._database.read() as connection:
            return tuple(connection.execute(statement.order_by(columns.as_of)).scalars())

    def latest_plans(self, limit: int) -> tuple[OrderPlan, ...]:
        """Return the plans of the latest ``as_of``, newest first, at most ``limit`` of them.

        Raises:
            LedgerError: What is stored was touched.
        """
        columns = order_plan.c
        statement = (
            select(columns.plan_id, columns.document)
            .order_by(columns.as_of.desc(), columns.plan_id)
            .limit(limit)
        )
        with self._database.read() as connection:
            found = connection.execute(statement).all()
        return tuple(_plan(plan_id, document) for plan_id, document in found)

    def _load(self, condition: ColumnElement[bool]) -> OrderPlan | None:
        with self._database.read() as connection:
            found = connection.execute(
                select(order_plan.c.plan_id, order_plan.c.document).where(condition)
            ).one_or_none()
        if found is None:
            return None
        plan_id, document = found
        return _plan(plan_id, document)


def _plan(plan_id: str, document: str) -> OrderPlan:
    try:
        plan = plan_from_document(json.loads(document))
    except json.JSONDecodeError as error:
        raise LedgerError(f"plan {plan_id[:16]} is stored as no JSON") from error
    if plan.plan_id != plan_id:
        raise LedgerError(f"plan {plan_id[:16]} is stored under another's id")
    return plan
