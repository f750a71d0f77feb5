# SPDX-License-Identifier: Apache-2.0
"""The times between the last value before a loss and the first one after it, by the values' time.

Our own clock does not say when a gateway's values are from: a simulated one runs faster.
"""

from __future__ import annotations

from datetime import datetime

__all__ = ["Holes"]


class Holes:
    """The holes of one subscription, in the order they came about."""

    def __init__(self) -> None:
        self._closed: list[tuple[datetime, datetime]] = []
        self._open: datetime | None = None
        self._last: datetime | None = None

    def open(self, start: datetime) -> None:
        """Say that values may be missing from the last one on; from ``start`` where none came."""
        if self._open is None:
            self._open = self._last or start

    def see(self, ts: datetime | None) -> None:
        """Take in the time of a value: it ends the hole that is open."""
        if ts is None:
            return
        if self._open is not None:
            self._closed.append((self._open, ts))
            self._open = None
        self._last = ts

    def until(self, end: datetime) -> list[tuple[datetime, datetime]]:
        """Return every hole; one that is open lasts until ``end``."""
        if self._open is None or self._open >= end:
            return list(self._closed)
        return [*self._closed, (self._open, end)]
