# SPDX-License-Identifier: Apache-2.0
"""One paper account: cash, holdings, commissions, margin. Prices are a parameter.

Rules (a small margin account; one rate for everything):
    * Commission is IB's fixed tariff for US stocks: 0.005 USD a share, at least 1.00 an order, at
      most 1 % of what it traded.
    * A holding's average cost contains the commission of its opening trades.
    * Margin is a quarter of the gross position; buying power is four times the free funds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ib_provider.domain.order import Side

__all__ = ["MARGIN", "Account", "Charge", "Holding", "commission_of"]

MARGIN: Final = Decimal("0.25")
_PER_SHARE: Final = Decimal("0.005")
_LEAST: Final = Decimal("1.00")
_MOST: Final = Decimal("0.01")
_ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Shares of one contract; negative for a short. ``avg_cost`` a share, with commission."""

    con_id: int
    quantity: Decimal
    avg_cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What an execution did to the account. ``realized_pnl`` is None where it only opened."""

    commission: Decimal
    realized_pnl: Decimal | None


def commission_of(shares: Decimal, value: Decimal) -> Decimal:
    """Return the commission of a whole order that traded so many shares for so much money."""
    if shares == 0:
        return _ZERO
    return min(max(_LEAST, _PER_SHARE * shares), _MOST * value)


class Account:
    """The account's money and holdings."""

    def __init__(
        self, cash: Decimal, holdings: Iterable[Holding] = (), realized_pnl: Decimal = _ZERO
    ) -> None:
        self.cash = cash
        self.realized_pnl = realized_pnl
        self._holdings = {holding.con_id: holding for holding in holdings}

    def holdings(self) -> tuple[Holding, ...]:
        """Return every holding, by conId; none of zero shares."""
        return tuple(self._holdings[con_id] for con_id in sorted(self._holdings))

    def quantity(self, con_id: int) -> Decimal:
        """Return the shares held of one contract."""
        holding = self._holdings.get(con_id)
        return holding.quantity if holding else _ZERO

    def apply(
        self, con_id: int, side: Side, *, shares: Decimal, price: Decimal, commission: Decimal
    ) -> Charge:
        """Book one execution."""
        signed = shares * side.sign
        before = self._holdings.get(con_id) or Holding(
            con_id=con_id, quantity=_ZERO, avg_cost=_ZERO
        )
        closed = min(shares, abs(before.quantity)) if before.quantity * signed < 0 else _ZERO
        self.cash -= signed * price + commission
        realized = None
        if closed:
            direction = 1 if before.quantity > 0 else -1
            gain = (price - before.avg_cost) * closed * direction
            realized = gain - commission * closed / shares
            self.realized_pnl += realized
        self._hold(before, signed, closed=closed, price=price, commission=commission)
        return Charge(commission=commission, realized_pnl=realized)

    def _hold(
        self,
        before: Holding,
        signed: Decimal,
        *,
        closed: Decimal,
        price: Decimal,
        commission: Decimal,
    ) -> None:
        after = before.quantity + signed
        opened = abs(signed) - closed
        if after == 0:
            self._holdings.pop(before.con_id, None)
            return
        cost = before.avg_cost
        if opened:
            direction = 1 if signed > 0 else -1
            spent = price * opened + commission * opened / abs(signed) * direction
            kept = abs(before.quantity) if not closed else _ZERO
            cost = (before.avg_cost * kept + spent) / (kept + opened)
        self._holdings[before.con_id] = Holding(con_id=before.con_id, quantity=after, avg_cost=cost)

    def values(self, prices: Mapping[int, Decimal]) -> dict[str, Decimal]:
        """Return IB's account tags at these prices (one for each holding), in USD."""
        worth = [row.quantity * prices[row.con_id] for row in self._holdings.values()]
        gross, net = sum(map(abs, worth), _ZERO), self.cash + sum(worth, _ZERO)
        spent = sum((row.quantity * row.avg_cost for row in self._holdings.values()), _ZERO)
        margin = gross * MARGIN
        free = net - margin
        return {
            "AvailableFunds": free,
            "BuyingPower": max(_ZERO, free / MARGIN),
            "EquityWithLoanValue": net,
            "ExcessLiquidity": free,
            "GrossPositionValue": gross,
            "InitMarginReq": margin,
            "MaintMarginReq": margin,
            "NetLiquidation": net,
            "RealizedPnL": self.realized_pnl,
            "SettledCash": self.cash,
            "TotalCashBalance": self.cash,
            "TotalCashValue": self.cash,
            "UnrealizedPnL": sum(worth, _ZERO) - spent,
        }
