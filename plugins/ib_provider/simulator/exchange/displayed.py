# SPDX-License-Identifier: Apache-2.0
"""What still stands in the displayed book after the simulated clients took from it.

The market says how much it displays; whoever trades takes from that. A side is full again after
one refresh, when the market shows its next size.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from ib_provider.domain.order import Side

__all__ = ["DisplayedBook"]

_ZERO: Final = Decimal(0)


class DisplayedBook:
    """Units taken from each side since its last refresh. ``refresh`` zero: full at each round."""

    def __init__(self, refresh: timedelta) -> None:
        self._refresh = refresh
        self._round = 0
        self._taken: dict[tuple[int, Side], tuple[int, Decimal]] = {}

    def begin_round(self) -> None:
        """Note that the market goes one step on."""
        self._round += 1

    def standing(self, con_id: int, side: Side, displayed: int, now: datetime) -> Decimal:
        """Return what a buyer or a seller can still take of the size the market displays."""
        era, taken = self._taken.get((con_id, side), (0, _ZERO))
        return max(_ZERO, displayed - (taken if era == self._era(now) else _ZERO))

    def take(self, con_id: int, side: Side, units: Decimal, now: datetime) -> None:
        """Take units away from what a buyer or a seller trades against."""
        era, taken = self._taken.get((con_id, side), (0, _ZERO))
        current = self._era(now)
        self._taken[con_id, side] = (current, units + (taken if era == current else _ZERO))

    def _era(self, now: datetime) -> int:
        if not self._refresh:
            return self._round
        return int(now.timestamp() / self._refresh.total_seconds())
