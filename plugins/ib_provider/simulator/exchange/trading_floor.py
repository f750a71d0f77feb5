# SPDX-License-Identifier: Apache-2.0
"""Where orders meet the market: waking, triggering, filling and expiring as time passes.

An order fills in chunks against the displayed size, one chunk a latency. Orders with an even perm
id report the execution before the status and odd ones after it: both were seen at a real gateway,
and a consumer must bear both. A market order stays PreSubmitted until it trades.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ib_provider.domain.order import OrderStatus, OrderType, TimeInForce
from ib_provider.simulator.accounts.account import Account, commission_of
from ib_provider.simulator.contracts import ContractBook, Listing
from ib_provider.simulator.exchange.matching import Match, is_triggered, match_at_close, match_now
from ib_provider.simulator.exchange.order_book import OrderBook
from ib_provider.simulator.exchange.orders import (
    Charged,
    Event,
    Executed,
    SimOrder,
    Trade,
    shown,
)
from ib_provider.simulator.market.hours import hours_of, next_or_running
from ib_provider.simulator.market.market import Market, MarketQuote

__all__ = ["TradingFloor"]

_AT_CLOSE: Final = (OrderType.MARKET_ON_CLOSE, OrderType.LIMIT_ON_CLOSE)
_STOPS: Final = (OrderType.STOP, OrderType.STOP_LIMIT)


class TradingFloor:
    """Every open order against one market; fills are booked to one account."""

    def __init__(
        self,
        *,
        account: Account,
        book: OrderBook,
        contracts: ContractBook,
        market: Market,
        latency: timedelta,
    ) -> None:
        self._account = account
        self._book = book
        self._contracts = contracts
        self._market = market
        self._latency = latency
        self.halted: set[str] = set()

    def advance(self, now: datetime) -> list[Event]:
        """Let time come to ``now``: wake, trigger, fill and expire orders."""
        events: list[Event] = []
        for order in self._book.orders():
            if order.is_open and not self._is_halted(order):
                events.extend(self._advance_order(order, now))
        return events

    def start(self, order: SimOrder, now: datetime) -> list[Event]:
        """Bring an order to the exchange. A market order stays PreSubmitted until it trades."""
        status = (
            OrderStatus.SUBMITTED
            if order.terms.order_type == OrderType.LIMIT
            else OrderStatus.PRE_SUBMITTED
        )
        working = self._book.put(
            replace(order, status=status, working=True, eligible_at=now + self._latency)
        )
        return [] if working.status is order.status else [*shown(working)]

    def _is_halted(self, order: SimOrder) -> bool:
        return self._contracts.by_id(order.con_id).contract.symbol in self.halted

    def _advance_order(self, order: SimOrder, now: datetime) -> list[Event]:
        listing = self._contracts.by_id(order.con_id)
        hours = hours_of(listing.venue, order.session)
        if hours is None or now < hours.open:
            return []
        events: list[Event] = []
        if not order.working:
            events.extend(self.start(order, now))
            order = self._book.find(order.key) or order
        if now >= hours.close:
            return [*events, *self._after_close(order, listing, now)]
        if order.eligible_at is None:
            order = self._book.put(replace(order, eligible_at=now + self._latency))
        if order.eligible_at is None or now < order.eligible_at:
            return events
        quote = self._market.quote(listing.series, now)
        if quote is None:
            return events
        return [*events, *self._trade(order, listing, quote, now)]

    def _trade(
        self, order: SimOrder, listing: Listing, quote: MarketQuote, now: datetime
    ) -> list[Event]:
        if order.terms.order_type in _AT_CLOSE:
            return []
        events: list[Event] = []
        if order.terms.order_type in _STOPS and not order.triggered:
            if not is_triggered(order, quote):
                return []
            order = self._book.put(replace(order, triggered=True, status=OrderStatus.SUBMITTED))
            events.extend(shown(order))
        match = match_now(order, quote)
        if match is not None:
            events.extend(self._filled(order, listing, match, now))
            order = self._book.find(order.key) or order
        if order.is_open and order.terms.tif == TimeInForce.FOK:
            ended = replace(order, status=OrderStatus.INACTIVE, ended_at=now, reason="Not filled")
            return [*events, *shown(self._book.put(ended))]
        if order.is_open and order.terms.tif == TimeInForce.IOC:
            events.extend(
                self._book.cancel(order, by_client=order.client_id, now=now, reason="Not filled")
            )
        return events

    def _after_close(self, order: SimOrder, listing: Listing, now: datetime) -> list[Event]:
        """End what lives for one session; anything else waits for the next."""
        if order.terms.order_type in _AT_CLOSE:
            match = match_at_close(order, self._market.closing_price(listing.series, order.session))
            if match is not None:
                return self._filled(order, listing, match, now)
        if order.terms.tif != TimeInForce.GTC:
            return self._book.cancel(order, by_client=order.client_id, now=now, reason="Expired")
        following = next_or_running(listing.venue, now)
        if following is not None:
            self._book.put(replace(order, session=following.session, eligible_at=None))
        return []

    def _filled(
        self, order: SimOrder, listing: Listing, match: Match, now: datetime
    ) -> list[Event]:
        filled = order.filled + match.shares
        value = order.traded_value + match.shares * match.price
        commission = commission_of(filled, value) - commission_of(order.filled, order.traded_value)
        charge = self._account.apply(
            order.con_id,
            order.side,
            shares=match.shares,
            price=match.price,
            commission=commission,
        )
        complete = filled == order.quantity
        order = self._book.put(
            replace(
                order,
                filled=filled,
                traded_value=value,
                last_price=match.price,
                status=OrderStatus.FILLED if complete else OrderStatus.SUBMITTED,
                ended_at=now if complete else None,
                reason=f"Filled Size: {filled}" if complete else "",
                eligible_at=now + self._latency,
            )
        )
        trade = Trade(
            exec_id=self._book.new_exec_id(),
            client_id=order.client_id,
            order_id=order.order_id,
            perm_id=order.perm_id,
            con_id=order.con_id,
            order_ref=order.terms.order_ref,
            side=order.side,
            shares=match.shares,
            price=match.price,
            at=now,
            exchange=listing.venue,
            cum_quantity=filled,
            avg_price=order.avg_price,
            commission=charge.commission,
            realized_pnl=charge.realized_pnl,
        )
        self._book.add(trade)
        if order.perm_id % 2:
            return [*shown(order), Executed(trade), Charged(trade)]
        return [Executed(trade), *shown(order), Charged(trade)]
