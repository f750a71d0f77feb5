# SPDX-License-Identifier: Apache-2.0
"""The tables of what keeps trading within bounds: orders counted by day, and the kill switch.

Rules:
    * An order is counted before its intent is written, and that before it is sent: a crash leaves
      one counted that was never sent, never one sent that was not counted.
    * ``kill_event`` is only ever added to. It is the audit: who, why, until when.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import Column, Date, Integer, Named, String, Table, Text, TypedColumns

from ib_provider.ledger.column_types import DecimalText, UtcDateTime
from ib_provider.ledger.schema import METADATA

__all__ = ["kill_event", "sent_order"]


class SentOrderColumns(TypedColumns):
    """One order that counts towards its day's caps."""

    order_ref: Named[str] = Column(String(64), primary_key=True)
    account: Named[str] = Column(String(32), nullable=False, index=True)
    day: Named[date] = Column(Date, nullable=False, index=True)
    at: Named[datetime] = Column(UtcDateTime, nullable=False)
    instrument_id: Named[str] = Column(String(64), nullable=False)
    side: Named[str] = Column(String(8), nullable=False)
    quantity: Named[Decimal] = Column(DecimalText, nullable=False)
    value: Named[Decimal] = Column(DecimalText, nullable=False)
    currency: Named[str] = Column(String(8), nullable=False)


class KillEventColumns(TypedColumns):
    """One order to stop trading, or to lift what stops it. ``level`` is null for a lift."""

    event_id: Named[int] = Column(Integer, primary_key=True, autoincrement=True)
    at: Named[datetime] = Column(UtcDateTime, nullable=False)
    action: Named[str] = Column(String(16), nullable=False)
    account: Named[str] = Column(String(32), nullable=False)
    level: Named[str | None] = Column(String(32))
    who: Named[str] = Column(String(200), nullable=False)
    why: Named[str] = Column(Text, nullable=False)
    until: Named[datetime | None] = Column(UtcDateTime)


sent_order: Final = Table("sent_order", METADATA, SentOrderColumns)
kill_event: Final = Table("kill_event", METADATA, KillEventColumns)
