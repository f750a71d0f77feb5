# SPDX-License-Identifier: Apache-2.0
"""What becomes of options and futures: exercised, assigned, expired, settled.

Rules:
    * An option on a stock or a future is exercised into it at the strike; one on an index is paid
      its worth in money, and so is a future at its last close.
    * A cent in the money is enough at expiry. Shorts are assigned then, and never before.
    * An exercise asked for happens at once. Real gateways pass it on, and it happens overnight
      unless it was made final: a guess in favour of tests that need not wait.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import IntEnum
from typing import Final

from ib_provider.domain.contract import SecType
from ib_provider.domain.order import Side
from ib_provider.simulator.accounts.account import Account, Holding
from ib_provider.simulator.contracts import Listing
from ib_provider.simulator.exchange.marketplace import Marketplace
from ib_provider.simulator.exchange.order_book import BY_HAND, OrderBook, cancelled
from ib_provider.simulator.exchange.orders import Charged, Event, Executed, OrderKey, Trade
from ib_provider.simulator.refusal import Refusal, invalid

__all__ = ["Exercise", "ExerciseKind", "Settlement"]

_ZERO: Final = Decimal(0)
_IN_THE_MONEY: Final = Decimal("0.01")
_OPTIONS: Final = (SecType.OPT, SecType.FOP, SecType.WAR)
_DELIVERED: Final = (SecType.STK, SecType.FUT)
_CAUSE: Final = "Error processing request.-'sim' : cause - "


class ExerciseKind(IntEnum):
    """IB's numbers for why an option is gone."""

    NONE = 0
    EXERCISED = 1
    LAPSED = 2
    ASSIGNED = 100
    EXERCISED_AT_EXPIRY = 101
    EXPIRED = 102


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """What a client asked for.

    Attributes:
        key: The client, and the id of its request.
        override: Whether to do what would not happen by itself.
    """

    key: OrderKey
    account: str
    listing: Listing
    quantity: Decimal
    kind: ExerciseKind
    override: bool


