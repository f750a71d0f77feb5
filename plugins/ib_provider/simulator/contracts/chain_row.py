# SPDX-License-Identifier: Apache-2.0
"""Rows of futures and of options, read into chains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from ib_provider.simulator.contracts.con_ids import MOST_OPTION_ROWS, MOST_ROOTS
from ib_provider.simulator.contracts.expiry_rule import WEEKDAYS, DayRule, ExpiryRule
from ib_provider.simulator.contracts.futures_chain import MONTH_CODES, Cycle, FuturesRoot
from ib_provider.simulator.contracts.listing import Listing
from ib_provider.simulator.contracts.listing_row import RuleTables, read_listing
from ib_provider.simulator.contracts.option_chain import OptionClass
from ib_provider.simulator.contracts.strike_ladder import StrikeLadder
from ib_provider.simulator.contracts.yaml_rows import Row

__all__ = ["ChainTables", "read_option_class", "read_root"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainTables:
    """What the rows of chains name."""

    rules: RuleTables
    expiries: Mapping[str, ExpiryRule]
    strikes: Mapping[str, StrikeLadder]


def read_root(row: Row, tables: ChainTables) -> FuturesRoot:
    """Return a row of ``futures``; what it lacks is noted."""
    number = _number(row, MOST_ROOTS - 1)
    rule = row.one_of("expiry", tables.expiries) or _any(tables.expiries)
    cycles = _cycles(row)
    forms = row.words("local_symbols", ("{root}{code}{y}",))
    pattern = read_listing(row, tables.rules)
    row.done()
    if not cycles:
        row.note("listed", "says no month")
    return FuturesRoot(number=number, pattern=pattern, rule=rule, cycles=cycles, forms=forms)


def read_option_class(
    row: Row,
    tables: ChainTables,
    listings: Mapping[int, Listing],
    roots: Mapping[str, FuturesRoot],
) -> OptionClass | None:
    """Return a row of ``options``; None, noted, where its underlying is not known."""
    number = _number(row, MOST_OPTION_ROWS)
    ladder = row.one_of("strikes", tables.strikes) or _any(tables.strikes)
    root = row.one_of("root", roots) if row.has("root") else None
    under = root.pattern if root else _under(row, listings)
    rule = row.one_of("expiry", tables.expiries) if row.has("expiry") else None
    weekday = row.one_of("weekly", WEEKDAYS) if row.has("weekly") else None
    skipped = row.one_of("except", tables.expiries) if row.has("except") else None
    weeks = row.integer("weeks", 0)
    cycles = _cycles(row)
    form = row.text("local_symbol_form", "")
    scale = row.integer("strike_scale", 1)
    pattern = read_listing(row, tables.rules)
    row.done()
    if (rule is None) == (weekday is None):
        row.note("expiry", "say either expiry and listed, or weekly and weeks")
    if (rule is not None and not cycles) or (weekday is not None and weeks < 1):
        row.note("listed", "says no expiration")
    if under is None:
        return None
    return OptionClass(
        number=number,
        pattern=pattern,
        ladder=ladder,
        cycles=cycles,
        rule=rule,
        weekday=DayRule(weekday=weekday) if weekday is not None else None,
        skipped=skipped,
        weeks=weeks,
        under=under,
        root=root,
        form=form,
        strike_scale=scale,
    )


def _under(row: Row, listings: Mapping[int, Listing]) -> Listing | None:
    con_id = row.integer("under")
    if con_id not in listings:
        row.note("under", f"no contract has the con_id {con_id}")
    return listings.get(con_id)


def _number(row: Row, most: int) -> int:
    number = row.integer("number")
    if not 1 <= number <= most:
        row.note("number", f"not from 1 to {most}: {number}")
    return number


def _cycles(row: Row) -> tuple[Cycle, ...]:
    cycles = []
    for part in row.parts("listed", []):
        cycle = Cycle(months=part.text("months"), count=part.integer("count"))
        part.done()
        if not cycle.months or set(cycle.months) - set(MONTH_CODES) or cycle.count < 1:
            row.note("listed", f"months are letters of {MONTH_CODES}, count at least 1: {cycle}")
            continue
        cycles.append(cycle)
    return tuple(cycles)


def _any(table: Mapping[str, T]) -> T:
    """Return something to go on with after a problem has been noted."""
    return next(iter(table.values()))
