# SPDX-License-Identifier: Apache-2.0
"""Venues as IB spells them: names, zones, money, calendars. The rows stand in ``venue_table``."""

from __future__ import annotations

from typing import Final

from ib_provider.errors import UnknownVenue
from ib_provider.symbology.venue_table import ALIASES, ROWS, FuturesForm, Venue

__all__ = ["ALIASES", "SMART", "VENUES", "FuturesForm", "Venue", "venue", "venue_name"]

#: IB's router. It lists nothing, so it is no row of the table.
SMART: Final = "SMART"
VENUES: Final = {entry.name: entry for entry in ROWS}


def venue(name: str) -> Venue:
    """Return the venue of IB's name; a retired name leads to today's venue.

    Raises:
        UnknownVenue: The table does not hold it.
    """
    try:
        return VENUES[venue_name(name)]
    except KeyError:
        raise UnknownVenue(name) from None


def venue_name(name: str) -> str:
    """Return today's name of a venue that IB also spells, or used to spell, otherwise."""
    return ALIASES.get(name, name)
