# SPDX-License-Identifier: Apache-2.0
"""When a window ends, as a person writes it.

90 minutes                         from its beginning
16:05 America/New_York             the next time a clock there shows that
2013-03-04T16:05:00-05:00          an instant
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

__all__ = ["parse_window_end"]

_LENGTH: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(s|sec|seconds?|m|min|minutes?|h|hours?)")
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})\s+(\S+)")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}


def parse_window_end(text: str) -> Callable[[datetime], datetime]:
    """Return a function from a window's beginning to its end.

    Raises:
        ValueError: The text is of none of the forms.
    """
    if match := _LENGTH.fullmatch(text.strip()):
        length = timedelta(seconds=float(match[1]) * _SECONDS[match[2][0]])
        if not length:
            raise ValueError(f"{text!r} is no window")
        return lambda start: start + length
    if match := _CLOCK.fullmatch(text.strip()):
        return _at_clock(text, int(match[1]), int(match[2]), match[3])
    hint = "write 90 minutes, 16:05 America/New_York or 2013-03-04T16:05:00-05:00"
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is no end of a window; {hint}") from None
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone; {hint}")
    return lambda _: instant


def _at_clock(text: str, hour: int, minute: int, name: str) -> Callable[[datetime], datetime]:
    try:
        zone, at = ZoneInfo(name), time(hour, minute)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{text!r}: {error}") from None

    def end(start: datetime) -> datetime:
        local = start.astimezone(zone)
        today = datetime.combine(local.date(), at, zone)
        return (
            today if today > local else datetime.combine(local.date() + timedelta(days=1), at, zone)
        )

    return end
