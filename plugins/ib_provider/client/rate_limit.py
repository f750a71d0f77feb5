# SPDX-License-Identifier: Apache-2.0
"""A token bucket: how long the next message must wait. No clock and no sleep of its own."""

from __future__ import annotations

__all__ = ["TokenBucket"]


class TokenBucket:
    """Spaces messages so that none of the gateway's one-second windows overflows.

    Rules:
        * In any second at most ``rate + burst`` messages pass; the gateway counts over a second.
        * A reservation is never given back, so the order of asking is the order of sending.
    """

    def __init__(self, *, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = float(burst)
        self._at: float | None = None

    def reserve(self, now: float) -> float:
        """Take one token and return the seconds to wait before sending.

        Args:
            now: Monotonic seconds; never less than at the call before.
        """
        if self._at is not None:
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        self._tokens -= 1
        return max(0.0, -self._tokens / self._rate)
