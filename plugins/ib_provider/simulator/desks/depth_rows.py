# SPDX-License-Identifier: Apache-2.0
"""One side of an order book as a client holds it, and the steps that bring it up to date.

Clients disagree about an insertion: by the documentation it moves the rows from there on down;
ib_async overwrites the row, because gateways were never seen to send another kind. So rows are
changed in place, inserted behind the last one and deleted from the end, which both understand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from ib_provider.simulator.market.market import Level
from ib_provider.simulator.market.noise import uniforms

__all__ = ["DELETE", "INSERT", "UPDATE", "Row", "Step", "spread_over", "steps"]

INSERT, UPDATE, DELETE = range(3)
_SPLIT_FROM: Final = 400  # units at the best price that more than one exchange shows


class Row(NamedTuple):
    """One row of a book; ``maker`` is the exchange or market maker, empty where nobody is named."""

    price: float
    size: int
    maker: str = ""


class Step(NamedTuple):
    """One change of a book. A deleted row shows what it was."""

    position: int
    operation: int
    row: Row


def steps(held: Sequence[Row], wanted: Sequence[Row]) -> Iterator[Step]:
    """Yield the steps from the rows that a client holds to those it should."""
    for position in range(len(held) - 1, len(wanted) - 1, -1):
        yield Step(position, DELETE, held[position])
    for position, row in enumerate(wanted):
        if position >= len(held):
            yield Step(position, INSERT, row)
        elif row != held[position]:
            yield Step(position, UPDATE, row)


def spread_over(levels: Sequence[Level], makers: Sequence[str], rows: int, name: str) -> list[Row]:
    """Return levels as rows of exchanges: each at one of them, a large best one at two.

    Args:
        name: Of the side, from which it is drawn who stands where.
    """
    found: list[Row] = []
    for place, level in enumerate(levels):
        drawn = float(uniforms(f"{name}/{level.price}", 1)[0])
        first = int(drawn * len(makers))
        if place == 0 and level.size >= _SPLIT_FROM and len(makers) > 1:
            most = level.size * 3 // 5
            second = (first + 1) % len(makers)
            found.append(Row(level.price, most, makers[first]))
            found.append(Row(level.price, level.size - most, makers[second]))
        else:
            found.append(Row(level.price, level.size, makers[first]))
    return found[:rows]
