# SPDX-License-Identifier: Apache-2.0
"""What the gates saw and found right before orders were sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from ib_provider.domain.limits import Breach

__all__ = ["GateRecord", "SeenQuote"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenQuote:
    """The touch of one order's instrument when the gates looked; ``at`` by our clock."""

    order_ref: str
    bid: Decimal
    ask: Decimal
    at: datetime
    kind: str

    @property
    def mid(self) -> Decimal:
        """Return the middle: the arrival price of an order that is sent now."""
        return (self.bid + self.ask) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRecord:
    """One time that the gates were asked about what of a plan was still to be sent.

    Attributes:
        at: By our clock, UTC.
        gateway_at: The same moment by the gateway's clock, to the second, which stamps executions;
            None where it did not say.
        limits: The name of the limits.
        quotes: Of the orders whose market could be used.
        breaches: What was found; empty where the orders might go.
    """

    plan_id: str
    at: datetime
    gateway_at: datetime | None
    limits: str
    quotes: tuple[SeenQuote, ...]
    breaches: tuple[Breach, ...]

    @property
    def clock_lead(self) -> timedelta | None:
        """Return how far the gateway's clock is ahead of ours, None where that is not known."""
        return None if self.gateway_at is None else self.gateway_at - self.at
