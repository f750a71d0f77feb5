# SPDX-License-Identifier: Apache-2.0
"""The data files of the simulated gateway's contracts, read and checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from ib_provider.errors import ConfigError
from ib_provider.simulator.contracts.chain_row import ChainTables, read_option_class, read_root
from ib_provider.simulator.contracts.expiry_rule import read_expiry_rules
from ib_provider.simulator.contracts.futures_chain import FuturesRoot
from ib_provider.simulator.contracts.listing import Listing
from ib_provider.simulator.contracts.listing_row import RuleTables, read_listing
from ib_provider.simulator.contracts.market_rules import PriceLadder, read_market_rules
from ib_provider.simulator.contracts.option_chain import OptionClass
from ib_provider.simulator.contracts.strike_ladder import read_strike_ladders
from ib_provider.simulator.contracts.trading_hours import read_trading_hours
from ib_provider.simulator.contracts.yaml_rows import RowFile

__all__ = ["ContractTables", "read_contract_tables", "read_folder", "read_listings"]

_CONTRACTS: Final = "contracts"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractTables:
    """Everything the data files say.

    Attributes:
        listings: Single contracts: all but futures and options.
        ladders: Market rules by id.
        aliases: Other names of exchanges.
    """

    listings: tuple[Listing, ...]
    roots: tuple[FuturesRoot, ...]
    classes: tuple[OptionClass, ...]
    ladders: Mapping[int, PriceLadder]
    aliases: Mapping[str, str]


@cache
def read_listings() -> tuple[Listing, ...]:
    """Return the single contracts of the package's own data files."""
    return read_contract_tables().listings


@cache
def read_contract_tables() -> ContractTables:
    """Return the package's own data files."""
    return read_folder(resources.files("ib_provider.simulator").joinpath("data"))


def read_folder(folder: Traversable) -> ContractTables:
    """Return what a folder says: its rule tables, and every file of its ``contracts`` folder.

    Raises:
        ConfigError: Every problem of the first table that has any, or of all contract files.
    """
    rules = RuleTables(
        hours=read_trading_hours(*_named(folder, "trading_hours.yaml")),
        ladders=read_market_rules(*_named(folder, "market_rules.yaml")),
    )
    chains = ChainTables(
        rules=rules,
        expiries=read_expiry_rules(*_named(folder, "expiry_rules.yaml")),
        strikes=read_strike_ladders(*_named(folder, "strike_ladders.yaml")),
    )
    names = sorted(
        entry.name for entry in folder.joinpath(_CONTRACTS).iterdir() if entry.name[-5:] == ".yaml"
    )
    files = [RowFile(*_named(folder.joinpath(_CONTRACTS), name)) for name in names]
    tables = _read(files, chains, _aliases(*_named(folder, "exchange_aliases.yaml")))
    problems = [f"{file.source}: {problem}" for file in files for problem in file.problems]
    problems += _clashes(tables)
    if problems:
        raise ConfigError(f"{_CONTRACTS} of {folder}", problems)
    return tables


def _named(folder: Traversable, name: str) -> tuple[str, str]:
    return name, folder.joinpath(name).read_text(encoding="utf-8")


def _read(
    files: Sequence[RowFile], chains: ChainTables, aliases: Mapping[str, str]
) -> ContractTables:
    listings = []
    for row in (row for file in files for row in file.rows("contracts")):
        listings.append(read_listing(row, chains.rules))
        row.done()
    roots = [read_root(row, chains) for file in files for row in file.rows("futures")]
    by_id = {listing.contract.con_id: listing for listing in listings}
    by_class = {root.pattern.contract.trading_class: root for root in roots}
    classes = [
        read_option_class(row, chains, by_id, by_class)
        for file in files
        for row in file.rows("options")
    ]
    return ContractTables(
        listings=(*listings, *_indices_of(roots, by_id)),
        roots=tuple(roots),
        classes=tuple(entry for entry in classes if entry is not None),
        ladders=chains.rules.ladders,
        aliases=aliases,
    )


def _aliases(source: str, text: str) -> Mapping[str, str]:
    file = RowFile(source, text)
    found = {}
    for row in file.rows("aliases"):
        found[row.text("name")] = row.text("means")
        row.done()
    file.check()
    return found


def _indices_of(roots: Iterable[FuturesRoot], by_id: Mapping[int, Listing]) -> Iterable[Listing]:
    """Yield the index that stands under each root where no row lists it: IB names one for each."""
    for root in roots:
        if (listing := root.index()).contract.con_id not in by_id:
            yield listing


def _clashes(tables: ContractTables) -> list[str]:
    """Return what may stand only once and does not."""
    problems = []
    for what, numbers in (
        ("con_id", [listing.contract.con_id for listing in tables.listings]),
        ("futures number", [root.number for root in tables.roots]),
        ("options number", [entry.number for entry in tables.classes]),
    ):
        twice = sorted({number for number in numbers if numbers.count(number) > 1})
        problems += [f"{what} {number}: two rows have it; give one another" for number in twice]
    return problems
