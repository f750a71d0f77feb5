# SPDX-License-Identifier: Apache-2.0
"""Members of a chain as they are kept: what is listed, what is not, since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

__all__ = ["ChainEntry", "ChainKey"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainKey:
    """Which contract of a chain: a future has neither strike nor right."""

    exchange: str
    trading_class: str
    expiry: date
    strike: Decimal | None = None
    right: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainEntry:
    """One contract that IB lists in a chain, or has said that it does not list.

    Attributes:
        con_id: 0 where it is not listed: a strike of the chain that this expiry does not have.
        instrument_id: Empty likewise.
        first_seen: When IB first said so, UTC.
        last_seen: When IB last said so, UTC.
    """

    key: ChainKey
    con_id: int
    instrument_id: str
    first_seen: datetime
    last_seen: datetime

    @property
    def is_listed(self) -> bool:
        """Return whether IB lists it."""
        return self.con_id != 0
