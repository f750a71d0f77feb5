# SPDX-License-Identifier: Apache-2.0
"""A listing as the gateway describes it, with the hours of the coming week."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from ib_provider.simulator.contracts.listing import SMART, Listing
from ib_provider.simulator.market.hours import hours_of, local_date, zone_of
from ib_provider.wire.messages import ContractData

__all__ = ["describe"]

_DAYS_OF_HOURS: Final = 7


def describe(listing: Listing, exchange: str, request_id: int, now: datetime) -> ContractData:
    """Return the gateway's description of a listing, with the hours of the coming week."""
    return ContractData(
        request_id=request_id,
        contract=listing.at(exchange or SMART),
        min_tick=listing.min_tick,
        market_name=listing.market_name,
        order_types="DAY,GTC,IOC,FOK,LMT,LOC,MKT,MOC,STP,STPLMT",
        valid_exchanges=",".join(listing.venues),
        long_name=listing.long_name,
        industry=listing.industry,
        category=listing.category,
        subcategory=listing.subcategory,
        time_zone=listing.time_zone,
        trading_hours=_hours_text(listing, now, extended=True),
        liquid_hours=_hours_text(listing, now, extended=False),
        sec_ids=(("ISIN", listing.isin),) if listing.isin else (),
        market_rule_ids=",".join("26" for _ in listing.venues),
        stock_type=listing.stock_type,
    )


def _hours_text(listing: Listing, now: datetime, *, extended: bool) -> str:
    """Return IB's text, ``20130304:0930-20130304:1600;20130309:CLOSED;…`` in the venue's zone."""
    first, zone = local_date(listing.venue, now), zone_of(listing.venue)
    parts = []
    for day in (first + timedelta(days=count) for count in range(_DAYS_OF_HOURS)):
        hours = hours_of(listing.venue, day)
        if hours is None:
            parts.append(f"{day:%Y%m%d}:CLOSED")
            continue
        begin, end = listing.extended
        if not extended:
            begin, end = (f"{at.astimezone(zone):%H%M}" for at in (hours.open, hours.close))
        parts.append(f"{day:%Y%m%d}:{begin}-{day:%Y%m%d}:{end}")
    return ";".join(parts)
