# SPDX-License-Identifier: Apache-2.0
"""What every session of a simulated gateway shares: clock, market, account, orders, memory.

Every change is on disk before anyone is told of it: a client that got an answer can kill the
gateway and find the same answer after the restart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from ib_provider.domain.contract import Contract
from ib_provider.errors import ConfigError
from ib_provider.simulator.accounts.account import Account, Holding
from ib_provider.simulator.accounts.margin import Margin
from ib_provider.simulator.clock import SimulatedClock
from ib_provider.simulator.contracts import ContractBook, Listing
from ib_provider.simulator.exchange.exchange import Exchange, Placement
from ib_provider.simulator.exchange.matching import money
from ib_provider.simulator.exchange.order_book import BookState, OrderBook
from ib_provider.simulator.exchange.orders import Event, Notice, OrderKey
from ib_provider.simulator.exchange.trading_floor import TradingFloor
from ib_provider.simulator.journal import Journal
from ib_provider.simulator.market.daily_file import daily_file_path, read_daily_file
from ib_provider.simulator.market.market import Market, Series
from ib_provider.simulator.options import SimulatorOptions
from ib_provider.simulator.refusal import Refusal
from ib_provider.simulator.state_file import GatewayState, StateFile
from ib_provider.wire.messages import WireOrder

__all__ = ["Brokerage"]

_NOTICES: frozenset[int] = frozenset({202, 399})


class Brokerage:
    """One account at one simulated broker."""

    def __init__(self, options: SimulatorOptions, publish: Callable[[list[Event]], None]) -> None:
        self.clock = SimulatedClock(options.start, speed=options.speed)
        self.account_name = options.account
        self.contracts = ContractBook(now=self.clock.now)
        self.market = _market(self.contracts, options.seed)
        self._publish = publish
        self._file = StateFile(options.state_file) if options.state_file else None
        kept = self._file.load(options.account) if self._file else None
        state = kept or self._first_state(options)
        self.account = Account(state.cash, state.holdings, state.realized_pnl)
        self.book = OrderBook(state.book)
        self.margin = Margin(
            account=self.account, book=self.book, contracts=self.contracts, market=self.market
        )
        floor = TradingFloor(
            account=self.account,
            book=self.book,
            contracts=self.contracts,
            market=self.market,
            latency=self.clock.simulated(options.fill_delay_s),
        )
        self._floor = floor
        self._exchange = Exchange(
            account_name=options.account, book=self.book, floor=floor, margin=self.margin
        )
        self._journal = Journal(options.journal)
        self._save()

    def resolve(self, wanted: Contract) -> Listing | Refusal:
        """Return the one listing a description means, or the error for none or several."""
        found = self.contracts.find(wanted)
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
        events = self._exchange.place(placement, now)
        changed = known is not None and known.is_open
        outcome = _outcome(events) or ("changed" if changed else "accepted")
        if not placement.terms.transmit and outcome == "accepted":
            outcome = "held"
        self._save()
        self._journal.placed(placement.key, placement.terms, outcome, now)
        self._publish(events)

    def refuse(self, key: OrderKey, terms: WireOrder, refusal: Refusal) -> None:
        """Refuse an order whose contract means nothing; its id stays free."""
        self._journal.placed(key, terms, f"refused {refusal.code}", self.clock.now())
        self._publish([Notice(*key, refusal.code, refusal.message)])

    def cancel(self, key: OrderKey, *, by_client: int) -> None:
        """Cancel an order and tell whom it concerns."""
        now = self.clock.now()
        events = self._exchange.cancel(key, by_client=by_client, now=now)
        self._save()
        self._journal.cancelled(key, _outcome(events) or "cancelled", now)
        self._publish(events)

    def cancel_all(self, *, by_client: int) -> None:
        """Cancel every open order of the account."""
        events = self._exchange.cancel_all(by_client=by_client, now=self.clock.now())
        self._save()
        self._publish(events)

    def what_if(self, placement: Placement) -> Refusal | Decimal:
        """Return the margin an order would bind, or why it would be refused. Nothing changes."""
        return self._exchange.what_if(placement.listing, placement.terms, self.clock.now())

    def advance(self) -> None:
        """Let the market work on the open orders up to now."""
        if not any(order.is_open for order in self.book.orders()):
            return
        events = self._floor.advance(self.clock.now())
        if events:
            self._save()
            self._publish(events)

    def halt(self, symbol: str, *, halted: bool) -> None:
        """Stop trading in a symbol, or let it go on."""
        (self._floor.halted.add if halted else self._floor.halted.discard)(symbol)

    def prices(self) -> Mapping[int, Decimal]:
        """Return the last price of every contract held."""
        return self.margin.prices(self.clock.now())

    def _save(self) -> None:
        if self._file is None:
            return
        self._file.save(
            GatewayState(
                account=self.account_name,
                cash=self.account.cash,
                realized_pnl=self.account.realized_pnl,
                holdings=self.account.holdings(),
                book=self.book.state(),
            )
        )

    def _first_state(self, options: SimulatorOptions) -> GatewayState:
        return GatewayState(
            account=options.account,
            cash=options.cash,
            realized_pnl=Decimal(0),
            holdings=tuple(
                self._initial_holding(symbol, quantity)
                for symbol, quantity in options.positions.items()
                if quantity
            ),
            book=BookState(),
        )

    def _initial_holding(self, symbol: str, quantity: Decimal) -> Holding:
        """Return shares bought at the last price before the clock's start."""
        for listing in self.contracts:
            if listing.series == symbol:
                quote = self.market.quote(symbol, self.clock.now())
                if quote is None:
                    break
                return Holding(
                    con_id=listing.contract.con_id, quantity=quantity, avg_cost=money(quote.last)
                )
        raise ConfigError("simulator options", [f"positions: {symbol} has no price at the clock"])


def _market(contracts: ContractBook, seed: int) -> Market:
    days = read_daily_file(daily_file_path())
    return Market(
        {
            listing.series: Series(
                symbol=listing.series, venue=listing.venue, days=days[listing.series]
            )
            for listing in contracts
            if listing.series
        },
        seed=seed,
    )


def _outcome(events: list[Event]) -> str:
    codes = (event.code for event in events if isinstance(event, Notice))
    return next((f"refused {code}" for code in codes if code not in _NOTICES), "")
