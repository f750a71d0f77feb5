# SPDX-License-Identifier: Apache-2.0
"""IB's times to UTC, and its names of time zones to IANA's.

Forms on the wire (captures of real gateways, server version 200):
    * ``20260413 15:27:04 US/Eastern``  local, in the zone named
    * ``20260413-15:27:04`` (a ``Z`` may follow)  UTC
    * ``1776094024``  seconds since 1970
    * ``20260413``  a session, no instant
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

__all__ = ["iana_zone", "parse_date", "parse_instant", "render_instant"]

_DASHED: Final = re.compile(r"(\d{8})-(\d{2}:\d{2}:\d{2})Z?")
_ZONED: Final = re.compile(r"(\d{8})\s+(\d{2}:\d{2}:\d{2})\s+(\S.*)")
_EPOCH: Final = re.compile(r"\d{9,11}")

#: Names a gateway gives that IANA does not know, or knows as an old alias. The gateway writes
#: ``EST (Eastern Standard Time)``, ``US/Eastern``, or its machine's zone by the name Windows uses.
_ZONES: Final = {
    "US/Eastern": "America/New_York",
    "EST": "America/New_York",
    "EDT": "America/New_York",
    "EST5EDT": "America/New_York",
    "Eastern Standard Time": "America/New_York",
    "US/Central": "America/Chicago",
    "CST": "America/Chicago",
    "CST6CDT": "America/Chicago",
    "Central Standard Time": "America/Chicago",
    "US/Mountain": "America/Denver",
    "MST": "America/Denver",
    "Mountain Standard Time": "America/Denver",
    "US/Pacific": "America/Los_Angeles",
    "PST": "America/Los_Angeles",
    "Pacific Standard Time": "America/Los_Angeles",
    "GB-Eire": "Europe/London",
    "GB": "Europe/London",
    "BST": "Europe/London",
    "GMT Standard Time": "Europe/London",
    "Greenwich Mean Time": "Europe/London",
    "MET": "Europe/Berlin",
    "CET": "Europe/Berlin",
    "Middle Europe Time": "Europe/Berlin",
    "Central European Time": "Europe/Berlin",
    "Central European Standard Time": "Europe/Berlin",
    "Central Europe Standard Time": "Europe/Berlin",
    "W. Europe Standard Time": "Europe/Berlin",
    "Japan": "Asia/Tokyo",
    "JST": "Asia/Tokyo",
    "Japan Standard Time": "Asia/Tokyo",
    "Tokyo Standard Time": "Asia/Tokyo",
    "Hongkong": "Asia/Hong_Kong",
    "HKT": "Asia/Hong_Kong",
    "Singapore": "Asia/Singapore",
    "Singapore Standard Time": "Asia/Singapore",
    "Coordinated Universal Time": "UTC",
}


def iana_zone(name: str) -> str:
    """Return the IANA name of a zone as IB names it.

    Raises:
        ValueError: The zone is unknown. It is never guessed: a wrong zone moves every bar.
    """
    text = name.strip()
    short, _, rest = text.partition(" (")
    for candidate in (text, short, rest.rstrip(")")):
        if candidate in _ZONES:
            return _ZONES[candidate]
    try:
        return str(ZoneInfo(text))
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"unknown time zone {name!r}") from None


def parse_instant(text: str) -> datetime:
    """Return the instant of an IB time, in UTC.

    Raises:
        ValueError: The text is no instant: another form, an unknown zone, a zone that is missing.
    """
    if match := _DASHED.fullmatch(text):
        return datetime.strptime("".join(match.groups()), "%Y%m%d%H:%M:%S").replace(tzinfo=UTC)
    if match := _ZONED.fullmatch(text):
        day, clock, zone = match.groups()
        local = datetime.strptime(day + clock, "%Y%m%d%H:%M:%S")  # noqa: DTZ007 the zone is next
        return local.replace(tzinfo=ZoneInfo(iana_zone(zone))).astimezone(UTC)
    if _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text), tz=UTC)
    raise ValueError(f"{text!r} is no IB time with a zone")


def parse_date(text: str) -> date:
    """Return the day of ``YYYYMMDD``.

    Raises:
        ValueError: The text is no such day.
    """
    if len(text) != 8 or not text.isdecimal():
        raise ValueError(f"{text!r} is no day in the form YYYYMMDD")
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def render_instant(instant: datetime | None) -> str:
    """Return an instant as a request carries it: UTC with a dash, empty for "now".

    Raises:
        ValueError: The instant has no zone.
    """
    if instant is None:
        return ""
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone")
    return instant.astimezone(UTC).strftime("%Y%m%d-%H:%M:%S")
