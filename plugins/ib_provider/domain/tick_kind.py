# SPDX-License-Identifier: Apache-2.0
"""The kinds of past ticks that IB keeps."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["TickKind"]


class TickKind(StrEnum):
    """What a past tick is a change of."""

    TRADES = "trades"
    BID_ASK = "bid_ask"
    MIDPOINT = "midpoint"
