# SPDX-License-Identifier: Apache-2.0
"""Venues as IB spells them, and the calendar each one keeps. Facts as a table, code as lookup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ib_provider.errors import UnknownVenue

__all__ = ["VENUES", "Venue", "venue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """One exchange.

    Attributes:
        name: IB's name, the last part of an instrument id.
        mic: ISO 10383 market identifier, which is also the exchange_calendars calendar.
        time_zone: IANA name.
        currency: What its stocks trade in unless they say otherwise.
    """

    name: str
    mic: str
    time_zone: str
    currency: str


_NEW_YORK: Final = "America/New_York"

#: Listing venues of stocks. All US venues keep the sessions of the New York Stock Exchange.
VENUES: Final = {
    entry.name: entry
    for entry in (
        Venue(name="NASDAQ", mic="XNAS", time_zone=_NEW_YORK, currency="USD"),
        Venue(name="NYSE", mic="XNYS", time_zone=_NEW_YORK, currency="USD"),
        Venue(name="ARCA", mic="ARCX", time_zone=_NEW_YORK, currency="USD"),
        Venue(name="AMEX", mic="XASE", time_zone=_NEW_YORK, currency="USD"),
        Venue(name="BATS", mic="BATS", time_zone=_NEW_YORK, currency="USD"),
        Venue(name="LSE", mic="XLON", time_zone="Europe/London", currency="GBP"),
        Venue(name="IBIS", mic="XETR", time_zone="Europe/Berlin", currency="EUR"),
        Venue(name="SBF", mic="XPAR", time_zone="Europe/Paris", currency="EUR"),
        Venue(name="AEB", mic="XAMS", time_zone="Europe/Amsterdam", currency="EUR"),
        Venue(name="EBS", mic="XSWX", time_zone="Europe/Zurich", currency="CHF"),
        Venue(name="TSEJ", mic="XTKS", time_zone="Asia/Tokyo", currency="JPY"),
        Venue(name="SEHK", mic="XHKG", time_zone="Asia/Hong_Kong", currency="HKD"),
        Venue(name="ASX", mic="XASX", time_zone="Australia/Sydney", currency="AUD"),
    )
}


def venue(name: str) -> Venue:
    """Return the venue of IB's name.

    Raises:
        UnknownVenue: The table does not hold it.
    """
    try:
        return VENUES[name]
    except KeyError:
        raise UnknownVenue(name) from None
