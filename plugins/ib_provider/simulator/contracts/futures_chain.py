# SPDX-License-Identifier: Apache-2.0
"""Futures of one root: which months are listed, and each month as a listing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from ib_provider.domain.contract import Contract, SecType
from ib_provider.simulator.contracts.con_ids import future_con_id, single_con_id
from ib_provider.simulator.contracts.expiry_rule import ExpiryRule, Month, shifted
from ib_provider.simulator.contracts.listing import Derivation, Listing

__all__ = ["MONTH_CODES", "Cycle", "FuturesRoot", "listed_months", "local_symbol"]

#: The letters exchanges give to the months, January first.
MONTH_CODES: Final = "FGHJKMNQUVXZ"
_KEPT_YEARS: Final = 2  # how long IB still knows an expired future


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """The nearest ``count`` of some months: ``HMUZ``, 5."""

    months: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FuturesRoot:
    """One kind of future.

    Attributes:
        number: Its place in the conIds.
        pattern: The listing but for what a month decides; its contract has no date.
        cycles: Which months are listed: those of any cycle.
        forms: Local symbols, ``{class}{code}{y}``; the first is given, the others understood.
    """

    number: int
    pattern: Listing
    rule: ExpiryRule
    cycles: tuple[Cycle, ...]
    forms: tuple[str, ...]

    def listing(self, month: Month) -> Listing:
        """Return one month of the root, listed or not."""
        last = self.rule.last_trade(month)
        contract = replace(
            self.pattern.contract,
            con_id=future_con_id(self.number, month),
            last_trade_date=f"{last:%Y%m%d}",
            local_symbol=local_symbol(self.forms[0], self.pattern.contract, month),
        )
        return replace(
            self.pattern,
            contract=contract,
            other_symbols=tuple(local_symbol(form, contract, month) for form in self.forms[1:]),
            derivation=Derivation(
                under_con_id=self.under_con_id,
                under_symbol=contract.symbol,
                under_sec_type=SecType.IND,
                month=f"{month[0]}{month[1]:02}",
                last_trade=last,
                expiration=self.rule.expiration(month),
            ),
        )

    def listings(self, today: date, *, expired: bool = False) -> Iterator[Listing]:
        """Yield the listed months by last day of trading, before them those that have expired."""
        if expired:
            for month in _months(shifted((today.year, today.month), -12 * _KEPT_YEARS), 12 * 3):
                if self.lists(month) and self.rule.last_trade(month) < today:
                    yield self.listing(month)
        for month in listed_months(self.rule, self.cycles, today):
            yield self.listing(month)

    def lists(self, month: Month) -> bool:
        """Return whether the root ever has this month."""
        return any(MONTH_CODES[month[1] - 1] in cycle.months for cycle in self.cycles)

    def front(self, today: date) -> Listing:
        """Return the nearest month that still trades."""
        return next(self.listings(today))

    def index(self) -> Listing:
        """Return the index that IB names as the underlying of the root's futures."""
        own = self.pattern.contract
        contract = Contract(
            con_id=self.under_con_id,
            symbol=own.symbol,
            sec_type=SecType.IND,
            exchange=own.exchange,
            currency=own.currency,
            local_symbol=own.symbol,
            trading_class=own.symbol,
        )
        return replace(self.pattern, contract=contract, derivation=None)

    @property
    def under_con_id(self) -> int:
        """Return the conId of the index under the root's futures."""
        if self.pattern.derivation is not None:
            return self.pattern.derivation.under_con_id
        own = self.pattern.contract
        return single_con_id(f"IND/{own.symbol}/{own.exchange}/{own.currency}/")

    def continuous(self, today: date) -> Listing:
        """Return the continuous contract: the front month under its own security type."""
        front = self.front(today)
        return replace(front, contract=replace(front.contract, sec_type=SecType.CONTFUT))


def listed_months(rule: ExpiryRule, cycles: tuple[Cycle, ...], today: date) -> list[Month]:
    """Return the months listed on a day, ascending: the nearest of each cycle that still trade."""
    found: set[Month] = set()
    for cycle in cycles:
        left = cycle.count
        for month in _months((today.year, today.month), 12 * 12):
            if left == 0:
                break
            if MONTH_CODES[month[1] - 1] in cycle.months and rule.last_trade(month) >= today:
                found.add(month)
                left -= 1
    return sorted(found)


def local_symbol(form: str, contract: Contract, month: Month) -> str:
    """Return a local symbol by its form: ``ESH3``, or the older ``YM   MAR 13``."""
    return form.format(
        root=contract.trading_class,
        code=MONTH_CODES[month[1] - 1],
        y=month[0] % 10,
        yy=f"{month[0] % 100:02}",
        mon=date(*month, 1).strftime("%b").upper(),
    )


def _months(first: Month, count: int) -> Iterator[Month]:
    for ahead in range(count):
        yield shifted(first, ahead)
