# SPDX-License-Identifier: Apache-2.0
"""Which strikes an expiration lists around a price: steps by the strike's own level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from ib_provider.simulator.contracts.con_ids import MOST_STRIKES
from ib_provider.simulator.contracts.yaml_rows import Row, RowFile

__all__ = ["StrikeLadder", "read_strike_ladders"]

_ANY: Final = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class StrikeLadder:
    """Strikes around a price.

    Attributes:
        grid: Every strike is a whole number of these, plus ``offset``: an adjusted contract's.
        bands: (strikes below this, step), ascending; the last has no end.
        below: How far it reaches below the price, as a part of it.
        above: And above.
        near_step: A finer step close to the price, or None.
        near_span: How close.
    """

    grid: Decimal
    offset: Decimal
    bands: tuple[tuple[Decimal, Decimal], ...]
    below: Decimal
    above: Decimal
    near_step: Decimal | None
    near_span: Decimal

    def strikes(self, price: Decimal) -> tuple[Decimal, ...]:
        """Return the strikes listed around a price, ascending."""
        first = max(1, int(price * (1 - self.below) / self.grid))
        last = min(MOST_STRIKES - 1, int(price * (1 + self.above) / self.grid) + 1)
        return tuple(
            self.strike(step)
            for step in range(first, last + 1)
            if step * self.grid % self._step(step * self.grid, price) == 0
        )

    def strike(self, step: int) -> Decimal:
        """Return the strike of so many steps of the grid."""
        strike = self.grid * step + self.offset
        whole = strike.to_integral_value()
        return whole if strike == whole else strike

    def step(self, strike: Decimal) -> int | None:
        """Return how many steps a strike is; None where it stands on no grid point."""
        count, rest = divmod(strike - self.offset, self.grid)
        return int(count) if rest == 0 and 0 < count < MOST_STRIKES else None

    def _step(self, level: Decimal, price: Decimal) -> Decimal:
        if self.near_step is not None and abs(level - price) <= price * self.near_span:
            return self.near_step
        return next(step for below, step in self.bands if level < below)


def read_strike_ladders(source: str, text: str) -> Mapping[str, StrikeLadder]:
    """Return the ladders of a data file by name.

    Raises:
        ConfigError: Every problem of the file.
    """
    file = RowFile(source, text)
    ladders = {}
    for row in file.rows("ladders"):
        name = row.text("name")
        row.text("source", "")
        ladders[name] = _ladder(row)
        row.done()
    file.check()
    return ladders


def _ladder(row: Row) -> StrikeLadder:
    grid = row.decimal("grid")
    near_step = row.maybe_decimal("near_step")
    ladder = StrikeLadder(
        grid=grid,
        offset=row.maybe_decimal("offset") or Decimal(0),
        bands=tuple(
            (_number(row, "Infinity" if below == _ANY else below), _number(row, step))
            for below, step in row.pairs("bands")
        ),
        below=row.decimal("below"),
        above=row.decimal("above"),
        near_step=near_step,
        near_span=row.maybe_decimal("near_span") or Decimal(0),
    )
    if not ladder.bands or ladder.bands[-1][0].is_finite():
        row.note("bands", f"the last one must hold below {_ANY!r} strike")
    if any(step % grid for step in (near_step or grid, *(step for _, step in ladder.bands))):
        row.note("grid", "every step must be a whole number of it")
    return ladder


def _number(row: Row, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal(0)
    if number <= 0:
        row.note("bands", f"not a positive number: {text!r}")
        return Decimal(1)
    return number
