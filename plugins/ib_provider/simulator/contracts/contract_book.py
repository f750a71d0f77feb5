# SPDX-License-Identifier: Apache-2.0
"""Which contracts a description fits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ib_provider.domain.contract import Contract
from ib_provider.simulator.contracts.listing import Listing

__all__ = ["ContractBook"]


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
