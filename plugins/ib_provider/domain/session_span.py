# SPDX-License-Identifier: Apache-2.0
"""One session of a venue as two instants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

__all__ = ["SessionSpan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSpan:
    """When a session begins and ends, UTC, ``end`` exclusive.

    A futures session begins on the evening before its date. Regular hours or all of them: whoever
    made the value decided that.
    """

    session: date
    begin: datetime
    end: datetime
