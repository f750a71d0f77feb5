# SPDX-License-Identifier: Apache-2.0
"""What the desks of history share: which contracts have one, and what is said where none is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from ib_provider.domain.bar import WhatToShow
from ib_provider.domain.contract import Contract, SecType
from ib_provider.simulator.brokerage import Brokerage
from ib_provider.simulator.contracts import Listing, combine
from ib_provider.simulator.market.bar_kinds import unavailable
from ib_provider.simulator.market.history import BarHistory, Stretch
from ib_provider.simulator.market.instrument import instrument
from ib_provider.simulator.refusal import Refusal, invalid
from ib_provider.wire.messages import ComboLeg

__all__ = ["SERVICE", "PastMarket", "no_data"]

SERVICE: Final = "Historical Market Data Service error message:"
_OPTIONS: Final = (SecType.OPT, SecType.FOP, SecType.WAR)
_OPTIONS_KEPT: Final = timedelta(days=1)
_FUTURES_KEPT: Final = timedelta(days=2 * 365)


class PastMarket:
    """The history of one broker's market."""

    def __init__(self, brokerage: Brokerage) -> None:
        self._brokerage = brokerage
        self.market = brokerage.market
        self.calendar = brokerage.market.alterations.calendar
        self.history = BarHistory(brokerage.market)

    def now(self) -> datetime:
        """Return the simulated instant."""
        return self._brokerage.clock.now()

    def find(self, contract: Contract, *, expired: bool) -> Listing | Refusal:
        """Return the contract that a description means.

        Args:
            expired: Whether what no longer trades is meant, too.
        """
        return self._brokerage.resolve(contract, expired=expired)

    def of_legs(self, wanted: Contract, legs: Sequence[ComboLeg], shown: str) -> Refusal:
        """Return what is said of a combination's bars: what is wrong with it, or that none are."""
        found = combine(self._brokerage.contracts, legs)
        if isinstance(found, Refusal):
            return found
        if shown not in set(WhatToShow):
            return invalid(f"Incorrect data type requested: {shown!r}")
        symbol = wanted.symbol or found.contract.symbol
        return unavailable(symbol, SecType.BAG, wanted.exchange, WhatToShow(shown))

    def key(self, listing: Listing) -> str:
        """Return the name of a contract's prices."""
        return self._brokerage.marketplace.series(listing.contract.con_id)

    def stretches(self, listing: Listing, sessions: Sequence[date]) -> tuple[Stretch, ...]:
        """Return which series a contract's sessions are taken from, in order.

        A continuous future is the front month of each session: it rolls after the last day of
        trading, and no price is adjusted for the roll.
        """
        if listing.contract.sec_type is not SecType.CONTFUT:
            return ((self.key(listing), tuple(sessions)),)
        found, left = [], list(sessions)
        while left:
            front = self._brokerage.contracts.front(listing.contract.con_id, left[0])
            last = front.last_trade or left[-1]
            taken = tuple(session for session in left if session <= last)
            found.append((self.key(front), taken))
            left = left[len(taken) :]
        return tuple(found)

    def first_session(self, listing: Listing) -> date:
        """Return the first session with history."""
        key = self.key(listing)
        if listing.contract.sec_type is SecType.CONTFUT:
            key = instrument(key).of  # as far back as what its months are carried from
        return self.market.paths.first_session(key)

    def venue(self, listing: Listing) -> str:
        """Return the venue whose sessions a contract's prices keep."""
        return instrument(self.key(listing)).venue

    def is_kept(self, listing: Listing) -> bool:
        """Return whether there is history: not of options that are gone, of futures two years."""
        last = listing.last_trade
        if last is None:
            return True
        kept = _OPTIONS_KEPT if listing.contract.sec_type in _OPTIONS else _FUTURES_KEPT
        return self.now().date() <= last + kept


def no_data(listing: Listing, exchange: str, what: str) -> Refusal:
    """Return what is said where there is history, but none of what is asked."""
    text = (
        f"{SERVICE}HMDS query returned no data: {listing.contract.symbol}"
        f"@{exchange or listing.venue} {what.capitalize()}"
    )
    return Refusal(code=162, message=text)
