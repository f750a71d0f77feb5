# SPDX-License-Identifier: Apache-2.0
"""What a split does to holdings and orders, as its session begins.

Rules:
    * A share held becomes ``ratio`` shares, at a cost of that part each: what it is worth stays.
    * Open orders of the stock are cancelled, not adjusted. Source: IB, time in force GTC:
      "automatically cancelled ... if a corporate action results in a stock split".
    * What a state file says was split is not split again when a scenario says so at the next start.
    * Options keep their terms here; a real one is adjusted by the clearing house.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from ib_provider.domain.contract import SecType
from ib_provider.simulator.accounts.account import Account
from ib_provider.simulator.contracts import ContractBook, Listing
from ib_provider.simulator.exchange.order_book import OrderBook, cancelled
from ib_provider.simulator.exchange.orders import Event, Held
from ib_provider.simulator.market.hours import local_date
from ib_provider.simulator.market.splits import Split

__all__ = ["ShareSplits"]

_REASON: Final = "Stock split"


class ShareSplits:
    """The splits to come."""

    def __init__(
        self, *, accounts: Mapping[str, Account], book: OrderBook, contracts: ContractBook
    ) -> None:
        self._accounts = accounts
        self._book = book
        self._contracts = contracts
        self._to_come: list[Split] = []

    def announce(self, split: Split) -> None:
        """Carry out a split once its session has begun."""
        self._to_come.append(split)

    def carry_out(self, now: datetime) -> list[Event]:
        """Carry out what is due, and return how that is told."""
        events: list[Event] = []
        for split in tuple(self._to_come):
            stocks = tuple(self._stocks(split))
            if not stocks:
                self._to_come.remove(split)
            elif split.session <= local_date(stocks[0].venue, now):
                self._to_come.remove(split)
                for stock in stocks:
                    events.extend(self._split(stock.contract.con_id, split, now))
        return events

    def _stocks(self, split: Split) -> Iterator[Listing]:
        for listing in self._contracts:
            own = listing.contract
            if own.symbol == split.symbol and own.sec_type is SecType.STK:
                yield listing

    def _split(self, con_id: int, split: Split, now: datetime) -> Iterator[Event]:
        name = f"{con_id} {split.session} 1:{split.ratio}"
        touched = {key: held for key, held in self._accounts.items() if name not in held.splits}
        if not touched:  # carried out before a restart
            return
        for order in self._book.open_of(con_id):
            yield from cancelled(
                self._book, order, by_client=order.client_id, now=now, reason=_REASON
            )
        for key, account in touched.items():
            account.splits.add(name)
            if account.split(con_id, split.ratio):
                yield Held(key, con_id)
