# SPDX-License-Identifier: Apache-2.0
"""What a plan would bind and cost, by the broker's own answer, before anybody approves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

__all__ = ["LegPreview", "PlanPreview"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegPreview:
    """One order, asked for by itself; None where the broker did not say.

    Attributes:
        commission: The expected one, or the most it can be.
        margin_change: Of the initial margin.
        equity_change: Of the equity with loan value.
        problem: Why it would be refused, or why nobody knows; empty where neither.
        is_refused: The broker says that it would refuse it.
    """

    order_ref: str
    instrument_id: str
    commission: Decimal | None
    commission_currency: str
    margin_before: Decimal | None
    margin_change: Decimal | None
    equity_before: Decimal | None
    equity_change: Decimal | None
    warning: str = ""
    problem: str = ""
    is_refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPreview:
    """A plan's orders one by one, and all together."""

    plan_id: str
    at: datetime
    legs: tuple[LegPreview, ...]

    @property
    def refused(self) -> tuple[LegPreview, ...]:
        """Return the orders that the broker would refuse."""
        return tuple(leg for leg in self.legs if leg.is_refused)

    @property
    def margin_after(self) -> Decimal | None:
        """Return the initial margin once every order has filled; None where one is not known.

        The sum of what each order changes by itself, which counts no offset between two of them.
        """
        return _after([(leg.margin_before, leg.margin_change) for leg in self.legs])

    @property
    def equity_after(self) -> Decimal | None:
        """Return the equity with loan value once every order has filled; None where unknown."""
        return _after([(leg.equity_before, leg.equity_change) for leg in self.legs])

    @property
    def margin_use(self) -> Decimal | None:
        """Return the margin after over the equity after, as a fraction; None where unknown."""
        margin, equity = self.margin_after, self.equity_after
        return None if margin is None or equity is None or equity <= 0 else margin / equity

    @property
    def commissions(self) -> dict[str, Decimal]:
        """Return the commissions that are known, by currency."""
        sums: dict[str, Decimal] = {}
        for leg in self.legs:
            if leg.commission is not None:
                known = sums.get(leg.commission_currency, Decimal(0))
                sums[leg.commission_currency] = known + leg.commission
        return sums


def _after(changes: list[tuple[Decimal | None, Decimal | None]]) -> Decimal | None:
    """Return the latest value before, with every change; None where any is missing."""
    total: Decimal | None = None
    for before, change in changes:
        if before is None or change is None:
            return None
        total = (before if total is None else total) + change
    return total
