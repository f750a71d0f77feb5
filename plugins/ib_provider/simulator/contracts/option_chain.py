# SPDX-License-Identifier: Apache-2.0
"""Options of one trading class: expirations by rule, strikes by ladder, each as a listing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from ib_provider.domain.contract import Contract, SecType
from ib_provider.simulator.contracts.con_ids import OptionCode, option_con_id
from ib_provider.simulator.contracts.expiry_rule import DayRule, ExpiryRule, Month
from ib_provider.simulator.contracts.futures_chain import (
    MONTH_CODES,
    Cycle,
    FuturesRoot,
    listed_months,
)
from ib_provider.simulator.contracts.listing import Derivation, Listing
from ib_provider.simulator.contracts.strike_ladder import StrikeLadder

__all__ = ["RIGHTS", "Expiration", "OptionClass", "PriceAt"]

RIGHTS: Final = ("C", "P")
_OCC_SCALE: Final = 1000
_WEEK: Final = timedelta(weeks=1)

PriceAt = Callable[[Listing], Decimal | None]
"""The price of an underlying on the day in question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiration:
    """One expiration of a class."""

    month: Month
    last_trade: date
    expiration: date


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionClass:
    """One row of options: a trading class and one way its expirations are found.

    Attributes:
        number: Its place in the conIds, from 1.
        pattern: The listing but for expiration, strike and right.
        rule: Of its months; None for a weekly row.
        weekday: Of a weekly row: it expires on each such day that ``skipped`` leaves.
        skipped: The rule of the months whose day a weekly row leaves to another one.
        weeks: How many weeks a weekly row lists.
        root: The futures it is on; None for an option on ``under``.
        form: Local symbol of an option on a future; an option on a stock has OCC's.
        strike_scale: What a strike is multiplied by in it.
    """

    number: int
    pattern: Listing
    ladder: StrikeLadder
    cycles: tuple[Cycle, ...]
    rule: ExpiryRule | None
    weekday: DayRule | None
    skipped: ExpiryRule | None
    weeks: int
    under: Listing
    root: FuturesRoot | None
    form: str
    strike_scale: int

    def expirations(self, today: date) -> list[Expiration]:
        """Return what is listed on a day, ascending."""
        if self.rule is not None:
            return [self._of_month(month) for month in listed_months(self.rule, self.cycles, today)]
        found: list[Expiration] = []
        monday = today - timedelta(days=today.weekday())
        while len(found) < self.weeks:
            entry = self._of_week(monday)
            if entry is not None and entry.last_trade >= today:
                found.append(entry)
            monday += _WEEK
        return found

    def decode(self, code: OptionCode) -> Listing | None:
        """Return the option that a conId says; None where its week has no expiration."""
        if self.rule is None:
            entry = self._of_week(code.monday)
            return self.listing(entry, self.ladder.strike(code.step), code.right) if entry else None
        friday = code.monday + timedelta(days=6)
        for ahead in (0, 1, -1, 2):
            month = (friday.year, friday.month)
            count = month[0] * 12 + month[1] - 1 + ahead
            entry = self._of_month((count // 12, count % 12 + 1))
            if code.monday <= entry.last_trade < code.monday + _WEEK:
                return self.listing(entry, self.ladder.strike(code.step), code.right)
        return None

    def strikes(self, price_at: PriceAt, entry: Expiration) -> tuple[Decimal, ...]:
        """Return the strikes of an expiration around its underlying's price."""
        under = self.underlying(entry)
        price = price_at(under) or under.reference_price or self.under.reference_price
        return self.ladder.strikes(price) if price else ()

    def underlying(self, entry: Expiration) -> Listing:
        """Return what an expiration is on: the first future that outlives it, or the stock."""
        if self.root is None:
            return self.under
        return next(self.root.listings(entry.last_trade))

    def listing(
        self, entry: Expiration, strike: Decimal, right: str, under: Listing | None = None
    ) -> Listing:
        """Return one option. ``under`` saves looking for its underlying once more."""
        under = under or self.underlying(entry)
        contract = replace(
            self.pattern.contract,
            con_id=option_con_id(
                self.number, entry.last_trade, self.ladder.step(strike) or 0, right
            ),
            last_trade_date=f"{entry.last_trade:%Y%m%d}",
            strike=strike,
            right=right,
        )
        contract = replace(contract, local_symbol=self._local_symbol(contract, entry))
        return replace(
            self.pattern,
            contract=contract,
            derivation=Derivation(
                under_con_id=under.contract.con_id,
                under_symbol=under.contract.local_symbol
                if self.root
                else self.pattern.contract.symbol,
                under_sec_type=under.contract.sec_type,
                month=f"{entry.month[0]}{entry.month[1]:02}",
                last_trade=entry.last_trade,
                expiration=entry.expiration,
            ),
        )

    def listings(
        self,
        today: date,
        price_at: PriceAt,
        wanted: Callable[[Expiration], bool],
        strike: Decimal | None = None,
        right: str = "",
    ) -> Iterator[Listing]:
        """Yield every option listed on a day, of the expirations wanted; of one strike or right."""
        for entry in filter(wanted, self.expirations(today)):
            under, strikes = self.underlying(entry), self.strikes(price_at, entry)
            for each in strikes if strike is None else {strike} & set(strikes):
                for side in (right,) if right else RIGHTS:
                    yield self.listing(entry, each, side, under)

    def _of_month(self, month: Month) -> Expiration:
        if self.rule is None:
            raise ValueError("a weekly row has no months")
        return Expiration(
            month=month,
            last_trade=self.rule.last_trade(month),
            expiration=self.rule.expiration(month),
        )

    def _of_week(self, monday: date) -> Expiration | None:
        if self.weekday is None:
            return None
        day = self.weekday.in_week(monday)
        month = (day.year, day.month)
        if self.skipped is not None and abs((self.skipped.last_trade(month) - day).days) <= 1:
            return None
        return Expiration(month=month, last_trade=day, expiration=day)

    def _local_symbol(self, contract: Contract, entry: Expiration) -> str:
        strike = contract.strike or Decimal(0)
        if contract.sec_type is SecType.OPT:
            thousandths = int(strike * _OCC_SCALE)
            root = contract.trading_class
            return f"{root:<6}{entry.expiration:%y%m%d}{contract.right}{thousandths:08}"
        shown = strike * self.strike_scale
        return self.form.format(
            root=contract.trading_class,
            code=MONTH_CODES[entry.month[1] - 1],
            y=entry.month[0] % 10,
            right=contract.right,
            strike=format(shown.normalize(), "f"),
        )
