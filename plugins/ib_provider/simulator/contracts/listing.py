# SPDX-License-Identifier: Apache-2.0
"""One contract as the simulated gateway knows it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from ib_provider.domain.contract import Contract

__all__ = ["SMART", "Listing"]

SMART: Final = "SMART"


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
