# SPDX-License-Identifier: Apache-2.0
"""Market rules: the smallest price step by price, under the ids that contract details name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from ib_provider.simulator.contracts.yaml_rows import Row, RowFile

__all__ = ["PriceLadder", "read_market_rules"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLadder:
    """Steps by price, ascending: (lowest price it holds from, step)."""

    rule_id: int
    steps: tuple[tuple[Decimal, Decimal], ...]

    @property
    def smallest(self) -> Decimal:
        """Return the smallest step, which contract details call the minimum tick."""
        return min(step for _, step in self.steps)

    def step_at(self, price: Decimal) -> Decimal:
        """Return the step at a price; a negative price has the step of its size."""
        return [step for edge, step in self.steps if edge <= abs(price)][-1]

    def allows(self, price: Decimal) -> bool:
        """Return whether a price is a whole number of steps."""
        return price % self.step_at(price) == 0


def read_market_rules(source: str, text: str) -> Mapping[int, PriceLadder]:
    """Return the rules of a data file by id.

    Raises:
        ConfigError: Every problem of the file.
    """
    file = RowFile(source, text)
    ladders: dict[int, PriceLadder] = {}
    for row in file.rows("rules"):
        ladder = _ladder(row)
        if ladder.rule_id in ladders:
            row.note("id", "another rule has it")
        ladders[ladder.rule_id] = ladder
    file.check()
    return ladders


def _ladder(row: Row) -> PriceLadder:
    steps = []
    for word in row.pairs("steps"):
        edge, step = (_number(row, text) for text in word)
        steps.append((edge, step))
    row.text("name")
    ladder = PriceLadder(rule_id=row.integer("id"), steps=tuple(steps))
    row.done()
    if (
        not steps
        or steps[0][0] != 0
        or [edge for edge, _ in steps] != sorted({edge for edge, _ in steps})
    ):
        row.note("steps", "prices must ascend from 0")
    if any(step <= 0 for _, step in steps):
        row.note("steps", "a step must be above zero")
    return ladder


def _number(row: Row, text: str) -> Decimal:
    top, _, bottom = text.partition("/")
    try:
        return Decimal(top) / Decimal(bottom or 1)
    except (InvalidOperation, ZeroDivisionError):
        row.note("steps", f"not a number: {text!r}")
        return Decimal(1)
