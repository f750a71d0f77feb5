# SPDX-License-Identifier: Apache-2.0
"""The sessions that a series is judged by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from ib_provider.domain.session_span import SessionSpan

__all__ = ["ExpectedSessions"]


@dataclass(frozen=True, slots=True)
class ExpectedSessions:
    """Every session that may have a bar, and when each trades in regular hours.

    Attributes:
        days: Ascending.
        hours: Regular hours by session; of a session without them nobody says how many bars it
            should have.
    """

    days: tuple[date, ...]
    hours: Mapping[date, SessionSpan] = field(default_factory=dict)

    @classmethod
    def of(cls, expected: ExpectedSessions | Sequence[date]) -> ExpectedSessions:
        """Return what is expected; plain dates say nothing of hours."""
        return expected if isinstance(expected, ExpectedSessions) else cls(tuple(expected))
