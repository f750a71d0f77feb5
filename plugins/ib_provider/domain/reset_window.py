# SPDX-License-Identifier: Apache-2.0
"""When a gateway goes away on purpose: IB's nightly reset, the restart, the weekly login.

    windows = ResetWindows.parse("23:45-00:45 America/New_York; Sun 01:00-03:00 America/New_York")
    windows.contain(now)

Inside a window a lost connection is what was to be expected; outside it is news.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ib_provider.errors import ConfigError

__all__ = ["DEFAULT_RESET_WINDOWS", "ResetWindow", "ResetWindows"]

#: IB's reset of North American accounts, and the end of the week's login. Source: IB, "System
#: status"; the forum's experience with Sunday's re-authentication at 01:00.
DEFAULT_RESET_WINDOWS: Final = "23:45-00:45 America/New_York; Sun 01:00-03:00 America/New_York"

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FORM: Final = re.compile(
    r"(?:(?P<day>[A-Za-z]{3})\s+)?(?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d)\s+(?P<zone>\S+)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetWindow:
    """One stretch of local time, each day or each week; it may pass midnight.

    Attributes:
        start: Inclusive.
        end: Exclusive; not after ``start`` means the next day.
        weekday: The day on which it starts, 0 for Monday; None for every day.
    """

    start: time
    end: time
    zone: ZoneInfo
    weekday: int | None = None

    def contains(self, at: datetime) -> bool:
        """Return whether an instant, with an offset, lies in the window."""
        local = at.astimezone(self.zone)
        clock = local.time()
        if self.start < self.end:
            return self.start <= clock < self.end and self._is_day(local)
        if clock >= self.start:
            return self._is_day(local)
        return clock < self.end and self._is_day(local - timedelta(days=1))

    def _is_day(self, local: datetime) -> bool:
        return self.weekday is None or local.weekday() == self.weekday


@dataclass(frozen=True, slots=True)
class ResetWindows:
    """Every window of one gateway; none of them means that every loss is news."""

    windows: tuple[ResetWindow, ...] = ()

    @classmethod
    def parse(cls, text: str, *, source: str = "reset_windows") -> Self:
        """Return the windows of a text: ``[Sun ]HH:MM-HH:MM Zone``, separated by semicolons.

        Raises:
            ConfigError: With every window that cannot be read.
        """
        parts = [part.strip() for part in text.split(";") if part.strip()]
        windows: list[ResetWindow] = []
        problems: list[str] = []
        for part in parts:
            try:
                windows.append(_parse(part))
            except (ValueError, ZoneInfoNotFoundError) as error:
                problems.append(f"{part!r}: {error}")
        if problems:
            raise ConfigError(source, problems)
        return cls(tuple(windows))

    def contain(self, at: datetime) -> bool:
        """Return whether an instant, with an offset, lies in any window."""
        return any(window.contains(at) for window in self.windows)


def _parse(text: str) -> ResetWindow:
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError("not of the form [Sun ]HH:MM-HH:MM America/New_York")
    day = match["day"]
    if day and day.lower() not in _DAYS:
        raise ValueError(f"{day} is none of {', '.join(name.title() for name in _DAYS)}")
    return ResetWindow(
        start=time.fromisoformat(match["start"]),
        end=time.fromisoformat(match["end"]),
        zone=ZoneInfo(match["zone"]),
        weekday=_DAYS.index(day.lower()) if day else None,
    )
