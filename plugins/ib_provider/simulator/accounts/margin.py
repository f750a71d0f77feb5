# SPDX-License-Identifier: Apache-2.0
"""Whether the account can bear an order, beside those it already works."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from ib_provider.domain.order import Side
from ib_provider.simulator.accounts.account import MARGIN, Account
from ib_provider.simulator.contracts import ContractBook, Listing
from ib_provider.simulator.exchange.matching import money
from ib_provider.simulator.exchange.order_book import OrderBook
from ib_provider.simulator.market.market import Market
from ib_provider.wire.messages import WireOrder

__all__ = ["Margin"]


class Margin:
    """The account's free funds against what orders would bind of them."""

    def __init__(
        self, *, account: Account, book: OrderBook, contracts: ContractBook, market: Market
    ) -> None:
        self._account = account
        self._book = book
        self._contracts = contracts
        self._market = market

    def prices(self, now: datetime) -> Mapping[int, Decimal]:
        """Return the last price of every contract the account holds."""
        return {
            holding.con_id: self._last(self._contracts.by_id(holding.con_id), now)
            for holding in self._account.holdings()
        }

    def needed(self, listing: Listing, terms: WireOrder, now: datetime) -> Decimal:
        """Return the margin in USD that an order would bind; nothing where it only reduces."""
        con_id, side = listing.contract.con_id, Side(terms.action)
        held = self._account.quantity(con_id) + self._pending(con_id, side)
        after = held + (terms.total_quantity or 0) * side.sign
        return max(Decimal(0), abs(after) - abs(held)) * self._price(listing, terms, now) * MARGIN

    def shortage(self, listing: Listing, terms: WireOrder, now: datetime) -> str:
        """Return why the account cannot bear an order; empty where it can."""
        needed = self.needed(listing, terms, now)
        bound = sum((self._bound(con_id, now) for con_id in self._open_contracts()), Decimal(0))
        free = self._account.values(self.prices(now))["AvailableFunds"] - bound
        if needed <= max(free, Decimal(0)):
            return ""
        return f"The order needs {needed:.2f} USD of margin and {free:.2f} USD is available."

    def _open_contracts(self) -> set[int]:
        return {order.con_id for order in self._book.orders() if order.is_open}

    def _bound(self, con_id: int, now: datetime) -> Decimal:
        """Return the margin of the open orders of one contract: the worse of its two sides."""
        held = self._account.quantity(con_id)
        growth = max(
            abs(held + self._pending(con_id, side)) - abs(held) for side in (Side.BUY, Side.SELL)
        )
        price = self._last(self._contracts.by_id(con_id), now)
        return max(Decimal(0), growth) * price * MARGIN

    def _pending(self, con_id: int, side: Side) -> Decimal:
        return sum(
            (
                order.remaining * side.sign
                for order in self._book.orders()
                if order.is_open and order.con_id == con_id and order.side is side
            ),
            Decimal(0),
        )

    def _price(self, listing: Listing, terms: WireOrder, now: datetime) -> Decimal:
        last = self._last(listing, now)
        return min(last, terms.lmt_price) if self._caps(terms) and terms.lmt_price else last

    @staticmethod
    def _caps(terms: WireOrder) -> bool:
        return terms.action == Side.BUY and terms.order_type in ("LMT", "LOC")

    def _last(self, listing: Listing, now: datetime) -> Decimal:
        quote = self._market.quote(listing.series, now)
        return money(quote.last) if quote else Decimal(0)
