# SPDX-License-Identifier: Apache-2.0
"""Symbols that a few letters may mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ib_provider.domain.contract import SecType
from ib_provider.simulator.contracts.contract_files import ContractTables
from ib_provider.simulator.contracts.listing import Listing
from ib_provider.wire.messages import SymbolSample

__all__ = ["MOST_SAMPLES", "search_symbols"]

#: IB, "Stock Contract Search": up to sixteen results.
MOST_SAMPLES: Final = 16
_SEARCHED: Final = (
    SecType.STK, SecType.IND, SecType.FUND, SecType.BOND, SecType.CMDTY, SecType.CRYPTO,
    SecType.CASH,
)  # fmt: skip


def search_symbols(tables: ContractTables, pattern: str) -> tuple[SymbolSample, ...]:
    """Return whose symbol, or a word of whose name, begins with a pattern, whatever its case.

    The symbol itself comes first, then symbols that begin so, then names; at most sixteen.
    """
    text = pattern.strip().upper()
    if not text:
        return ()
    ranked = [
        (rank, listing.contract.symbol, place, listing)
        for place, listing in enumerate(tables.listings)
        if listing.contract.sec_type in _SEARCHED and (rank := _rank(listing, text))
    ]
    ranked.sort(key=lambda entry: entry[:3])
    return tuple(_sample(tables, entry[3]) for entry in ranked[:MOST_SAMPLES])


def _rank(listing: Listing, text: str) -> int:
    """Return 1 for the symbol itself, 2 and 3 for lesser fits, 0 for none."""
    symbol = listing.contract.symbol.upper()
    if symbol == text:
        return 1
    if symbol.startswith(text):
        return 2
    name = listing.long_name.upper()
    return 3 if any(word.startswith(text) for word in name.split()) or name == text else 0


def _sample(tables: ContractTables, listing: Listing) -> SymbolSample:
    contract = listing.at("")
    return SymbolSample(
        contract=contract,
        derivative_sec_types=tuple(sorted(set(_derivatives(tables, listing)))),
        description=listing.long_name,
    )


def _derivatives(tables: ContractTables, listing: Listing) -> Iterator[str]:
    con_id = listing.contract.con_id
    for entry in tables.classes:
        under = entry.root.under_con_id if entry.root else entry.under.contract.con_id
        if under == con_id:
            yield entry.pattern.contract.sec_type
            yield SecType.BAG
    if any(root.under_con_id == con_id for root in tables.roots):
        yield SecType.FUT
    for other in tables.listings:
        if other.derivation and other.derivation.under_con_id == con_id:
            yield other.contract.sec_type
