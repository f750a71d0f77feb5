# SPDX-License-Identifier: Apache-2.0
"""What every session of a simulated gateway shares: clock, market, accounts, orders, memory.

Every change is on disk before anyone is told of it: a client that got an answer can kill the
gateway and find the same answer after the restart.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from ib_provider.domain.contract import Contract
from ib_provider.errors import ConfigError
from ib_provider.simulator.accounts.account import Account, AccountState, Holding
from ib_provider.simulator.accounts.margin import Margin
from ib_provider.simulator.accounts.valuation import Valuation
from ib_provider.simulator.clock import SimulatedClock
from ib_provider.simulator.contracts import ContractBook, Listing
from ib_provider.simulator.contracts.combination import combination
from ib_provider.simulator.exchange.exchange import Exchange, Placement
from ib_provider.simulator.exchange.marketplace import Marketplace
from ib_provider.simulator.exchange.order_book import BookState, OrderBook
from ib_provider.simulator.exchange.order_rules import OrderRules
from ib_provider.simulator.exchange.orders import (
    Bound,
    Event,
    Notice,
    OrderKey,
    SimOrder,
    shown,
)
from ib_provider.simulator.exchange.settlement import Settlement
from ib_provider.simulator.exchange.share_splits import ShareSplits
from ib_provider.simulator.exchange.trading_floor import TradingFloor
from ib_provider.simulator.exchange.what_if import WhatIf
from ib_provider.simulator.journal import Journal
from ib_provider.simulator.market.market import Market
from ib_provider.simulator.market.real_data import real_data
from ib_provider.simulator.options import SimulatorOptions
from ib_provider.simulator.refusal import Refusal
from ib_provider.simulator.state_file import GatewayState, StateFile
from ib_provider.wire.messages import WireOrder

__all__ = ["HOME_ZONE", "Brokerage"]

#: The zone whose midnight begins the accounts' day.
HOME_ZONE: Final = ZoneInfo("America/New_York")
_NOTICES: frozenset[int] = frozenset({202, 399, 404, 2109, 2137, 2161})
_SETTLED_EVERY: Final = timedelta(minutes=1)
_REMEMBERED: Final = timedelta(days=7)


class Brokerage:
    """The accounts of one login at one simulated broker."""

    def __init__(
        self,
        options: SimulatorOptions,
        publish: Callable[[list[Event]], None],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock = SimulatedClock(options.start, speed=options.speed, monotonic=monotonic)
        self.options = options.trading
        self.account_name = options.account
        self.contracts = ContractBook(now=self.clock.now)
        self.market = Market(seed=options.seed, data=real_data(options.data))
        self.marketplace = Marketplace(self.contracts, self.market)
        self.binds_by_hand = False
        self._publish = publish
        self._file = StateFile(options.state_file) if options.state_file else None
        names = (options.account, *options.trading.more_accounts)
        state = self._file.load(names) if self._file else None
        state = state or self._first_state(options, names)
        self.accounts = {kept.name: Account(kept) for kept in state.accounts}
        self.book = OrderBook(state.book)
        self._recombine()
        self.margin = Margin(book=self.book, marketplace=self.marketplace)
        self.splits = ShareSplits(accounts=self.accounts, book=self.book, contracts=self.contracts)
        self.floor = TradingFloor(
            accounts=self.accounts,
            book=self.book,
            marketplace=self.marketplace,
            latency=self.clock.simulated(options.fill_delay_s),
            telling=self.options.telling,
        )
        self.exchange = Exchange(
            accounts=self.accounts,
            book=self.book,
            floor=self.floor,
            margin=self.margin,
            marketplace=self.marketplace,
            rules=_rules(options, names),
            hard_to_borrow=self.options.hard_to_borrow,
        )
        self.settlement = Settlement(
            accounts=self.accounts, book=self.book, marketplace=self.marketplace
        )
        self._settled_at: datetime | None = None
        self._journal = Journal(options.journal)
        self._begin_day()
        self._save()

    def resolve(self, wanted: Contract, *, expired: bool = False) -> Listing | Refusal:
        """Return the one listing a description means, or the error for none or several."""
        found = self.contracts.find(wanted, expired=expired)
        if not found:
            text = "No security definition has been found for the request"
            return Refusal(code=200, message=text)
        if len(found) > 1:
            text = f"The contract description specified for {wanted.symbol} is ambiguous."
            return Refusal(code=200, message=text)
        return found[0]

    def place(self, placement: Placement) -> None:
        """Take or change an order and tell whom it concerns."""
        now = self.clock.now()
        known = self.book.find(placement.key)
        events = self.exchange.place(placement, now)
        changed = known is not None and known.is_open
        outcome = _outcome(events) or ("changed" if changed else "accepted")
        if not placement.terms.transmit and outcome == "accepted":
            outcome = "held"
        self._save()
        self._journal.placed(placement.key, placement.terms, outcome, now)
        self._publish(events)

    def bind(self, order: SimOrder) -> OrderKey:
        """Give an order entered by hand to client 0, under a negative id."""
        bound = self.book.bind(order, (0, order.order_id))
        self.commit([Bound(bound), *shown(bound)])
        return bound.key

    def refuse(self, key: OrderKey, terms: WireOrder, refusal: Refusal) -> None:
        """Refuse an order whose contract means nothing; its id stays free."""
        self._journal.placed(key, terms, f"refused {refusal.code}", self.clock.now())
        self._publish([Notice(*key, refusal.code, refusal.message)])

    def cancel(self, key: OrderKey, *, by_client: int) -> None:
        """Cancel an order and tell whom it concerns."""
        now = self.clock.now()
        events = self.exchange.cancel(key, by_client=by_client, now=now)
        self._save()
        self._journal.cancelled(key, _outcome(events) or "cancelled", now)
        self._publish(events)

    def cancel_all(self, *, by_client: int) -> None:
        """Cancel every open order of the login."""
        events = self.exchange.cancel_all(by_client=by_client, now=self.clock.now())
        self.commit(events)

    def what_if(self, placement: Placement) -> Refusal | WhatIf:
        """Return what an order would bind and cost, or why it would be refused."""
        return self.exchange.what_if(placement, self.clock.now())

    @property
    def only_account(self) -> str:
        """Return the account of a login that has one, empty where a request must name it."""
        return self.account_name if len(self.accounts) == 1 else ""

    def halt(self, symbol: str, *, halted: bool) -> None:
        """Stop trading in a symbol, or let it go on."""
        (self.floor.halted.add if halted else self.floor.halted.discard)(symbol)

    def advance(self) -> None:
        """Let the market work on the open orders up to now."""
        if events := self.splits.carry_out(self.clock.now()):
            self.commit(events)
        self._begin_day()
        self._expire()
        if not self.book.open_orders():
            return
        events = self.floor.advance(self.clock.now())
        if events:
            self.commit(events)

    def commit(self, events: list[Event]) -> None:
        """Keep everything on disk, then tell what happened."""
        self._save()
        self._publish(events)

    def value(self, account: str) -> Valuation:
        """Return an account at the market."""
        return self.marketplace.value(self.accounts[account], self.clock.now())

    def _expire(self) -> None:
        """End what has expired; looked for once a simulated minute."""
        now = self.clock.now()
        if self._settled_at is not None and now - self._settled_at < _SETTLED_EVERY:
            return
        self._settled_at = now
        if events := self.settlement.expire(now):
            self.commit(events)

    def _begin_day(self) -> None:
        """Note what the accounts are worth as a day begins: the day's profit is beyond that."""
        now = self.clock.now()
        today = now.astimezone(HOME_ZONE).date().isoformat()
        stale = [account for account in self.accounts.values() if account.day != today]
        for account in stale:
            valuation = self.value(account.name)
            worth = {row.asset.con_id: row.worth for row in valuation.positions}
            account.begin_day(today, valuation.net, worth)
        if stale:
            self.book.forget(now - _REMEMBERED)

    def _recombine(self) -> None:
        """Make the combinations of the orders that were kept, for they are in no data file."""
        for order in self.book.orders():
            if order.terms.combo_legs:
                parts = [(self.contracts.by_id(leg.con_id), leg) for leg in order.terms.combo_legs]
                self.contracts.remember(combination(parts))

    def _save(self) -> None:
        if self._file is None:
            return
        accounts = tuple(account.state() for account in self.accounts.values())
        self._file.save(GatewayState(accounts=accounts, book=self.book.state()))

    def _first_state(self, options: SimulatorOptions, names: tuple[str, ...]) -> GatewayState:
        trading = options.trading
        empty = AccountState(
            name=options.account,
            kind=trading.kind,
            base=trading.base,
            cash={**trading.foreign_cash, trading.base: options.cash},
        )
        holdings = tuple(
            self._initial_holding(symbol, quantity)
            for symbol, quantity in options.positions.items()
            if quantity
        )
        first, others = replace(empty, holdings=holdings), names[1:]
        accounts = (first, *(replace(empty, name=name) for name in others))
        return GatewayState(accounts=accounts, book=BookState())

    def _initial_holding(self, symbol: str, quantity: Decimal) -> Holding:
        """Return shares bought at the last price before the clock's start."""
        for listing in self.contracts.find(Contract(symbol=symbol)):
            price = self.marketplace.last(listing.contract.con_id, self.clock.now())
            if price:
                return Holding(con_id=listing.contract.con_id, quantity=quantity, avg_cost=price)
        raise ConfigError("simulator options", [f"positions: {symbol} has no price at the clock"])


def _rules(options: SimulatorOptions, names: tuple[str, ...]) -> OrderRules:
    trading = options.trading
    return OrderRules(
        accounts=names,
        precaution_percent=trading.precaution_percent,
        dead_exchanges=trading.dead_exchanges,
        not_allowed=trading.not_allowed,
        fractional_shares=trading.fractional_shares,
        most_active=trading.most_active,
    )


def _outcome(events: list[Event]) -> str:
    codes = (event.code for event in events if isinstance(event, Notice))
    return next((f"refused {code}" for code in codes if code not in _NOTICES), "")
