# SPDX-License-Identifier: Apache-2.0
"""Accounts: what they are for, what they hold, what they are worth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from ib_provider.domain.contract import Contract

__all__ = [
    "AccountBook",
    "AccountValue",
    "PnL",
    "PortfolioItem",
    "Position",
    "PositionPnL",
    "TradingMode",
]

#: A double of IB's at or above this stands for "not set".
_UNSET_ABOVE: Final = Decimal("1e300")


class TradingMode(StrEnum):
    """Whether orders cost money."""

    PAPER = "paper"
    LIVE = "live"

    @classmethod
    def of(cls, account: str) -> TradingMode:
        """Return what an account is by its own name: paper accounts begin with ``D``."""
        return cls.PAPER if account.startswith("D") else cls.LIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Units held of one contract; negative for a short. ``avg_cost`` per unit, with multiplier."""

    account: str
    contract: Contract
    quantity: Decimal
    avg_cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountValue:
    """One row of an account summary. ``value`` is IB's text: not every tag is a number."""

    account: str
    tag: str
    value: str
    currency: str

    @property
    def amount(self) -> Decimal | None:
        """Return the value as a number; None where it is none, or IB has not set it.

        Zero is a number: an account that holds nothing has an amount, one that IB says nothing of
        has no row.
        """
        try:
            found = Decimal(self.value)
        except InvalidOperation:
            return None
        return found if found.is_finite() and abs(found) < _UNSET_ABOVE else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioItem:
    """A position with what IB says it is worth. A number that IB did not give is None.

    Attributes:
        avg_cost: Per unit, with multiplier, in the contract's currency like every other here.
    """

    account: str
    contract: Contract
    quantity: Decimal
    avg_cost: Decimal | None
    market_price: Decimal | None
    market_value: Decimal | None
    unrealized_pnl: Decimal | None
    realized_pnl: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBook:
    """Everything IB says of one account: values by tag and currency, and the portfolio.

    Attributes:
        values: One a tag and currency; ``BASE`` is the sum in the account's own currency.
        portfolio: What the account holds; a row of zero units was closed today.
    """

    account: str
    values: tuple[AccountValue, ...]
    portfolio: tuple[PortfolioItem, ...]

    def amount(self, tag: str, currency: str) -> Decimal | None:
        """Return one number, or None where IB gives none under that tag and currency."""
        for row in self.values:
            if (row.tag, row.currency) == (tag, currency):
                return row.amount
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class PnL:
    """Profit and loss of an account, in its base currency; None where IB has not computed it.

    Attributes:
        ts: When it came, UTC, by our clock.
        daily: Since the reset that is set in TWS, the previous session's close by default.
    """

    account: str
    model: str
    ts: datetime
    daily: Decimal | None
    unrealized: Decimal | None
    realized: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionPnL:
    """Profit and loss of one position; None where IB has not computed it."""

    account: str
    model: str
    con_id: int
    ts: datetime
    quantity: Decimal | None
    daily: Decimal | None
    unrealized: Decimal | None
    realized: Decimal | None
    value: Decimal | None
