# SPDX-License-Identifier: Apache-2.0
"""What a submission of a plan did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["SubmitReport"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitReport:
    """What a submission did, and what is to be waited for.

    Attributes:
        sent: order_refs sent now.
        adopted: Those found at the broker, or done before.
        working: Those of which the end is not known; an exit that rests at the broker is none.
        later: Legs of waves to come, by the order_ref they will have.
        call_at: Until when the next call is due though orders still work; None where none has a
            deadline.
        is_sent: Nothing more will be sent, and no order called off, by another call.
    """

    plan_id: str
    sent: tuple[str, ...]
    adopted: tuple[str, ...]
    working: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    call_at: datetime | None = None
    is_sent: bool = True
