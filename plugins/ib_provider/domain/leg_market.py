# SPDX-License-Identifier: Apache-2.0
"""What the market did around one order, as far as anybody told us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

__all__ = ["LegMarket"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegMarket:
    """The benchmarks of one order. What is not known is None, and a text says why.

    Attributes:
        start: When the order was sent, by the gateway's clock; None where that is not known.
        end: Its last fill, likewise.
        vwap: Volume-weighted average price of the market's trades from ``start`` to ``end``, ours
            among them, in the quote's unit.
        volume: What was traded in it.
        source: What it was made of: ``trades``, ``5 secs bars`` …; bars count that overlap it.
        vwap_problem: Why there is none.
        end_price: Where the unfilled rest could be had when somebody last looked.
        end_at: When that was, by our clock.
        end_problem: Why there is none; empty where nothing is unfilled.
    """

    start: datetime | None = None
    end: datetime | None = None
    vwap: Decimal | None = None
    volume: Decimal | None = None
    source: str = ""
    vwap_problem: str = ""
    end_price: Decimal | None = None
    end_at: datetime | None = None
    end_problem: str = ""
