# SPDX-License-Identifier: Apache-2.0
"""One account: money in several currencies and holdings. Books executions, knows no price.

Rules:
    * A holding's average cost is for one unit with its multiplier and the commission of its
      opening trades, as IB reports it.
    * Cash moves by the full value of a trade, for futures too. What futures are worth is given
      back at valuation, so that money and holdings together change by commissions only.
    * A currency pair moves two currencies; its holding is a memory, not a value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from ib_provider.domain.order import Side
from ib_provider.simulator.accounts.asset import Asset

__all__ = ["Account", "AccountState", "Charge", "Holding"]

_ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Units of one contract; negative for a short. ``avg_cost`` a unit, with commission."""

    con_id: int
    quantity: Decimal
    avg_cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What an execution did to the account. ``realized_pnl`` is None where it only opened."""

    commission: Decimal
    realized_pnl: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """What of an account outlives the process.

    Attributes:
        kind: ``margin`` or ``cash``: a cash account neither borrows nor sells short.
        base: The currency it is valued in.
        cash: Currency → amount.
        realized: conId → profit since the beginning, in the contract's currency.
        day: The session day the next three are of, ``YYYY-MM-DD``; empty before the first.
        day_equity: Net liquidation when the day began, in the base currency.
        day_worth: conId → value of the holding when the day began.
        day_flows: conId → money received less paid for it since then.
        splits: Names of the splits that it has been through.
    """

    name: str
    kind: str = "margin"
    base: str = "USD"
    cash: dict[str, Decimal] = field(default_factory=dict)
    holdings: tuple[Holding, ...] = ()
    realized: dict[int, Decimal] = field(default_factory=dict)
    day: str = ""
    day_equity: Decimal = _ZERO
    day_worth: dict[int, Decimal] = field(default_factory=dict)
    day_flows: dict[int, Decimal] = field(default_factory=dict)
    splits: tuple[str, ...] = ()


class Account:
    """The account's money and holdings."""

    def __init__(self, state: AccountState) -> None:
        self.name = state.name
        self.kind = state.kind
        self.base = state.base
        self.day = state.day
        self.day_equity = state.day_equity
        self._cash = dict(state.cash)
        self._holdings = {holding.con_id: holding for holding in state.holdings}
        self._realized = dict(state.realized)
        self._day_worth = dict(state.day_worth)
        self._day_flows = dict(state.day_flows)
        self.splits = set(state.splits)

    def state(self) -> AccountState:
        """Return everything there is to keep."""
        return AccountState(
            name=self.name,
            kind=self.kind,
            base=self.base,
            cash=dict(self._cash),
            holdings=self.holdings(),
            realized=dict(self._realized),
            day=self.day,
            day_equity=self.day_equity,
            day_worth=dict(self._day_worth),
            day_flows=dict(self._day_flows),
            splits=tuple(sorted(self.splits)),
        )

    def cash(self, currency: str) -> Decimal:
        """Return the money of one currency; negative where it is borrowed."""
        return self._cash.get(currency, _ZERO)

    def currencies(self) -> tuple[str, ...]:
        """Return every currency the account has or had money in, its base among them."""
        return tuple(sorted({self.base, *self._cash}))

    def holdings(self) -> tuple[Holding, ...]:
        """Return every holding, by conId; none of zero units."""
        return tuple(self._holdings[con_id] for con_id in sorted(self._holdings))

    def quantity(self, con_id: int) -> Decimal:
        """Return the units held of one contract."""
        holding = self._holdings.get(con_id)
        return holding.quantity if holding else _ZERO

    def contracts(self) -> tuple[int, ...]:
        """Return the conId of everything held, or once sold."""
        return tuple(sorted({*self._holdings, *self._realized}))

    def realized(self, con_id: int) -> Decimal:
        """Return the profit realized on one contract, in its currency."""
        return self._realized.get(con_id, _ZERO)

    def day_change(self, con_id: int, worth: Decimal) -> Decimal:
        """Return today's profit on one contract that is worth so much now, in its currency."""
        begun = self._day_worth.get(con_id, _ZERO)
        return worth - begun + self._day_flows.get(con_id, _ZERO)

    def begin_day(self, day: str, equity: Decimal, worth: dict[int, Decimal]) -> None:
        """Measure the day's profit from here on."""
        self.day, self.day_equity = day, equity
        self._day_worth, self._day_flows = dict(worth), {}

    def apply(
        self, asset: Asset, side: Side, *, shares: Decimal, price: Decimal, commission: Decimal
    ) -> Charge:
        """Book one execution."""
        signed, unit = shares * side.sign, price * asset.multiplier
        self._move(asset, signed, unit, commission)
        con_id = asset.con_id
        before = self._holdings.get(con_id) or Holding(
            con_id=con_id, quantity=_ZERO, avg_cost=_ZERO
        )
        closed = min(shares, abs(before.quantity)) if before.quantity * signed < 0 else _ZERO
        realized = None
        if closed:
            direction = 1 if before.quantity > 0 else -1
            gain = (unit - before.avg_cost) * closed * direction
            realized = gain - commission * closed / shares
            self._realized[con_id] = self.realized(con_id) + realized
        self._hold(before, signed, closed=closed, unit=unit, commission=commission)
        return Charge(commission=commission, realized_pnl=realized)

    def correct(self, asset: Asset, side: Side, *, shares: Decimal, change: Decimal) -> None:
        """Book that an execution's price was wrong by ``change``."""
        amount = shares * side.sign * change * asset.multiplier
        self._receive(asset.currency, -amount)
        self._flow(asset.con_id, -amount)
        held = self._holdings.get(asset.con_id)
        if held is None or held.quantity * side.sign < 0:
            self._realized[asset.con_id] = self.realized(asset.con_id) - amount
            return
        self._holdings[asset.con_id] = Holding(
            con_id=asset.con_id,
            quantity=held.quantity,
            avg_cost=held.avg_cost + amount / held.quantity,
        )

    def split(self, con_id: int, ratio: int) -> bool:
        """Have each share held become several, and return whether any is held."""
        held = self._holdings.get(con_id)
        if held is None:
            return False
        self._holdings[con_id] = Holding(
            con_id=con_id, quantity=held.quantity * ratio, avg_cost=held.avg_cost / ratio
        )
        return True

    def _move(self, asset: Asset, signed: Decimal, unit: Decimal, commission: Decimal) -> None:
        paid = signed * unit + commission
        self._receive(asset.currency, -paid)
        if asset.is_money:
            self._receive(asset.symbol, signed)
        self._flow(asset.con_id, -paid)

    def _receive(self, currency: str, amount: Decimal) -> None:
        self._cash[currency] = self.cash(currency) + amount

    def _flow(self, con_id: int, amount: Decimal) -> None:
        self._day_flows[con_id] = self._day_flows.get(con_id, _ZERO) + amount

    def _hold(
        self,
        before: Holding,
        signed: Decimal,
        *,
        closed: Decimal,
        unit: Decimal,
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
            spent = unit * opened + commission * opened / abs(signed) * direction
            kept = abs(before.quantity) if not closed else _ZERO
            cost = (before.avg_cost * kept + spent) / (kept + opened)
        self._holdings[before.con_id] = Holding(con_id=before.con_id, quantity=after, avg_cost=cost)
