# SPDX-License-Identifier: Apache-2.0
"""How many messages a second one connection may send."""

from __future__ import annotations

from collections import deque
from typing import Final

__all__ = ["MAX_VIOLATIONS", "MessageRate"]

#: So many messages above the rate end a connection. Source: TWS API documentation, error 100.
MAX_VIOLATIONS: Final = 3
_WINDOW_S: Final = 1.0


class MessageRate:
    """Counts the messages of the last second; at most ``per_s`` of them pass.

    Times are seconds of any clock that does not go back.
    """

    def __init__(self, per_s: int) -> None:
        self._per_s = per_s
        self._passed: deque[float] = deque(maxlen=per_s or 1)
        self._violations = 0

    def wait_s(self, now: float) -> float:
        """Return how long the next message has to wait; zero where it may pass at once."""
        if not self._per_s or len(self._passed) < self._per_s:
            return 0.0
        return max(0.0, self._passed[0] + _WINDOW_S - now)

    def passed(self, now: float) -> None:
        """Count a message that passes."""
        if self._per_s:
            self._passed.append(now)

    def violated(self) -> bool:
        """Count a message that came too early; True where it was one too many to go on."""
        self._violations += 1
        return self._violations >= MAX_VIOLATIONS
