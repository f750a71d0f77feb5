# SPDX-License-Identifier: Apache-2.0
"""How many requests to have open at a gateway: so many that it is never idle, and few more.

Strategy: that of TCP Vegas. What an answer takes on an average while few are open is what it takes
where none has to wait. When it takes longer, the share beyond that is of requests that stand in
line, in the pacing budget or in the gateway: asking for more of them at once brings nothing. A
gateway that answers in parallel is thus given as many as its rate allows, and one that answers one
after another is left with the least.
"""

from __future__ import annotations

from typing import Final

__all__ = ["RequestWindow"]

#: Requests in line: with fewer the gateway may run dry, more only wait.
_IN_LINE: Final = (2, 4)


class RequestWindow:
    """The number of requests to have open; it changes with how long they take.

    Args:
        least: Open in any case.
        most: Never more; IB allows a login 50.
    """

    def __init__(self, *, least: int = 4, most: int = 48) -> None:
        if not 0 < least <= most:
            raise ValueError(f"a window from {least} to {most} requests")
        self._least, self._most = least, most
        self._size = least
        self._is_doubling = True
        self._is_long = False
        self._unsettled = 0
        self._quickest_s = float("inf")
        self._taken_s = 0.0
        self._answers = 0

    @property
    def size(self) -> int:
        """Return how many may be open now."""
        return self._size

    def answered(self, took_s: float) -> None:
        """Count an answer, with the seconds from the wish to ask until it was there."""
        if self._unsettled:
            self._unsettled -= 1
            return
        self._taken_s += took_s
        self._answers += 1
        if self._answers >= self._size:
            self._end_round(self._taken_s / self._answers)

    def timed_out(self) -> None:
        """Count a request without an answer: the gateway has more than it can serve."""
        self._is_doubling = False
        self._resize(self._size // 2)

    def _end_round(self, mean_s: float) -> None:
        self._quickest_s = min(self._quickest_s, mean_s)
        in_line = self._size * (1 - self._quickest_s / mean_s) if mean_s > 0 else 0.0
        few, many = _IN_LINE
        if in_line < few:
            self._is_long = False
            self._resize(2 * self._size if self._is_doubling else self._size + 1)
            # Those that a wider window lets in at once stand in line for that alone.
            self._unsettled = self._size if self._is_doubling else 0
            return
        # Whoever asks again after a rest asks for many at once: a line of one round means nothing.
        was_long, self._is_long = self._is_long, in_line > many
        if self._is_doubling or (was_long and self._is_long):
            self._is_doubling = self._is_long = False
            self._resize(self._size - max(0, int(in_line) - (few + many) // 2))
        else:
            self._resize(self._size)

    def _resize(self, size: int) -> None:
        self._size = min(max(size, self._least), self._most)
        self._taken_s, self._answers = 0.0, 0
