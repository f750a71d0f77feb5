# SPDX-License-Identifier: Apache-2.0
"""The part of the ledger that keeps what the legs of a later wave were cut to, decided once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select, update

from ib_provider.domain.portfolio import OrderPlan
from ib_provider.errors import LedgerError
from ib_provider.ledger.database import Database, insert_into
from ib_provider.ledger.schema import leg_size

__all__ = ["LegSize", "LegSizeBook"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegSize:
    """What a leg may be for.

    Attributes:
        quantity: Zero where nothing of it is sent.
        note: Why it is less than was approved; empty where it is not.
    """

    quantity: Decimal
    note: str = ""


class LegSizeBook:
    """Sizes by plan and leg."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def size_wave(
        self, plan: OrderPlan, wave: int, sizes: Mapping[int, LegSize], at: datetime
    ) -> dict[int, LegSize]:
        """Return what the legs of a wave are for: these sizes, or those that were kept before.

        A wave is sized once, so that a retry sends what the try before it would have sent.

        Args:
            sizes: By the place of the leg in the plan; one for each leg of the wave.

        Raises:
            LedgerError: A leg is not of the wave, is missing, or would be more than was approved.
        """
        legs = {i: leg for i, leg in enumerate(plan.legs) if leg.wave == wave}
        if legs.keys() != sizes.keys():
            raise LedgerError(f"plan {plan.plan_id[:16]}: wave {wave} is sized as a whole")
        for index, size in sizes.items():
            if not (0 <= size.quantity <= legs[index].quantity):
                raise LedgerError(
                    f"order {legs[index].order_ref}: {size.quantity} is not from 0 to the approved "
                    f"{legs[index].quantity}"
                )
        known = self.leg_sizes(plan.plan_id, wave)
        if known.keys() == sizes.keys():
            return known
        rows = [
            {
                "plan_id": plan.plan_id,
                "leg": index,
                "wave": wave,
                "quantity": size.quantity,
                "note": size.note,
                "at": at,
            }
            for index, size in sizes.items()
        ]
        with self._database.write() as connection:
            for row in rows:
                connection.execute(insert_into(connection, leg_size).on_conflict_do_nothing(), row)
        return self.leg_sizes(plan.plan_id, wave)

    def give_up(
        self, plan: OrderPlan, index: int, *, traded: Decimal, why: str, at: datetime
    ) -> None:
        """Keep that nothing more of a leg is sent than has traded, and why."""
        row = {
            "plan_id": plan.plan_id,
            "leg": index,
            "wave": plan.legs[index].wave,
            "quantity": traded,
            "note": why,
            "at": at,
        }
        columns = leg_size.c
        with self._database.write() as connection:
            statement = insert_into(connection, leg_size).on_conflict_do_nothing()
            if connection.execute(statement, row).rowcount != 1:
                connection.execute(
                    update(leg_size)
                    .where(columns.plan_id == plan.plan_id, columns.leg == index)
                    .values(quantity=traded, note=why, at=at)
                )

    def leg_sizes(self, plan_id: str, wave: int | None = None) -> dict[int, LegSize]:
        """Return what was kept of a plan, by the place of the leg; empty when no wave was sized."""
        columns = leg_size.c
        statement = select(columns.leg, columns.quantity, columns.note).where(
            columns.plan_id == plan_id
        )
        if wave is not None:
            statement = statement.where(columns.wave == wave)
        with self._database.read() as connection:
            rows = connection.execute(statement.order_by(columns.leg)).all()
        return {row.leg: LegSize(quantity=row.quantity, note=row.note) for row in rows}
