# SPDX-License-Identifier: Apache-2.0
"""What a rebalance did: each order with its fills, and what it cost against doing it for nothing.

Implementation shortfall (Perold 1988, in the parts of Wagner and Edwards 1993) is what a portfolio
on paper, traded in full at the decision's prices and without fees, would have over the real one:

    delay        side · (arrival - decision) · filled     the market moved before the order was sent
    trading      side · (average - arrival) · filled      spread, impact, and drift while it worked
    opportunity  side · (end - decision) · unfilled       what was wanted and not had
    fees         commissions

A part that cannot be told is None, never zero, and so is a sum of which it is part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from ib_provider.domain.approval import Approval
from ib_provider.domain.gate_record import GateRecord
from ib_provider.domain.leg_market import LegMarket
from ib_provider.domain.limits_override import LimitsOverride
from ib_provider.domain.order import Fill
from ib_provider.domain.plan_preview import PlanPreview
from ib_provider.domain.portfolio import OrderPlan, PlanLeg

__all__ = ["BASIS_POINTS", "LegCosts", "LegReport", "RebalanceReport", "Sum"]

BASIS_POINTS: Final = Decimal(10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegCosts:
    """The parts of an order's shortfall, in the plan's currency; positive cost money.

    Attributes:
        value: The whole order at the decision price: what basis points are of.
        delay: None also where nobody kept the price at submission; ``trading`` then has both.
    """

    value: Decimal | None
    delay: Decimal | None
    trading: Decimal | None
    opportunity: Decimal | None
    fees: Decimal | None

    @property
    def total(self) -> Decimal | None:
        """Return the implementation shortfall, or None where a part of it is not known."""
        if self.trading is None or self.opportunity is None or self.fees is None:
            return None
        return (self.delay or Decimal(0)) + self.trading + self.opportunity + self.fees

    @property
    def total_bp(self) -> Decimal | None:
        """Return the same in basis points of the whole order."""
        if self.total is None or not self.value:
            return None
        return self.total / self.value * BASIS_POINTS


@dataclass(frozen=True, slots=True, kw_only=True)
class LegReport:
    """One order and what became of it.

    Attributes:
        state: The ledger's word; ``not sent`` where there is no intent.
        executions: Its fills as last corrected, oldest first.
        avg_price: Of the fills; None without one.
        arrival_price: Mid right before it was sent; None where nobody kept it.
        sent_at: When its intent was written, by the gateway's clock; None where that is not known.
        commission: In the plan's currency, of the reports that have come and can be converted.
        commissions: The same by the currency they were charged in.
        uncharged: Fills whose commission has not come, or is in a currency without a rate.
        message: The last thing the broker had to say of the order, such as why it refused it.
    """

    leg: PlanLeg
    state: str
    filled: Decimal
    executions: tuple[Fill, ...]
    avg_price: Decimal | None
    arrival_price: Decimal | None
    sent_at: datetime | None
    commission: Decimal
    commissions: tuple[tuple[str, Decimal], ...]
    uncharged: int
    costs: LegCosts
    market: LegMarket
    message: str = ""

    @property
    def fills(self) -> int:
        """Return how many executions it has."""
        return len(self.executions)

    @property
    def unfilled(self) -> Decimal:
        """Return how much of it was not had."""
        return self.leg.quantity - self.filled

    @property
    def shortfall(self) -> Decimal | None:
        """Return the implementation shortfall in the plan's currency, None where not known."""
        return self.costs.total

    @property
    def slippage_bp(self) -> Decimal | None:
        """Return the average fill against the arrival price, positive when it cost money.

        The plan's own price stands in where nobody kept the one at submission.
        """
        return self._against(self.arrival_price or self.leg.arrival_price)

    @property
    def vwap_slippage_bp(self) -> Decimal | None:
        """Return the average fill against the interval's VWAP, None where that is not known."""
        return self._against(self.market.vwap)

    @property
    def first_fill_s(self) -> float | None:
        """Return the seconds from sending to the first fill; executions come in whole ones."""
        return self._seconds_to(0)

    @property
    def last_fill_s(self) -> float | None:
        """Return the seconds from sending to the last fill."""
        return self._seconds_to(-1)

    def _against(self, price: Decimal | None) -> Decimal | None:
        if price is None or not price or self.avg_price is None:
            return None
        return self.leg.side.sign * (self.avg_price - price) / price * BASIS_POINTS

    def _seconds_to(self, index: int) -> float | None:
        if self.sent_at is None or not self.executions:
            return None
        waited = (self.executions[index].execution.ts - self.sent_at).total_seconds()
        return max(waited, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """The sum of what is known, and of how many orders it is not known."""

    known: Decimal
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RebalanceReport:
    """A plan with what became of each order, what was said of it, and what the gates found.

    Attributes:
        reported_at: When the market was asked about the orders; None where it never was.
        preview: What the broker said beforehand that the orders would bind and cost.
        override: Limits that were loosened for this plan.
    """

    plan: OrderPlan
    legs: tuple[LegReport, ...]
    approvals: tuple[Approval, ...] = ()
    gates: tuple[GateRecord, ...] = ()
    reported_at: datetime | None = None
    preview: PlanPreview | None = None
    override: LimitsOverride | None = None

    @property
    def entries(self) -> tuple[LegReport, ...]:
        """Return the orders that take the account to its targets: what costs are summed of."""
        return tuple(leg for leg in self.legs if not leg.leg.is_exit)

    @property
    def exits(self) -> tuple[LegReport, ...]:
        """Return the orders that end the positions afterwards."""
        return tuple(leg for leg in self.legs if leg.leg.is_exit)

    @property
    def fills(self) -> int:
        """Return how many executions the ledger holds for the plan."""
        return sum(leg.fills for leg in self.legs)

    @property
    def short(self) -> tuple[LegReport, ...]:
        """Return the entries that are not filled."""
        return tuple(leg for leg in self.entries if leg.filled != leg.leg.quantity)

    def total(self, part: Callable[[LegReport], Decimal | None]) -> Sum:
        """Return the sum of a part of every entry, such as ``lambda leg: leg.costs.fees``."""
        return _sum(part(leg) for leg in self.entries)

    @property
    def states(self) -> dict[str, int]:
        """Return how many orders are in each state."""
        return dict(Counter(leg.state for leg in self.entries))

    @property
    def total_value(self) -> Sum:
        """Return what all orders were worth at the decision's prices."""
        return self.total(lambda leg: leg.costs.value)

    @property
    def total_shortfall(self) -> Sum:
        """Return the shortfall of all orders, in the plan's currency."""
        return self.total(lambda leg: leg.shortfall)

    @property
    def shortfall_bp(self) -> Decimal | None:
        """Return the shortfall in basis points of all orders' value, None while a part is open."""
        value, cost = self.total_value, self.total_shortfall
        if value.unknown or cost.unknown or not value.known:
            return None
        return cost.known / value.known * BASIS_POINTS


def _sum(amounts: Iterable[Decimal | None]) -> Sum:
    found = tuple(amounts)
    known = [amount for amount in found if amount is not None]
    return Sum(known=sum(known, Decimal(0)), unknown=len(found) - len(known))
