# SPDX-License-Identifier: Apache-2.0
"""What a scenario changes of the market while it runs: the traps of collecting history.

| change     | what a client meets                                                              |
|------------|----------------------------------------------------------------------------------|
| split      | from a session on a share is several; earlier TRADES are divided from then on    |
| revision   | another close, high, low and volume of a session, in bars of every size          |
| settlement | a day's close replaced by the settlement, hours later; only in bars of a day up  |
| closure    | a session that the calendars know does not take place                            |
| early end  | a session ends before the calendars say                                          |

Everything holds from the moment it is said. ``edition`` counts the changes: what was computed
before one of them is stale after it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from ib_provider.simulator.market.daily_file import DailyBar
from ib_provider.simulator.market.splits import SPLITS, Split
from ib_provider.simulator.market.venue_calendar import VenueCalendar

__all__ = ["Alterations", "Revision"]

_UNCHANGED: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A session's close and volume, times a factor each; high and low make room for the close."""

    close: float = 1.0
    volume: float = 1.0


class Alterations:
    """The changes of one market so far."""

    def __init__(self) -> None:
        self.edition = 0
        self.calendar = VenueCalendar()
        self._splits: list[Split] = []
        self._revisions: dict[tuple[str, date], Revision] = {}
        self._settlements: dict[tuple[str, date], float] = {}

    def split(self, split: Split) -> None:
        """Have a share become several before the open of a session."""
        self._splits.append(split)
        self.edition += 1

    def revise(self, symbol: str, session: date, revision: Revision) -> None:
        """Correct a session of a symbol."""
        self._revisions[symbol, session] = revision
        self.edition += 1

    def settle(self, symbol: str, session: date, factor: float) -> None:
        """Have a day's close be the settlement: the last trade's price times a factor."""
        self._settlements[symbol, session] = factor
        self.edition += 1

    def noted(self) -> None:
        """Count a change of the calendar."""
        self.edition += 1

    def split_factor(self, symbol: str, session: date, as_of: date) -> int:
        """Return how many of today's shares one share of ``session`` has become by ``as_of``."""
        factor = 1
        for split in (*SPLITS, *self._splits):
            if split.symbol == symbol and session < split.session <= as_of:
                factor *= split.ratio
        return factor

    def settlement(self, symbol: str, session: date) -> float:
        """Return what a day's close is multiplied by to give its settlement."""
        return self._settlements.get((symbol, session), _UNCHANGED)

    def altered(self, symbol: str, bar: DailyBar, step: int) -> DailyBar:
        """Return a session's own bar as splits that were said, and corrections, leave it."""
        for split in self._splits:
            if split.symbol == symbol and split.session <= bar.session:
                bar = _divided(bar, split.ratio, step)
        revision = self._revisions.get((symbol, bar.session))
        return bar if revision is None else _revised(bar, revision, step)


def _divided(bar: DailyBar, ratio: int, step: int) -> DailyBar:
    prices = (bar.open, bar.high, bar.low, bar.close)
    opened, high, low, close = (_on_grid(price / ratio, step) for price in prices)
    return DailyBar(bar.session, opened, high, low, close, bar.volume * ratio)


def _revised(bar: DailyBar, revision: Revision, step: int) -> DailyBar:
    close = _on_grid(bar.close * revision.close, step)
    return replace(
        bar,
        close=close,
        high=max(bar.high, close),
        low=min(bar.low, close),
        volume=max(1, round(bar.volume * revision.volume)) if bar.volume else 0,
    )


def _on_grid(price: float, step: int) -> int:
    return max(1, round(price / step)) * step
