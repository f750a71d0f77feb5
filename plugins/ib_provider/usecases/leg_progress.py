# SPDX-License-Identifier: Apache-2.0
"""How far each leg of a plan is: what traded, what works, and whether another order may follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from ib_provider.domain.execution_style import ExecutionStyle
from ib_provider.domain.portfolio import OrderPlan, PlanLeg
from ib_provider.ledger.intent import UNRESOLVED, Intent, IntentState
from ib_provider.ledger.ledger import Ledger

__all__ = ["LegProgress", "read_progress", "wave_at_work"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegProgress:
    """One leg and its orders so far.

    Attributes:
        index: Its place in the plan.
        size: What it may be for: the approved quantity, or less after an earlier wave.
        note: Why it is less.
        intents: Its orders, one after the other.
        executed: What they traded: of each the larger of its status's word and its executions.
        beside: What the other exit of the same position traded.
    """

    index: int
    leg: PlanLeg
    style: ExecutionStyle
    size: Decimal
    note: str
    intents: tuple[Intent, ...]
    executed: Decimal
    beside: Decimal = Decimal(0)

    @property
    def left(self) -> Decimal:
        """Return what has not traded."""
        return max(self.size - self.executed - self.beside, Decimal(0))

    @property
    def at_work(self) -> Intent | None:
        """Return the order that is waited for: of an exit only one that nobody knows of."""
        return next((item for item in self.intents if not self._is_over(item)), None)

    @property
    def is_resting(self) -> bool:
        """Return whether it is an exit that the broker has, and may fill any day."""
        last = self.intents[-1:]
        return self.leg.is_exit and any(
            not item.state.is_terminal and item.state not in UNRESOLVED for item in last
        )

    def _is_over(self, order: Intent) -> bool:
        return order.state.is_terminal or (self.leg.is_exit and order.state not in UNRESOLVED)

    @property
    def deadline(self) -> datetime | None:
        """Return until when the order at work may work; None where that is the broker's affair."""
        order = self.at_work
        if order is None or self.style.work_s is None:
            return None
        return order.created_at + timedelta(seconds=float(self.style.work_s))

    @property
    def next_attempt(self) -> int | None:
        """Return the number of the order that may be sent now; None where none may.

        After the first only what we called off ourselves is sent again: an order that somebody
        else cancelled, or the broker ended, is done.
        """
        if self.left <= 0 or self.at_work is not None:
            return None
        if not self.intents:
            return 1
        last = self.intents[-1]
        if (
            self.leg.is_exit
            or last.state is not IntentState.CANCELLED
            or last.called_off_at is None
        ):
            return None
        number = last.attempt + 1
        return number if number <= self.style.attempts else None

    @property
    def is_done(self) -> bool:
        """Return whether nothing more will happen to the leg."""
        return self.at_work is None and self.next_attempt is None


def read_progress(ledger: Ledger, plan: OrderPlan) -> tuple[LegProgress, ...]:
    """Return how far each leg is, in the plan's order, as far as the ledger knows."""
    orders: dict[int, list[Intent]] = {}
    for intent in ledger.intents(plan.plan_id):
        orders.setdefault(intent.leg, []).append(intent)
    units: dict[str, Decimal] = {}
    for fill in ledger.fills([item.order_ref for rows in orders.values() for item in rows]):
        ref = fill.execution.order_ref
        units[ref] = units.get(ref, Decimal(0)) + fill.execution.quantity
    sizes = ledger.leg_sizes(plan.plan_id)
    found = []
    for index, leg in enumerate(plan.legs):
        size, intents = sizes.get(index), orders.get(index, [])
        traded = (max(item.filled, units.get(item.order_ref, Decimal(0))) for item in intents)
        found.append(
            LegProgress(
                index=index,
                leg=leg,
                style=plan.style_of(leg),
                size=leg.quantity if size is None else size.quantity,
                note="" if size is None else size.note,
                intents=tuple(intents),
                executed=sum(traded, Decimal(0)),
            )
        )
    groups: dict[str, Decimal] = {}
    for item in found:
        group = item.leg.oca_group
        groups[group] = groups.get(group, Decimal(0)) + item.executed
    return tuple(
        replace(item, beside=groups[item.leg.oca_group] - item.executed)
        if item.leg.is_exit
        else item
        for item in found
    )


def wave_at_work(legs: Sequence[LegProgress]) -> int | None:
    """Return the first wave that is not done; None when all are."""
    return min((item.leg.wave for item in legs if not item.is_done), default=None)
