# SPDX-License-Identifier: Apache-2.0
"""How long to wait before the next try. No clock and no sleep of its own."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from ib_provider.errors import ConfigError

__all__ = ["BackOff"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackOff:
    """Doubling waits with jitter, so that many clients of a gateway do not return as one.

    Attributes:
        first_s: Wait before the second try, before jitter.
        most_s: No wait is longer.
        jitter: The share of a wait that is left to chance, 0 to 1.
    """

    first_s: float = 0.5
    most_s: float = 30.0
    jitter: float = 0.5

    def __post_init__(self) -> None:
        problems = []
        if not 0 < self.first_s <= self.most_s:
            problems.append(f"first_s: {self.first_s} is not above 0 and at most {self.most_s}")
        if not 0 <= self.jitter <= 1:
            problems.append(f"jitter: {self.jitter} is not between 0 and 1")
        if problems:
            raise ConfigError("back-off", problems)

    def delay_s(self, failures: int, chance: Callable[[], float] = random.random) -> float:
        """Return the wait after so many failures in a row, at least one.

        Args:
            chance: Gives a number from 0 up to 1.
        """
        doublings = min(max(failures - 1, 0), 32)
        whole = min(self.most_s, self.first_s * 2.0**doublings)
        return whole * (1.0 - self.jitter * chance())
