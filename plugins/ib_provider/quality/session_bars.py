# SPDX-License-Identifier: Apache-2.0
"""How many bars a session has room for, from the hours it has.

Rules:
    * Only regular hours are known to the minute; outside of them a venue trades when it likes.
    * Bars longer than an hour begin where the broker wants; nothing is said of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from ib_provider.domain.bar import BarSpec
from ib_provider.domain.session_span import SessionSpan

__all__ = ["has_session_bars", "session_bars"]

_LONGEST: Final = timedelta(hours=1)


def session_bars(
    spec: BarSpec, days: Sequence[date], hours: Mapping[date, SessionSpan]
) -> dict[date, int]:
    """Return how many bars each session has room for; nothing where that is not known.

    Args:
        hours: Regular hours by session.
    """
    if not has_session_bars(spec):
        return {}
    length = spec.size.length
    return {day: -((hours[day].begin - hours[day].end) // length) for day in days if day in hours}


def has_session_bars(spec: BarSpec) -> bool:
    """Return whether it is known how many bars of this kind a session has."""
    return spec.rth and spec.size.is_intraday and spec.size.length <= _LONGEST
