# SPDX-License-Identifier: Apache-2.0
"""What IB keeps of a contract's past besides bars: sessions, and volume by price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

__all__ = ["HistogramRow", "Schedule", "ScheduledSession"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledSession:
    """One session as IB schedules it, UTC. ``session`` is the day it is accounted to."""

    session: date
    open: datetime
    close: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The sessions of a contract over a span, ascending.

    Attributes:
        time_zone: IANA name of the exchange's zone.
        start: Beginning of the span that IB answers for, UTC.
    """

    time_zone: str
    start: datetime
    end: datetime
    sessions: tuple[ScheduledSession, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistogramRow:
    """How much was traded at one price."""

    price: float
    size: Decimal