class Settlement:
    """Ends positions other than by trading."""

    def __init__(
        self, *, accounts: Mapping[str, Account], book: OrderBook, marketplace: Marketplace
    ) -> None:
        self._accounts = accounts
        self._book = book
        self._marketplace = marketplace

    def exercise(self, wish: Exercise, now: datetime) -> Refusal | list[Event]:
        """Exercise an option, or let it go, and return what happened or why it did not."""
        refusal = self._refusal(wish, now)
        if refusal is not None:
            return refusal
        account, holding = self._accounts[wish.account], wish.quantity
        return self._end_option(account, wish.listing, holding, wish.kind, now, key=wish.key)

    def expire(self, now: datetime) -> list[Event]:
        """End every position, and every order, whose contract's last session is over."""
        events: list[Event] = []
        for order in self._book.open_orders():
            legs = self._marketplace.listing(order.con_id).legs
            parts = [leg.con_id for leg in legs] or [order.con_id]
            if any(self._has_ended(part, now) for part in parts):
                events.extend(
                    cancelled(
                        self._book, order, by_client=order.client_id, now=now, reason="Expired"
                    )
                )
        for account in self._accounts.values():
            for holding in account.holdings():
                if self._has_ended(holding.con_id, now):
                    events.extend(self._end(account, holding, now))
        return events

    def _refusal(self, wish: Exercise, now: datetime) -> Refusal | None:
        origin = wish.listing.derivation
        if wish.listing.contract.sec_type not in _OPTIONS or origin is None:
            return invalid("Only options can be exercised")
        if wish.account not in self._accounts:
            return invalid(f"Invalid account code {wish.account!r}")
        held = self._accounts[wish.account].quantity(wish.listing.contract.con_id)
        if not 0 < wish.quantity <= held:
            text = f"No unlapsed position exists in this option in account {wish.account}."
            return Refusal(code=322, message=_CAUSE + text)
        if origin.under_sec_type not in _DELIVERED:
            return Refusal(code=322, message=f"{_CAUSE}The option is exercised at expiry only.")
        worth = self._intrinsic(wish.listing, self._marketplace.last(origin.under_con_id, now))
        pays = worth >= _IN_THE_MONEY
        if not wish.override and pays is (wish.kind is ExerciseKind.LAPSED):
            what = "Lapse" if pays else "Exercise"
            text = f"{what} ignored because option is {'' if pays else 'not '}in-the-money."
            return Refusal(code=322, message=_CAUSE + text)
        return None

    def _has_ended(self, con_id: int, now: datetime) -> bool:
        last = self._marketplace.listing(con_id).last_trade
        if last is None or last > now.date():
            return False
        hours = self._marketplace.window(con_id, last, outside=False)
        return now >= hours.close if hours else now.date() > last

    def _end(self, account: Account, holding: Holding, now: datetime) -> list[Event]:
        """End one position that has expired."""
        listing = self._marketplace.listing(holding.con_id)
        origin = listing.derivation
        if origin is None or origin.last_trade is None:
            return []
        if listing.contract.sec_type not in _OPTIONS:
            price = self._marketplace.closing_price(holding.con_id, origin.last_trade)
            return self._trade(account, listing, -holding.quantity, price, now)
        last = self._marketplace.closing_price(origin.under_con_id, origin.last_trade)
        kind = ExerciseKind.EXPIRED
        if self._intrinsic(listing, last) >= _IN_THE_MONEY:
            long = holding.quantity > 0
            kind = ExerciseKind.EXERCISED_AT_EXPIRY if long else ExerciseKind.ASSIGNED
        return self._end_option(account, listing, holding.quantity, kind, now, last=last)

    def _end_option(
        self,
        account: Account,
        listing: Listing,
        quantity: Decimal,
        kind: ExerciseKind,
        now: datetime,
        *,
        last: Decimal = _ZERO,
        key: OrderKey = (BY_HAND, 0),
    ) -> list[Event]:
        """Take options from an account, and give it what they are for."""
        origin, own = listing.derivation, listing.contract
        gone = kind in (ExerciseKind.EXPIRED, ExerciseKind.LAPSED)
        delivered = origin is not None and origin.under_sec_type in _DELIVERED
        paid = _ZERO if gone or delivered else self._intrinsic(listing, last)
        events = self._trade(account, listing, -quantity, paid, now, kind=kind, key=key)
        if gone or not delivered or origin is None:
            return events
        under = self._marketplace.listing(origin.under_con_id)
        units = quantity * listing.multiplier / under.multiplier * (1 if own.right == "C" else -1)
        strike = own.strike or _ZERO
        return [*events, *self._trade(account, under, units, strike, now, kind=kind, key=key)]

    @staticmethod
    def _intrinsic(listing: Listing, last: Decimal) -> Decimal:
        own = listing.contract
        gain = last - (own.strike or _ZERO)
        return max(_ZERO, gain if own.right == "C" else -gain)

    def _trade(
        self,
        account: Account,
        listing: Listing,
        quantity: Decimal,
        price: Decimal,
        now: datetime,
        *,
        kind: ExerciseKind = ExerciseKind.NONE,
        key: OrderKey = (BY_HAND, 0),
    ) -> list[Event]:
        """Book so many units, fewer than none for a sale, and return how it is told."""
        con_id = listing.contract.con_id
        side, shares = (Side.BUY if quantity > 0 else Side.SELL), abs(quantity)
        charge = account.apply(
            self._marketplace.asset(con_id), side, shares=shares, price=price, commission=_ZERO
        )
        trade = Trade(
            exec_id=self._book.ids.execution(),
            client_id=key[0],
            order_id=key[1],
            perm_id=0,
            con_id=con_id,
            account=account.name,
            order_ref="",
            side=side,
            shares=shares,
            price=price,
            at=now,
            exchange=listing.venue,
            cum_quantity=shares,
            avg_price=price,
            commission=_ZERO,
            realized_pnl=charge.realized_pnl,
            exercise_kind=int(kind),
        )
        self._book.add(trade)
        return [Executed(trade), Charged(trade)]
