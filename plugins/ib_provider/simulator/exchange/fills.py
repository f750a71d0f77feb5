# SPDX-License-Identifier: Apache-2.0
"""Executions: booked to the account, told in one of the orders real gateways were seen to use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from ib_provider.domain.order import OrderStatus, Side
from ib_provider.simulator.accounts.account import Account
from ib_provider.simulator.accounts.asset import commission_of
from ib_provider.simulator.exchange.families import settle_group
from ib_provider.simulator.exchange.leg_trades import leg_trades
from ib_provider.simulator.exchange.marketplace import Marketplace
from ib_provider.simulator.exchange.matching import Match
from ib_provider.simulator.exchange.order_book import OrderBook
from ib_provider.simulator.exchange.orders import (
    Charged,
    Event,
    Executed,
    Notice,
    SimOrder,
    Trade,
    shown,
)

__all__ = ["Fills", "Telling", "reject"]


class Telling(StrEnum):
    """In which order a fill is told. A consumer must bear each."""

    STATUS_FIRST = "status-first"
    EXECUTION_FIRST = "execution-first"
    COMMISSION_FIRST = "commission-first"
    ALTERNATING = "alternating"  # by the order's perm id
    TWICE = "twice"  # alternating, and the order with its status once more


_BY_TURNS = (Telling.STATUS_FIRST, Telling.EXECUTION_FIRST, Telling.COMMISSION_FIRST)


class Fills:
    """Books what traded."""

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
        self._telling = telling

    def book(self, order: SimOrder, match: Match, now: datetime) -> list[Event]:
        """Fill an order by a match, and settle its group."""
        before, filled = order, order.filled + match.shares
        value = order.traded_value + match.shares * match.price
        complete = filled == order.quantity
        limit = match.price if order.terms.order_type == "MTL" and not order.limit else order.limit
        order = self._book.put(
            replace(
                order,
                filled=filled,
                traded_value=value,
                last_price=match.price,
                limit=limit,
                status=OrderStatus.FILLED if complete else OrderStatus.SUBMITTED,
                ended_at=now if complete else None,
                reason=f"Filled Size: {filled}" if complete else "",
                eligible_at=now + self._latency,
            )
        )
        trades = self._trades(before, order, match, now)
        for trade in trades:
            self._book.add(trade)
        told = self._told(order, trades)
        return [*told, *settle_group(self._book, order, traded=match.shares, now=now)]

    def _trades(
        self, before: SimOrder, order: SimOrder, match: Match, now: datetime
    ) -> tuple[Trade, ...]:
        """Book what traded to the account, and return it: of a combination each leg, too."""
        exec_id, legs = self._book.ids.execution(), self._marketplace.listing(order.con_id).legs
        if not legs:
            return (self._charged(self._trade(order, match, exec_id, now), before),)
        whole = self._trade(order, match, exec_id, now)
        return whole, *(
            self._charged(part, before)
            for part in leg_trades(whole, legs, match.leg_prices, self._book.trades())
        )

    def _charged(self, trade: Trade, before: SimOrder) -> Trade:
        """Book one execution, and return it with what it cost.

        Args:
            before: The order as it was. Commissions are for all of an order, leg by leg.
        """
        asset = self._marketplace.asset(trade.con_id)
        tariff, units = asset.tariff, asset.multiplier
        known = trade.cum_quantity - trade.shares
        value = trade.avg_price * trade.cum_quantity
        earlier = value - trade.shares * trade.price
        if trade.con_id == before.con_id:
            earlier = before.traded_value
            value = earlier + trade.shares * trade.price
        commission = commission_of(trade.cum_quantity, value * units, tariff) - commission_of(
            known, earlier * units, tariff
        )
        charge = self._accounts[trade.account].apply(
            asset, trade.side, shares=trade.shares, price=trade.price, commission=commission
        )
        return replace(trade, commission=commission, realized_pnl=charge.realized_pnl)

    def correct(self, exec_id: str, price: Decimal, shares: Decimal | None = None) -> list[Event]:
        """Correct an execution, as an exchange does: its id's last group grows.

        Args:
            shares: What is left of it; None leaves all. The order keeps the status it has.
        """
        trade = next((row for row in self._book.trades() if row.exec_id == exec_id), None)
        if trade is None or self._marketplace.listing(trade.con_id).legs:
            return []
        stem, _, place = exec_id.rpartition(".")
        corrected = replace(
            trade,
            exec_id=f"{stem}.{int(place) + 1:02d}",
            price=price,
            avg_price=trade.avg_price
            + ((price - trade.price) * trade.shares / trade.cum_quantity).quantize(Decimal("1e-8")),
        )
        self._accounts[trade.account].correct(
            self._marketplace.asset(trade.con_id),
            trade.side,
            shares=trade.shares,
            change=price - trade.price,
        )
        if shares is not None and shares < trade.shares:
            corrected = self._taken_back(corrected, trade.shares - shares)
        self._book.add(corrected)
        order = self._book.find((trade.client_id, trade.order_id))
        if order is not None and order.con_id == trade.con_id:
            value = order.traded_value + (price - trade.price) * trade.shares
            self._book.put(replace(order, traded_value=value))
        return [Executed(corrected), Charged(corrected)]

    def _taken_back(self, trade: Trade, shares: Decimal) -> Trade:
        """Return an execution without so many of its shares, and the account without them."""
        against = Side.SELL if trade.side is Side.BUY else Side.BUY
        self._accounts[trade.account].apply(
            self._marketplace.asset(trade.con_id),
            against,
            shares=shares,
            price=trade.price,
            commission=Decimal(0),
        )
        return replace(
            trade, shares=trade.shares - shares, cum_quantity=trade.cum_quantity - shares
        )

    def _trade(
        self,
        order: SimOrder,
        match: Match,
        exec_id: str,
        now: datetime,
    ) -> Trade:
        return Trade(
            exec_id=exec_id,
            client_id=order.client_id,
            order_id=order.order_id,
            perm_id=order.perm_id,
            con_id=order.con_id,
            account=order.account,
            order_ref=order.terms.order_ref,
            side=order.side,
            shares=match.shares,
            price=match.price,
            at=now,
            exchange=self._marketplace.listing(order.con_id).venue,
            cum_quantity=order.filled,
            avg_price=order.avg_price,
            commission=Decimal(0),
            realized_pnl=None,
        )

    def _told(self, order: SimOrder, trades: tuple[Trade, ...]) -> list[Event]:
        """Tell a fill. A combination's own execution costs nothing: its legs do."""
        executed = [Executed(trade) for trade in trades]
        charged = [Charged(trade) for trade in trades if len(trades) == 1 or trade is not trades[0]]
        turn = self._telling
        if turn in (Telling.ALTERNATING, Telling.TWICE):
            turn = _BY_TURNS[order.perm_id % len(_BY_TURNS)]
        told: list[Event] = {
            Telling.EXECUTION_FIRST: [*executed, *shown(order), *charged],
            Telling.COMMISSION_FIRST: [*executed, *charged, *shown(order)],
        }.get(turn, [*shown(order), *executed, *charged])
        return [*told, *shown(order)] if self._telling is Telling.TWICE else told


def reject(book: OrderBook, order: SimOrder, why: str, now: datetime) -> list[Event]:
    """End an order as rejected by the broker."""
    inactive = replace(order, status=OrderStatus.INACTIVE, ended_at=now, reason=why, waits_for=())
    notice = Notice(*order.key, 201, f"Order rejected - reason:{why}")
    return [notice, *shown(book.put(inactive))]
