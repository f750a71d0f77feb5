# SPDX-License-Identifier: Apache-2.0
"""What a gate may look at, and how it says what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from ib_provider.domain.account import TradingMode
from ib_provider.domain.contract import SecType
from ib_provider.domain.limits import Breach, Limits
from ib_provider.domain.order_history import OrderHistory, SentOrder
from ib_provider.domain.portfolio import OrderPlan, PlanLeg
from ib_provider.rebalance.book import Book
from ib_provider.rebalance.pricing import Market, instrument_problem, read_market, unit_value

__all__ = ["Check", "Gate", "breach", "leg_value", "percent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a gate may look at.

    Attributes:
        plan: What is to be sent; on a retry, with the legs that are still to be sent.
        mode: The connection's key: whether it says paper or live.
    """

    plan: OrderPlan
    book: Book
    limits: Limits
    history: OrderHistory
    mode: TradingMode
    now: datetime

    def market(self, leg: PlanLeg) -> Market | None:
        """Return the leg's market of now, or None where it cannot be used."""
        return read_market(self.book.quotes.get(leg.instrument_id))

    def unit(self, instrument_id: str) -> Decimal | None:
        """Return what a contract is worth for each unit of price, in the book's currency."""
        return _unit(self.book, instrument_id)

    def price(self, leg: PlanLeg) -> Decimal | None:
        """Return the worse of limit and arrival price for one unit, in the book's currency."""
        return _price(self.book, leg)

    def value(self, leg: PlanLeg) -> Decimal | None:
        """Return what the leg may trade for, or None where it cannot be told."""
        return leg_value(self.book, leg)

    def order_count(self) -> int:
        """Return how many orders there are; exits of which one cancels the other are one."""
        return len(self.plan.entries) + self._pairs()

    def most_at_once(self) -> int:
        """Return how many of them are at work at one time."""
        return max(len(self.plan.entries), self._pairs())

    def _pairs(self) -> int:
        return len({leg.oca_group for leg in self.plan.exits})

    def total_value(self) -> Decimal:
        """Return what the entries may trade for together; what cannot be told has its own gate."""
        return sum((self.value(leg) or Decimal(0) for leg in self.plan.entries), Decimal(0))

    def exits_value(self) -> Decimal:
        """Return what the exits may trade for: of each group the one that is worth most."""
        values: dict[str, Decimal] = {}
        for leg in self.plan.exits:
            known = values.get(leg.oca_group, Decimal(0))
            values[leg.oca_group] = max(known, self.value(leg) or Decimal(0))
        return sum(values.values(), Decimal(0))

    def holding_legs(self) -> tuple[PlanLeg, ...]:
        """Return the legs that change a holding: money that is changed is none."""
        return tuple(leg for leg in self.plan.entries if leg.contract.sec_type is not SecType.CASH)

    def held_after(self, instrument_id: str) -> tuple[Decimal, Decimal]:
        """Return the units held before and after every entry of an instrument."""
        before = self.book.positions.get(instrument_id, Decimal(0))
        traded = (
            leg.side.sign * leg.quantity
            for leg in self.plan.entries
            if leg.instrument_id == instrument_id and leg.quantity.is_finite()
        )
        return before, before + sum(traded, Decimal(0))

    def sent_before(self) -> tuple[SentOrder, ...]:
        """Return the day's orders that moved something, without those that are checked now."""
        ours = {leg.order_ref for leg in self.plan.legs}
        return tuple(
            order
            for order in self.history.orders
            if not order.is_refused and order.order_ref not in ours
        )


def leg_value(book: Book, leg: PlanLeg) -> Decimal | None:
    """Return what a leg may trade for in the book's currency, or None where it cannot be told."""
    price = _price(book, leg)
    return price * leg.quantity if price is not None and leg.quantity.is_finite() else None


def _price(book: Book, leg: PlanLeg) -> Decimal | None:
    unit = _unit(book, leg.instrument_id)
    prices = (leg.limit_price, leg.arrival_price)
    if unit is None or not all(price.is_finite() for price in prices):
        return None
    return max(prices) * unit


def _unit(book: Book, instrument_id: str) -> Decimal | None:
    instrument = book.instruments.get(instrument_id)
    if instrument is None or instrument_problem(instrument, book):
        return None
    rate = book.rate(instrument.contract.currency)
    return None if rate is None else unit_value(instrument) * rate


#: One question about a plan: nothing when it passes.
Gate: TypeAlias = Callable[[Check], Iterator[Breach]]


def breach(limit: str, subject: str, found: str, allowed: str) -> Breach:
    """Return what a gate found."""
    return Breach(limit=limit, subject=subject, found=found, allowed=allowed)


def percent(fraction: Decimal) -> str:
    """Return a fraction for reading, such as ``12.50%``."""
    return f"{fraction * 100:.2f}%"
