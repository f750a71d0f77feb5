# SPDX-License-Identifier: Apache-2.0
"""One measured row: our figure beside a peer's, taken in the same run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

__all__ = ["Benchmark", "Row"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One result. ``ratio`` is ours over the peer's, turned so that bigger is better.

    Attributes:
        goal: The least ratio wanted; None where none is set.
        note: In a few words, how it was taken and what weighs on it.
    """

    name: str
    value: float
    unit: str
    peer: str
    peer_value: float
    ratio: float
    goal: float | None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Return whether the goal is met; None without one."""
        return None if self.goal is None else self.ratio >= self.goal

    def as_json(self) -> str:
        """Return the row as one line of JSON."""
        return json.dumps(
            {
                "name": self.name,
                "value": round(self.value, 6),
                "unit": self.unit,
                "peer": self.peer,
                "peer_value": round(self.peer_value, 6),
                "ratio": round(self.ratio, 4),
                "goal": self.goal,
                "met": self.met,
                "note": self.note,
            }
        )


#: A benchmark yields its rows as they are done.
Benchmark = Callable[[], Iterator[Row]]
