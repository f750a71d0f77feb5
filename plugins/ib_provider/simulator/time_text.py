# SPDX-License-Identifier: Apache-2.0
"""Instants as the TWS API writes them: ``20130301-21:00:00`` is UTC, other zones are named."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

__all__ = ["ParsedTime", "parse_time"]

_DASHED: Final = re.compile(r"(\d{8}-\d{2}:\d{2}:\d{2})Z?")
_ZONED: Final = re.compile(r"(\d{8}) {1,2}(\d{2}:\d{2}:\d{2})(?: (\S.*))?")


@dataclass(frozen=True, slots=True)
class ParsedTime:
    """An instant, UTC. ``zone_said`` is False where the text left the zone open."""

    at: datetime
    zone_said: bool


def parse_time(text: str, default_zone: tzinfo) -> ParsedTime | None:
    """Return the instant of a text, or None where it is none."""
    dashed = _DASHED.fullmatch(text)
    zoned = _ZONED.fullmatch(text)
    try:
        if dashed:
            return ParsedTime(_instant(dashed[1], "%Y%m%d-%H:%M:%S", UTC), zone_said=True)
        if zoned:
            zone = ZoneInfo(zoned[3].strip()) if zoned[3] else default_zone
            at = _instant(f"{zoned[1]} {zoned[2]}", "%Y%m%d %H:%M:%S", zone)
            return ParsedTime(at, zone_said=bool(zoned[3]))
    except (ValueError, ZoneInfoNotFoundError, OverflowError):
        return None
    return None


def _instant(text: str, pattern: str, zone: tzinfo) -> datetime:
    return datetime.strptime(text, pattern).replace(tzinfo=zone).astimezone(UTC)
