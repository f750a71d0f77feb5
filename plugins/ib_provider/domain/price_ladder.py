# SPDX-License-Identifier: Apache-2.0
"""Price steps by price: what IB calls a market rule, and rounding to it.

Rules:
    * A step holds from its low edge, inclusive, up to the next one's.
    * Prices stand on multiples of their step, so a bond's 1/64 is exact as a decimal.
    * Below zero the ladder is mirrored: a spread or an oil future may trade there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise

from ib_provider.domain.contract import Instrument

__all__ = ["PriceLadder", "PriceStep", "ladder_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceStep:
    """One step of a ladder: prices from ``low_edge`` on move by ``increment``."""

    low_edge: Decimal
    increment: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLadder:
    """The steps of one market rule, ascending by low edge.

    Attributes:
        rule_id: IB's market rule id; 0 for a ladder of one step made of ``min_tick``.

    Raises:
        ValueError: There is no step, the edges do not ascend from zero, or a step is not above
            zero.
    """

    rule_id: int
    steps: tuple[PriceStep, ...]

    def __post_init__(self) -> None:
        edges = [step.low_edge for step in self.steps]
        if not edges or edges[0] > 0:
            raise ValueError(f"market rule {self.rule_id} says nothing of prices from zero on")
        if any(low >= high for low, high in pairwise(edges)):
            raise ValueError(f"market rule {self.rule_id}: low edges do not ascend: {edges}")
        if any(not step.increment > 0 for step in self.steps):
            raise ValueError(f"market rule {self.rule_id} has a step that is not above zero")

    @classmethod
    def uniform(cls, increment: Decimal) -> PriceLadder:
        """Return the ladder whose every step is the same."""
        return cls(rule_id=0, steps=(PriceStep(low_edge=Decimal(0), increment=increment),))

    def increment_at(self, price: Decimal) -> Decimal:
        """Return the step that holds at a price.

        Raises:
            ValueError: The price is not finite.
        """
        if not price.is_finite():
            raise ValueError(f"{price} is no price")
        edges = [step.low_edge for step in self.steps]
        return self.steps[max(0, bisect_right(edges, abs(price)) - 1)].increment

    def holds(self, price: Decimal) -> bool:
        """Return whether a price stands on the ladder."""
        return price % self.increment_at(price) == 0

    def round_down(self, price: Decimal) -> Decimal:
        """Return the highest price of the ladder that is not above ``price``.

        Raises:
            ValueError: The price is not finite.
        """
        step = self.increment_at(price)
        return -self.round_up(-price) if price < 0 else _multiple(price, step, ROUND_FLOOR)

    def round_up(self, price: Decimal) -> Decimal:
        """Return the lowest price of the ladder that is not below ``price``.

        Raises:
            ValueError: The price is not finite.
        """
        step = self.increment_at(price)
        if price < 0:
            return -self.round_down(-price)
        rounded = _multiple(price, step, ROUND_CEILING)
        # A step may lead past an edge that is no multiple of it; the edge then comes first.
        crossed = [step.low_edge for step in self.steps if price < step.low_edge < rounded]
        return self.round_up(crossed[0]) if crossed else rounded


def ladder_of(
    instrument: Instrument, ladders: Mapping[int, PriceLadder], exchange: str = ""
) -> PriceLadder:
    """Return the ladder of an instrument at an exchange, in IB's prices.

    Where IB named no rule for the exchange, or the rule was never loaded, every step is the
    smallest one: a price on it may still be refused, and is never off by more than a step.

    Args:
        ladders: By market rule id.
        exchange: Where the order goes; by default the contract's own.
    """
    rule = instrument.market_rule_at(exchange)
    found = ladders.get(rule) if rule is not None else None
    return found or PriceLadder.uniform(instrument.min_tick)


def _multiple(price: Decimal, step: Decimal, rounding: str) -> Decimal:
    return (price / step).to_integral_value(rounding) * step
