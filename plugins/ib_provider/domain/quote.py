# SPDX-License-Identifier: Apache-2.0
"""A market-data snapshot of one contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import IntEnum

__all__ = ["MarketDataType", "Quote"]


class MarketDataType(IntEnum):
    """How fresh IB says its market data is."""

    LIVE = 1
    FROZEN = 2
    DELAYED = 3
    DELAYED_FROZEN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What IB last said of a contract's market. A field it did not send is None, never NaN.

    ``data_type`` says whether it is live, frozen or delayed: one quote is never two of them.

    Attributes:
        ts: When the snapshot was complete, UTC, by our clock.
        close: The previous session's close.
        volume: Of the session, in units of the contract.
        halted: None where IB did not say.
    """

    con_id: int
    ts: datetime
    data_type: MarketDataType
    bid: Decimal | None = None
    ask: Decimal | None = None
    last: Decimal | None = None
    close: Decimal | None = None
    bid_size: Decimal | None = None
    ask_size: Decimal | None = None
    last_size: Decimal | None = None
    volume: Decimal | None = None
    open: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    halted: bool | None = None

    @property
    def mid(self) -> Decimal | None:
        """Return the midpoint of an uncrossed market, or None."""
        if self.bid is None or self.ask is None or not 0 < self.bid <= self.ask:
            return None
        return (self.bid + self.ask) / 2
