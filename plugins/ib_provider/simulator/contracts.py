# SPDX-License-Identifier: Apache-2.0
"""The contracts the simulated gateway knows, and which of them a description fits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from importlib import resources
from typing import Any, Final

import yaml

from ib_provider.domain.contract import Contract, SecType
from ib_provider.simulator.market.hours import hours_of, local_date, zone_of
from ib_provider.wire.messages import ContractData

__all__ = ["SMART", "ContractBook", "Listing", "describe", "read_listings"]

SMART: Final = "SMART"
_DAYS_OF_HOURS: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One contract as the gateway describes it.

    Attributes:
        contract: Fully qualified, ``exchange`` being the listing venue.
        venues: Where it trades; SMART is always among them.
        series: Symbol of its prices in the market; empty where the gateway has none.
        extended: Local (open, close) of the whole trading day, ``HHMM``.
    """

    contract: Contract
    long_name: str
    market_name: str
    min_tick: Decimal
    venues: tuple[str, ...]
    time_zone: str
    industry: str
    category: str
    subcategory: str
    stock_type: str
    isin: str
    series: str
    extended: tuple[str, str]

    @property
    def venue(self) -> str:
        """Return the listing venue, whose sessions the contract keeps."""
        return self.contract.primary_exchange

    def at(self, exchange: str) -> Contract:
        """Return the contract routed to an exchange."""
        return replace(self.contract, exchange=exchange)


class ContractBook:
    """Every listing, found by description."""

    def __init__(self, listings: Iterable[Listing]) -> None:
        self._listings = tuple(listings)
        self._by_id = {listing.contract.con_id: listing for listing in self._listings}

    def __iter__(self) -> Iterator[Listing]:
        return iter(self._listings)

    def by_id(self, con_id: int) -> Listing:
        """Return the listing of a conId that the gateway itself has given out."""
        return self._by_id[con_id]

    def find(self, wanted: Contract, *, isin: str = "") -> tuple[Listing, ...]:
        """Return every listing that fits; a conId alone is enough."""
        if wanted.con_id:
            found = self._by_id.get(wanted.con_id)
            return (found,) if found and _routes(found, wanted.exchange) else ()
        if not (wanted.symbol or wanted.local_symbol or isin):
            return ()
        return tuple(listing for listing in self._listings if _fits(listing, wanted, isin))


def read_listings() -> tuple[Listing, ...]:
    """Return the listings of the package's own data file."""
    text = resources.files("ib_provider.simulator").joinpath("data/contracts.yaml").read_text()
    return tuple(_listing(row) for row in yaml.safe_load(text))


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


def _fits(listing: Listing, wanted: Contract, isin: str) -> bool:
    own = listing.contract
    return (
        wanted.sec_type == own.sec_type
        and wanted.symbol in ("", own.symbol)
        and wanted.local_symbol in ("", own.local_symbol)
        and wanted.currency in ("", own.currency)
        and wanted.primary_exchange in ("", own.primary_exchange)
        and wanted.trading_class in ("", own.trading_class)
        and isin in ("", listing.isin)
        and _routes(listing, wanted.exchange)
    )


def _routes(listing: Listing, exchange: str) -> bool:
    return exchange == "" or exchange in listing.venues


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


def _listing(row: dict[str, Any]) -> Listing:
    contract = Contract(
        con_id=row["con_id"],
        symbol=row["symbol"],
        sec_type=SecType(row["sec_type"]),
        exchange=row["primary_exchange"],
        primary_exchange=row["primary_exchange"],
        currency=row["currency"],
        local_symbol=row["local_symbol"],
        trading_class=row["trading_class"],
    )
    begin, end = row["extended_hours"].split("-")
    return Listing(
        contract=contract,
        long_name=row["long_name"],
        market_name=row["trading_class"],
        min_tick=Decimal(row["min_tick"]),
        venues=tuple(row["venues"]),
        time_zone=row["time_zone"],
        industry=row["industry"],
        category=row["category"],
        subcategory=row["subcategory"],
        stock_type=row["stock_type"],
        isin=row["isin"],
        series=row.get("series", ""),
        extended=(begin, end),
    )
