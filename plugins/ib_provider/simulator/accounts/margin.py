# SPDX-License-Identifier: Apache-2.0
"""Whether an account can bear an order, beside those it already works."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

from ib_provider.domain.order import Side
from ib_provider.simulator.accounts.account import Account
from ib_provider.simulator.accounts.valuation import position_margin
from ib_provider.simulator.contracts import Listing
from ib_provider.simulator.exchange.marketplace import Marketplace
from ib_provider.simulator.exchange.order_book import OrderBook
from ib_provider.wire.messages import WireOrder

__all__ = ["Margin"]

_ZERO: Final = Decimal(0)
_NO_SHORT: Final = "Cash accounts cannot hold short positions."


class Margin:
    """Each account's free funds against what orders would bind of them."""

    def __init__(self, *, book: OrderBook, marketplace: Marketplace) -> None:
        self._book = book
        self._marketplace = marketplace

    def needed(
        self, account: Account, listing: Listing, terms: WireOrder, now: datetime
    ) -> Decimal:
        """Return what an order would bind, in the base currency; nothing if it only reduces."""
        return max(_ZERO, self.change(account, listing, terms, now))

    def change(
        self, account: Account, listing: Listing, terms: WireOrder, now: datetime
    ) -> Decimal:
        """Return by how much an order would change what is bound; negative if it reduces."""
        con_id, side = listing.contract.con_id, Side(terms.action)
        pending, quantity = self._pending(account, con_id, side), terms.total_quantity or _ZERO
        if listing.legs:
            after = pending + quantity * side.sign
            grown = self._legs_growth(account, listing, after, now)
            grown -= self._legs_growth(account, listing, pending, now)
            return grown * self._rate(account, con_id, now)
        before = account.quantity(con_id) + pending
        after = before + quantity * side.sign
        price = self._price(listing, terms, now)
        grown = self._binds(account, con_id, after, price) - self._binds(
            account, con_id, before, price
        )
        return grown * self._rate(account, con_id, now)

    def shortage(self, account: Account, listing: Listing, terms: WireOrder, now: datetime) -> str:
        """Return why the account cannot bear an order; empty where it can."""
        con_id, asset = listing.contract.con_id, self._marketplace.asset(listing.contract.con_id)
        left = account.quantity(con_id) + self._pending(account, con_id, Side.SELL)
        if account.kind == "cash" and self._leaves_short(account, listing, terms):
            return _NO_SHORT
        sells = terms.action == Side.SELL and asset.rule.settles and not asset.is_money
        sells = sells and not listing.legs
        if account.kind == "cash" and sells and left < (terms.total_quantity or 0):
            return _NO_SHORT
        needed = self.needed(account, listing, terms, now)
        bound = sum((self._bound(account, found, now) for found in self._open(account)), _ZERO)
        free = self._marketplace.value(account, now).free - bound
        if needed <= max(free, _ZERO):
            return ""
        return (
            f"The order needs {needed:.2f} {account.base} of margin and "
            f"{free:.2f} {account.base} is available."
        )

    def _binds(self, account: Account, con_id: int, quantity: Decimal, price: Decimal) -> Decimal:
        """Return what a position binds; in a cash account, what it costs."""
        asset = self._marketplace.asset(con_id)
        if account.kind == "cash" and asset.rule.settles:
            return max(_ZERO, quantity) * price * asset.multiplier
        return position_margin(asset, quantity, price)

    def _open(self, account: Account) -> set[int]:
        return {order.con_id for order in self._book.open_orders() if order.account == account.name}

    def _bound(self, account: Account, con_id: int, now: datetime) -> Decimal:
        """Return what the open orders of one contract bind: the worse of its two sides."""
        listing = self._marketplace.listing(con_id)
        if listing.legs:
            grown = max(
                self._legs_growth(account, listing, self._pending(account, con_id, side), now)
                for side in (Side.BUY, Side.SELL)
            )
            return max(_ZERO, grown) * self._rate(account, con_id, now)
        held, price = account.quantity(con_id), self._marketplace.last(con_id, now)
        growth = max(
            self._binds(account, con_id, held + self._pending(account, con_id, side), price)
            for side in (Side.BUY, Side.SELL)
        ) - self._binds(account, con_id, held, price)
        return max(_ZERO, growth) * self._rate(account, con_id, now)

    def _legs_growth(
        self, account: Account, listing: Listing, quantity: Decimal, now: datetime
    ) -> Decimal:
        """Return by how much so many combinations would change what their legs bind.

        Leg by leg: one does not cover another here.
        """
        grown = _ZERO
        for leg in listing.legs:
            held, price = account.quantity(leg.con_id), self._marketplace.last(leg.con_id, now)
            after = held + quantity * leg.ratio * leg.side.sign
            grown += self._binds(account, leg.con_id, after, price)
            grown -= self._binds(account, leg.con_id, held, price)
        return grown

    @staticmethod
    def _leaves_short(account: Account, listing: Listing, terms: WireOrder) -> bool:
        """Return whether a combination sells more of a leg than there is."""
        quantity = (terms.total_quantity or _ZERO) * Side(terms.action).sign
        return any(
            account.quantity(leg.con_id) + quantity * leg.ratio * leg.side.sign < 0
            for leg in listing.legs
        )

    def _pending(self, account: Account, con_id: int, side: Side) -> Decimal:
        """Return what a side's open orders may still add; of a group, only the largest."""
        alone, groups = _ZERO, dict[str, Decimal]()
        for order in self._book.open_of(con_id):
            if order.side is not side or order.account != account.name:
                continue
            if order.oca_key:
                groups[order.oca_key] = max(groups.get(order.oca_key, _ZERO), order.remaining)
            else:
                alone += order.remaining
        return (alone + sum(groups.values(), _ZERO)) * side.sign

    def _rate(self, account: Account, con_id: int, now: datetime) -> Decimal:
        currency = self._marketplace.asset(con_id).currency
        return self._marketplace.rate(currency, account.base, now)

    def _price(self, listing: Listing, terms: WireOrder, now: datetime) -> Decimal:
        last = self._marketplace.last(listing.contract.con_id, now)
        caps = terms.action == Side.BUY and terms.order_type in ("LMT", "LOC")
        return min(last, terms.lmt_price) if caps and terms.lmt_price else last
