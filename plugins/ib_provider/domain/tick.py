# SPDX-License-Identifier: Apache-2.0
"""Ticks as they are made, one message of the tick-by-tick stream each.

They are tuples with names, not dataclasses like the other values: 100,000 of them a second pass
through one loop, and a frozen dataclass takes five times as long to make. Prices and sizes are
doubles for the same reason, and because that is what a column of them is kept as.

IB stamps ticks to the second. ``received_ns`` tells those of one second apart for whoever measures.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

__all__ = ["BidAskTick", "MidpointTick", "TradeTick"]


class TradeTick(NamedTuple):
    """One trade.

    Attributes:
        ts: IB's time, UTC, to the second.
        price: In the contract's currency.
        size: In units of the contract.
        exchange: Where it was made, empty where IB does not say.
        conditions: IB's text of the sale's conditions.
        ordinal: How many equal prints of the same second came before it: 0 for the first.
        past_limit: Beyond the limits of the venue.
        unreported: Not part of the consolidated tape: ``Last`` has none of these.
        received_ns: Nanoseconds since 1970, by our clock.
    """

    con_id: int
    ts: datetime
    price: float
    size: float
    exchange: str
    conditions: str
    ordinal: int
    past_limit: bool
    unreported: bool
    received_ns: int

    @property
    def trade_id(self) -> str:
        """Return a name for the trade: IB gives none.

        Two prints that are equal in everything are told apart by their ordinal, so no two trades
        of a subscription share a name, and two subscriptions that both saw a whole second give a
        trade the same one.
        """
        second = int(self.ts.timestamp())
        place = f"{self.exchange}:{self.conditions}" if self.conditions else self.exchange
        return f"{second}-{self.price:.10g}-{self.size:.10g}-{place}-{self.ordinal}"


class BidAskTick(NamedTuple):
    """One change of the best bid and ask. A side that is empty has no price, never zero."""

    con_id: int
    ts: datetime
    bid: float | None
    ask: float | None
    bid_size: float
    ask_size: float
    bid_past_low: bool
    ask_past_high: bool
    received_ns: int


class MidpointTick(NamedTuple):
    """One change of the middle between bid and ask."""

    con_id: int
    ts: datetime
    price: float
    received_ns: int
