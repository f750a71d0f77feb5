# SPDX-License-Identifier: Apache-2.0
"""The sessions that IB named, one row a day, market and kind of hours.

Rules:
    * A day that lies within an answer and has no session in it is kept as closed.
    * What was ever named is kept: answers are joined, and a session in any of them beats a closed
      day in another, because a contract may be younger than its market.
    * Of two answers that name a session the later one has its hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from ib_provider.store.reference_store import ReferenceStore

__all__ = ["NamedSession", "SessionStore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSession:
    """What IB said of one day of one market.

    Attributes:
        market: Venue and class of instruments, ``NASDAQ STK``, ``CME ES``.
        rth: Whether the hours are the regular ones.
        opens_at: None, like ``closes_at``, where IB knows no session on that day.
        seen_at: When IB said so.
    """

    market: str
    rth: bool
    session: date
    opens_at: datetime | None
    closes_at: datetime | None
    seen_at: datetime


class SessionStore(ReferenceStore[NamedSession]):
    """Every day that IB spoke of, by market, hours and day."""

    __slots__ = ()
    name = "sessions"
    schema = pa.schema(
        [
            pa.field("market", pa.string(), nullable=False),
            pa.field("rth", pa.bool_(), nullable=False),
            pa.field("session", pa.date32(), nullable=False),
            pa.field("opens_at", pa.timestamp("us", tz="UTC")),
            pa.field("closes_at", pa.timestamp("us", tz="UTC")),
            pa.field("seen_at", pa.timestamp("us", tz="UTC"), nullable=False),
        ]
    )

    def _joined(self, old: NamedSession, new: NamedSession) -> NamedSession:
        if old.opens_at is None:
            return new
        return old if new.opens_at is None or new.seen_at < old.seen_at else new

    def _place(self, fact: NamedSession) -> tuple[str, bool, date]:
        return fact.market, fact.rth, fact.session

    def _row(self, fact: NamedSession) -> dict[str, Any]:
        return {name: getattr(fact, name) for name in self.schema.names}

    def _fact(self, row: dict[str, Any]) -> NamedSession:
        return NamedSession(**row)
