# SPDX-License-Identifier: Apache-2.0
"""Trading hours as they are told once a session was called off, or ordered to end early."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from ib_provider.simulator.market.venue_calendar import VenueCalendar

__all__ = ["ordered_hours"]


def ordered_hours(text: str, venue: str, zone_id: str, calendar: VenueCalendar) -> str:
    """Return IB's text of hours, ``20130304:0930-20130304:1600;20130309:CLOSED``, as ordered.

    A span belongs to the session of the day it ends on.
    """
    if not calendar.is_altered:
        return text
    spans = (_span(span, venue, ZoneInfo(zone_id), calendar) for span in text.split(";"))
    return ";".join(span for span in spans if span)


def _span(span: str, venue: str, zone: ZoneInfo, calendar: VenueCalendar) -> str:
    begin, dash, end = span.partition("-")
    if not dash:
        return span
    session = date(int(end[:4]), int(end[4:6]), int(end[6:8]))
    if calendar.is_closed(venue, session):
        return f"{session:%Y%m%d}:CLOSED"
    at = calendar.early_end(venue, session)
    if at is None:
        return span
    latest = f"{at.astimezone(zone):%Y%m%d:%H%M}"
    return f"{begin}-{min(end, latest)}" if begin < latest else ""
