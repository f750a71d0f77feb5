# SPDX-License-Identifier: Apache-2.0
"""Where orders meet the market: waking, triggering, filling and expiring as time passes.

An order fills in chunks against what still stands in the displayed book, one chunk a latency. A
market order stays PreSubmitted until it trades.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from ib_provider.domain.contract import SecType
from ib_provider.domain.order import OrderStatus, TimeInForce
from ib_provider.simulator.accounts.account import Account
from ib_provider.simulator.exchange.algos import is_over, released
from ib_provider.simulator.exchange.conditions import Situation, conditions_hold
from ib_provider.simulator.exchange.displayed import DisplayedBook
from ib_provider.simulator.exchange.families import settle_parent
from ib_provider.simulator.exchange.fills import Fills, Telling
from ib_provider.simulator.exchange.leg_trades import legs_accept
from ib_provider.simulator.exchange.marketplace import Marketplace
from ib_provider.simulator.exchange.matching import accepts, match_in_auction, match_now, opposite
from ib_provider.simulator.exchange.order_book import OrderBook, cancelled
from ib_provider.simulator.exchange.order_kinds import Trigger, kind_of
from ib_provider.simulator.exchange.order_notices import waiting_notice
from ib_provider.simulator.exchange.orders import Event, SimOrder, shown
from ib_provider.simulator.exchange.prices import followed, is_triggered
from ib_provider.simulator.exchange.resting import RestingOrders
from ib_provider.simulator.market.hours import zone_of
from ib_provider.simulator.market.market import MarketQuote
from ib_provider.simulator.time_text import parse_time
from ib_provider.symbology.sessions import SessionHours

__all__ = ["TradingFloor", "trades_outside"]

#: Whose trading day has no "outside": their orders work all of it.
_ALL_DAY: Final = frozenset(
    {SecType.FUT, SecType.CONTFUT, SecType.FOP, SecType.CASH, SecType.CRYPTO, SecType.CMDTY}
)
_OF_MANY_SESSIONS: Final = frozenset({TimeInForce.GTC, TimeInForce.GTD})


_NOW_ONLY: Final = frozenset({TimeInForce.IOC, TimeInForce.FOK})


def trades_outside(order: SimOrder, marketplace: Marketplace) -> bool:
    """Return whether an order works all of the trading day, not only its regular hours."""
    kind = kind_of(order.terms.order_type)
    listing = marketplace.listing(order.con_id)
    parts = [marketplace.listing(leg.con_id) for leg in listing.legs] or [listing]
    all_day = all(part.contract.sec_type in _ALL_DAY for part in parts)
    asked = order.terms.outside_rth and kind is not None and kind.outside
    auction = order.terms.tif == TimeInForce.OPG or (kind is not None and kind.at_close)
    return not auction and (asked or all_day)


class TradingFloor:
    """Every open order against one market; fills are booked to their accounts.

    Attributes:
        halted: Symbols that nothing trades in for now.
    """

    def __init__(
        self,
        *,
        accounts: Mapping[str, Account],
        book: OrderBook,
        marketplace: Marketplace,
        latency: timedelta,
        telling: Telling = Telling.ALTERNATING,
    ) -> None:
        self._accounts = accounts
        self._book = book
        self._marketplace = marketplace
        self._latency = latency
        self._displayed = DisplayedBook(latency)
        self._resting = RestingOrders(book, marketplace)
        self.halted: set[str] = set()
        self.fills = Fills(
            accounts=accounts,
            book=book,
            marketplace=marketplace,
            latency=latency,
            telling=telling,
        )

    def advance(self, now: datetime) -> list[Event]:
        """Let time come to ``now``: wake, trigger, fill and expire orders."""
        self._displayed.begin_round()
        events: list[Event] = []
        calm = self._resting.calm(now)
        for known in self._book.open_orders():
            if known.con_id in calm:
                continue
            order = self._book.find(known.key)
            if order is None or not order.is_open or self._resting.is_at_rest(order, now):
                continue  # its group may have ended it by now
            events.extend(self._advance_order(order, now))
        self._resting.settle()
        return events

    def look_again(self) -> None:
        """Look at every order in the next round, for the market has been changed."""
        self._resting.forget()

    def _rests(self, order: SimOrder, quote: MarketQuote, until: datetime) -> list[Event]:
        """Note that these prices are none for an order, so that it need not be asked again."""
        terms = order.terms
        timed = terms.conditions or terms.tif == TimeInForce.GTD or terms.algo_params
        if not timed and order.terms.tif not in _NOW_ONLY:
            outside = trades_outside(order, self._marketplace)
            self._resting.note(order, quote, outside=outside, until=until)
        return []

    def start(self, order: SimOrder, now: datetime) -> list[Event]:
        """Bring an order to the exchange. A market order stays PreSubmitted until it trades."""
        status = OrderStatus.SUBMITTED if order.terms.order_type == "LMT" else order.status
        working = self._book.put(
            replace(
                order,
                status=status,
                working=True,
                began_at=now,
                eligible_at=now + self._latency,
            )
        )
        return [] if working.status is order.status else [*shown(working)]

    def _advance_order(self, order: SimOrder, now: datetime) -> list[Event]:
        order, events = settle_parent(self._book, order, now)
        if not order.is_open:
            return events
        if self._has_expired(order, now):
            return self._end(order, now, "Expired")
        hours = self._marketplace.window(
            order.con_id, order.session, outside=trades_outside(order, self._marketplace)
        )
        if hours is None or now < hours.open:
            return [] if hours else self._put_off(order, now)
        if now >= hours.close:
            return self._after_close(order, now)
        if order.waits_for or not self._may_begin(order, now):
            return []
        return self._begin(order, hours, now)

    def _begin(self, order: SimOrder, hours: SessionHours, now: datetime) -> list[Event]:
        """Ask an order's conditions, bring it to the exchange, and let it work there."""
        if order.terms.conditions and not order.conditions_met:
            holds, cancels = self._conditions_hold(order, now), order.terms.conditions_cancel_order
            if holds and cancels:
                return self._end(order, now, "Condition met")
            if not holds and not cancels:
                return []
            order = self._book.put(replace(order, conditions_met=holds))
        events: list[Event] = []
        if not order.working:
            events.extend(self.start(order, now))
            order = self._book.find(order.key) or order
        return [*events, *self._work(order, hours, now)]

    def _work(self, order: SimOrder, hours: SessionHours, now: datetime) -> list[Event]:
        if order.eligible_at is None:
            order = self._book.put(replace(order, eligible_at=now + self._latency))
        if order.eligible_at is None or now < order.eligible_at:
            return []
        if self.halted and self._symbol(order) in self.halted:
            return []
        if is_over(order, closes=hours.close, now=now):
            return self._end(order, now, "Its end time has passed")
        if order.terms.tif == TimeInForce.OPG:
            return self._open_auction(order, hours, now)
        outside = trades_outside(order, self._marketplace)
        quote = self._marketplace.quote(order.con_id, now, outside=outside)
        return self._trade(order, quote, hours, now) if quote else []

    def _trade(
        self, order: SimOrder, quote: MarketQuote, hours: SessionHours, now: datetime
    ) -> list[Event]:
        kind = kind_of(order.terms.order_type)
        if kind is None or kind.at_close:
            return []
        events: list[Event] = []
        tick = self._marketplace.listing(order.con_id).min_tick
        pinned = followed(order, quote, tick)
        if pinned is not order:
            order = self._book.put(pinned)
        if kind.trigger is not Trigger.NONE and not order.triggered:
            if not is_triggered(order, quote):
                return self._rests(order, quote, hours.close)
            order = self._book.put(replace(order, triggered=True, status=OrderStatus.SUBMITTED))
            events.extend(shown(order))
        events.extend(self._take(order, quote, hours, now))
        order = self._book.find(order.key) or order
        if order.is_open and order.terms.tif == TimeInForce.FOK:
            gone = replace(order, status=OrderStatus.INACTIVE, ended_at=now, reason="Not filled")
            return [*events, *shown(self._book.put(gone))]
        if order.is_open and order.terms.tif == TimeInForce.IOC:
            events.extend(self._end(order, now, "Not filled"))
        return events

    def _take(
        self, order: SimOrder, quote: MarketQuote, hours: SessionHours, now: datetime
    ) -> list[Event]:
        """Trade what stands in the book and the order may have by now."""
        shown, size = opposite(order, quote)
        if shown is not None and not accepts(order, quote):
            return self._rests(order, quote, hours.close)
        out = released(order, begun=order.began_at or order.placed_at, closes=hours.close, now=now)
        match = match_now(
            order,
            quote,
            standing=self._displayed.standing(order.con_id, order.side, size, now),
            wanted=min(order.remaining, out - order.filled),
        )
        if match is None:
            return []
        legs = self._marketplace.listing(order.con_id).legs
        if legs:
            outside = trades_outside(order, self._marketplace)
            prices = self._marketplace.leg_prices(order.con_id, order.side, now, outside=outside)
            if not legs_accept(order, legs, prices):
                return []
            match = replace(match, leg_prices=prices)
        self._displayed.take(order.con_id, order.side, match.shares, now)
        return self.fills.book(order, match, now)

    def _open_auction(self, order: SimOrder, hours: SessionHours, now: datetime) -> list[Event]:
        price = self._marketplace.opening_price(order.con_id, hours.open)
        match = match_in_auction(order, price) if price else None
        if match is not None:
            return self.fills.book(order, match, now)
        return self._end(order, now, "Not filled at the open")

    def _after_close(self, order: SimOrder, now: datetime) -> list[Event]:
        """End what lives for one session; anything else waits for the next."""
        kind = kind_of(order.terms.order_type)
        if kind is not None and kind.at_close and order.working:
            price = self._marketplace.closing_price(order.con_id, order.session)
            match = match_in_auction(order, price)
            if match is not None:
                return self.fills.book(order, match, now)
        if order.terms.tif not in _OF_MANY_SESSIONS:
            return self._end(order, now, "Expired")
        following = self._marketplace.next_window(
            order.con_id, now, outside=trades_outside(order, self._marketplace)
        )
        if following is not None:
            self._book.put(replace(order, session=following.session, eligible_at=None))
        return []

    def _put_off(self, order: SimOrder, now: datetime) -> list[Event]:
        """Have an order whose session was called off wait for the next one."""
        following = self._marketplace.next_window(
            order.con_id, now, outside=trades_outside(order, self._marketplace)
        )
        if following is None or following.session <= order.session:
            return []
        waiting = self._book.put(
            replace(
                order,
                session=following.session,
                status=OrderStatus.PRE_SUBMITTED,
                working=False,
                eligible_at=None,
            )
        )
        listing = self._marketplace.listing(order.con_id)
        return [*shown(waiting), waiting_notice(waiting, listing, following.open)]

    def _symbol(self, order: SimOrder) -> str:
        return self._marketplace.listing(order.con_id).contract.symbol

    def _end(self, order: SimOrder, now: datetime, reason: str) -> list[Event]:
        return cancelled(self._book, order, by_client=order.client_id, now=now, reason=reason)

    def _has_expired(self, order: SimOrder, now: datetime) -> bool:
        until = self._said_time(order, order.terms.good_till_date)
        return order.terms.tif == TimeInForce.GTD and until is not None and now >= until

    def _may_begin(self, order: SimOrder, now: datetime) -> bool:
        after = self._said_time(order, order.terms.good_after_time)
        return after is None or now >= after

    def _said_time(self, order: SimOrder, text: str) -> datetime | None:
        if not text:
            return None
        parsed = parse_time(text, zone_of(self._marketplace.listing(order.con_id).venue))
        return parsed.at if parsed else None

    def _conditions_hold(self, order: SimOrder, now: datetime) -> bool:
        valuation = self._marketplace.value(self._accounts[order.account], now)
        net = valuation.net
        situation = Situation(
            marketplace=self._marketplace,
            book=self._book,
            account=order.account,
            since=order.placed_at,
            now=now,
            cushion=(net - valuation.margin) / net if net else Decimal(0),
            zone=zone_of(self._marketplace.listing(order.con_id).venue),
        )
        return conditions_hold(order.terms.conditions, situation)
