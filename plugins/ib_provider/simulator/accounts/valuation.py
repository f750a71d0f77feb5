# SPDX-License-Identifier: Apache-2.0
"""What an account is worth at given prices, under IB's tags. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ib_provider.simulator.accounts.account import Account, Holding
from ib_provider.simulator.accounts.asset import Asset

__all__ = ["Position", "Valuation", "position_margin", "value_account"]

_ZERO: Final = Decimal(0)
_SHORT_OPTION: Final = Decimal("0.15")  # of the strike, on top of the premium: a guess
_MAINTENANCE: Final = Decimal(1)  # of the initial margin: one rate for both


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A holding at a price, in the contract's currency."""

    holding: Holding
    asset: Asset
    price: Decimal

    @property
    def worth(self) -> Decimal:
        """Return what the units are worth: the whole value, for futures too."""
        return self.holding.quantity * self.price * self.asset.multiplier

    @property
    def unrealized(self) -> Decimal:
        """Return the gain over the average cost."""
        return self.worth - self.holding.quantity * self.holding.avg_cost

    @property
    def margin(self) -> Decimal:
        """Return what the position binds in a margin account."""
        return position_margin(self.asset, self.holding.quantity, self.price)


@dataclass(frozen=True, slots=True, kw_only=True)
class Valuation:
    """An account at one instant.

    Attributes:
        rates: Currency → what one unit of it is worth in the base currency.
    """

    account: Account
    positions: tuple[Position, ...]
    rates: Mapping[str, Decimal]

    @property
    def net(self) -> Decimal:
        """Return the net liquidation value in the base currency."""
        money = sum((self.cash(name) * self.rates[name] for name in self._currencies()), _ZERO)
        return money + sum((self._base(row, row.worth) for row in self._settled()), _ZERO)

    @property
    def day_profit(self) -> Decimal:
        """Return by how much the account has gained since the day began."""
        return self.net - self.account.day_equity

    @property
    def margin(self) -> Decimal:
        """Return what all positions bind, in the base currency; their cost in a cash account."""
        return sum((self._base(row, row.margin) for row in self._valued()), _ZERO)

    @property
    def free(self) -> Decimal:
        """Return what new positions may bind."""
        if self.account.kind == "cash":
            return self.total_cash
        return self.net - self.margin

    @property
    def total_cash(self) -> Decimal:
        """Return the money of every currency in the base currency."""
        return sum((self.cash(name) * self.rates[name] for name in self._currencies()), _ZERO)

    def cash(self, currency: str) -> Decimal:
        """Return the money of one currency, with what futures gained or lost so far."""
        gained = sum((row.worth for row in self._valued() if self._pays_gain(row, currency)), _ZERO)
        return self.account.cash(currency) + gained

    def totals(self) -> dict[str, Decimal]:
        """Return IB's amounts in the base currency."""
        net, margin, free = self.net, self.margin, self.free
        gross = sum((self._base(row, abs(row.worth)) for row in self._settled()), _ZERO)
        excess = free if self.account.kind == "cash" else net - margin * _MAINTENANCE
        power = free if self.account.kind == "cash" else free * 4
        cash = self.total_cash
        amounts = {
            "AccruedCash": _ZERO,
            "AvailableFunds": free,
            "BuyingPower": max(_ZERO, power),
            "EquityWithLoanValue": net,
            "ExcessLiquidity": excess,
            "GrossPositionValue": gross,
            "InitMarginReq": margin,
            "MaintMarginReq": margin * _MAINTENANCE,
            "NetLiquidation": net,
            "PreviousDayEquityWithLoanValue": self.account.day_equity,
            "RealizedPnL": self.realized,
            "RegTEquity": net,
            "RegTMargin": gross / 2,
            "SettledCash": cash,
            "SMA": max(_ZERO, net - gross / 2),
            "TotalCashBalance": cash,
            "TotalCashValue": cash,
            "UnrealizedPnL": self.unrealized,
        }
        for name in ("AvailableFunds", "ExcessLiquidity", "InitMarginReq", "MaintMarginReq"):
            amounts[f"Full{name}"] = amounts[f"LookAhead{name}"] = amounts[name]
        return amounts

    def ratios(self) -> dict[str, str]:
        """Return IB's values that are no amounts."""
        net = self.net
        gross = self.totals()["GrossPositionValue"]
        return {
            "Cushion": f"{self.totals()['ExcessLiquidity'] / net:.6f}" if net else "0",
            "DayTradesRemaining": "-1",
            "Leverage": f"{gross / net:.2f}" if net else "0",
        }

    @property
    def realized(self) -> Decimal:
        """Return the realized profit in the base currency."""
        return sum((self._base(row, self._realized_of(row)) for row in self.positions), _ZERO)

    @property
    def unrealized(self) -> Decimal:
        """Return the unrealized profit in the base currency."""
        return sum((self._base(row, row.unrealized) for row in self._valued()), _ZERO)

    def ledger(self, currency: str) -> Iterator[tuple[str, Decimal]]:
        """Yield the amounts of one currency, in it."""
        rows = [row for row in self._valued() if row.asset.currency == currency]
        kinds = {"StockMarketValue": _ZERO, "OptionMarketValue": _ZERO, "FuturesPNL": _ZERO}
        for row in rows:
            tag = row.asset.rule.ledger
            gain = row.worth if row.asset.rule.settles else row.unrealized
            kinds[tag] = kinds.get(tag, _ZERO) + gain
        cash = self.cash(currency)
        settled = sum((row.worth for row in rows if row.asset.rule.settles), _ZERO)
        own = [row for row in self.positions if row.asset.currency == currency]
        yield "CashBalance", cash
        yield "TotalCashBalance", cash
        yield "AccruedCash", _ZERO
        yield from sorted(kinds.items())
        yield "NetLiquidationByCurrency", cash + settled
        yield "UnrealizedPnL", sum((row.unrealized for row in rows), _ZERO)
        yield "RealizedPnL", sum((self._realized_of(row) for row in own), _ZERO)
        yield "NetDividend", _ZERO

    def _realized_of(self, row: Position) -> Decimal:
        return self.account.realized(row.asset.con_id)

    def _currencies(self) -> set[str]:
        return {*self.account.currencies(), *(row.asset.currency for row in self.positions)}

    def _valued(self) -> Iterator[Position]:
        return (row for row in self.positions if not row.asset.is_money)

    def _settled(self) -> Iterator[Position]:
        return (row for row in self._valued() if row.asset.rule.settles)

    @staticmethod
    def _pays_gain(row: Position, currency: str) -> bool:
        return row.asset.currency == currency and not row.asset.rule.settles

    def _base(self, row: Position, amount: Decimal) -> Decimal:
        return amount * self.rates[row.asset.currency]


def position_margin(asset: Asset, quantity: Decimal, price: Decimal) -> Decimal:
    """Return what so many units bind in a margin account, in the contract's currency."""
    worth = abs(quantity) * price * asset.multiplier
    if asset.strike is not None:
        short = abs(quantity) * asset.strike * asset.multiplier * _SHORT_OPTION
        return worth if quantity > 0 else short
    return worth * asset.rule.margin


def value_account(
    account: Account,
    assets: Mapping[int, Asset],
    prices: Mapping[int, Decimal],
    rates: Mapping[str, Decimal],
) -> Valuation:
    """Return the account at these prices.

    Args:
        assets: Of every contract held or ever traded with profit.
        prices: Of every contract held.
        rates: Of every currency of the account and its contracts.
    """
    held = {row.con_id: row for row in account.holdings()}
    return Valuation(
        account=account,
        positions=tuple(
            Position(
                holding=held.get(con_id, Holding(con_id=con_id, quantity=_ZERO, avg_cost=_ZERO)),
                asset=assets[con_id],
                price=prices.get(con_id, _ZERO),
            )
            for con_id in sorted(assets)
        ),
        rates=rates,
    )
