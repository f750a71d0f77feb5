# SPDX-License-Identifier: Apache-2.0
"""Chains of options and futures: what there is, and which part of it is wanted.

Rules:
    * A bound that is None is no bound. Zero is zero: ``max_days=0`` is what expires today.
    * What was asked for and is not offered is an error that names what is, never an empty chain.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ib_provider.errors import ConfigError

__all__ = ["DaysWindow", "OptionChain", "OptionWish"]

_RIGHTS = frozenset({"C", "P"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionChain:
    """The options of one underlying, exchange and trading class, as IB lists their parameters.

    Not every strike exists at every expiration: IB lists the union of each.

    Attributes:
        under_con_id: conId of the underlying.
        expirations: Last trade dates, ascending.
        strikes: Ascending, in the currency of the options.
    """

    exchange: str
    under_con_id: int
    trading_class: str
    multiplier: str
    expirations: tuple[date, ...]
    strikes: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysWindow:
    """Days to expiry, both bounds inclusive; None is no bound.

    Raises:
        ConfigError: The bounds exclude everything.
    """

    min_days: int | None = None
    max_days: int | None = None

    def __post_init__(self) -> None:
        low, high = self.min_days, self.max_days
        if low is not None and high is not None and low > high:
            raise ConfigError("expiry", [f"min_days: {low} is above max_days, {high}"])

    def holds(self, expiry: date, *, today: date) -> bool:
        """Return whether an expiry lies within the window, counted from ``today``."""
        days = (expiry - today).days
        return (self.min_days is None or days >= self.min_days) and (
            self.max_days is None or days <= self.max_days
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionWish:
    """Which options of an underlying are wanted.

    Attributes:
        window: Days to expiry.
        min_strike: Lowest strike, inclusive.
        max_strike: Highest strike, inclusive.
        around: So many strikes below the money and as many from it up, each expiration.
        min_moneyness: Lowest strike as a part of the underlying's price, 0.9.
        max_moneyness: Highest likewise.
        rights: ``C``, ``P`` or both.
        trading_classes: Empty is every class.
        exchange: Empty is SMART where it is offered, else the only exchange that is.

    Raises:
        ConfigError: With everything in it that cannot be.
    """

    window: DaysWindow = field(default_factory=DaysWindow)
    min_strike: Decimal | None = None
    max_strike: Decimal | None = None
    around: int | None = None
    min_moneyness: Decimal | None = None
    max_moneyness: Decimal | None = None
    rights: frozenset[str] = _RIGHTS
    trading_classes: frozenset[str] = frozenset()
    exchange: str = ""

    def __post_init__(self) -> None:
        problems = []
        if not self.rights or not self.rights <= _RIGHTS:
            problems.append(f"rights: {', '.join(sorted(self.rights)) or 'none'}; C, P or both")
        if self.around is not None and self.around < 1:
            problems.append(f"around: {self.around} is not at least 1")
        for low, high, name in (
            (self.min_strike, self.max_strike, "strike"),
            (self.min_moneyness, self.max_moneyness, "moneyness"),
        ):
            if any(bound is not None and not bound.is_finite() for bound in (low, high)):
                problems.append(f"{name}: a bound is no number")
            elif low is not None and high is not None and low > high:
                problems.append(f"{name}: {low} is above {high}")
        if problems:
            raise ConfigError("option chain", problems)

    @property
    def needs_price(self) -> bool:
        """Return whether the underlying's price decides which strikes are wanted."""
        deciding = (self.around, self.min_moneyness, self.max_moneyness)
        return any(bound is not None for bound in deciding)

    def strikes(
        self, strikes: Iterable[Decimal], *, price: Decimal | None = None
    ) -> tuple[Decimal, ...]:
        """Return the strikes that are wanted, ascending.

        Raises:
            ValueError: The price decides, and there is none above zero.
        """
        if self.needs_price and (price is None or not price > 0):
            raise ValueError("strikes around the money need the underlying's price")
        low = _highest(self.min_strike, _part(self.min_moneyness, price))
        high = _lowest(self.max_strike, _part(self.max_moneyness, price))
        held = [
            strike
            for strike in sorted(set(strikes))
            if (low is None or strike >= low) and (high is None or strike <= high)
        ]
        if self.around is None or price is None:
            return tuple(held)
        below = [strike for strike in held if strike < price]
        above = [strike for strike in held if strike >= price]
        return (*below[max(0, len(below) - self.around) :], *above[: self.around])


def _part(part: Decimal | None, price: Decimal | None) -> Decimal | None:
    return None if part is None or price is None else part * price


def _highest(*bounds: Decimal | None) -> Decimal | None:
    return max((bound for bound in bounds if bound is not None), default=None)


def _lowest(*bounds: Decimal | None) -> Decimal | None:
    return min((bound for bound in bounds if bound is not None), default=None)
