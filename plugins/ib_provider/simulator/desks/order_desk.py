# SPDX-License-Identifier: Apache-2.0
"""Requests about orders: placing, changing, cancelling, and what is open, completed, executed.

A client sees its own open orders and executions; client 0, and the master client, see everybody's
executions. Client 0 binds the orders entered by hand when it asks for its own. All open orders
are shown to whoever asks for all, and an order seen that way can be cancelled by whoever saw it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from ib_provider.domain.contract import SecType
from ib_provider.simulator.brokerage import HOME_ZONE, Brokerage
from ib_provider.simulator.client_link import ClientLink, Handlers
from ib_provider.simulator.contracts import SMART, Listing, combine
from ib_provider.simulator.desks.order_answers import (
    commission_report,
    completed_order,
    execution_details,
    open_order,
    order_status,
    what_if_order,
)
from ib_provider.simulator.exchange.exchange import Placement
from ib_provider.simulator.exchange.order_book import BY_HAND
from ib_provider.simulator.exchange.orders import OrderKey, Trade
from ib_provider.simulator.refusal import Refusal, invalid
from ib_provider.simulator.time_text import parse_time
from ib_provider.wire.messages import (
    CancelOrder,
    CompletedOrdersEnd,
    ExecutionDetailsEnd,
    GlobalCancel,
    OpenOrderEnd,
    PlaceOrder,
    ReqAllOpenOrders,
    ReqAutoOpenOrders,
    ReqCompletedOrders,
    ReqExecutions,
    ReqOpenOrders,
)

__all__ = ["OrderDesk"]


class OrderDesk:
    """Answers everything about orders."""

    def __init__(self, brokerage: Brokerage) -> None:
        self._brokerage = brokerage
        self.handlers: Handlers = {
            PlaceOrder: self._place,
            CancelOrder: self._cancel,
            GlobalCancel: self._cancel_all,
            ReqOpenOrders: self._own_open_orders,
            ReqAllOpenOrders: self._all_open_orders,
            ReqAutoOpenOrders: self._bind,
            ReqCompletedOrders: self._completed,
            ReqExecutions: self._executions,
        }

    def _place(self, client: ClientLink, request: PlaceOrder) -> None:
        key = (client.client_id, request.order_id)
        listing = self._meant_listing(request)
        if isinstance(listing, Refusal):
            self._brokerage.refuse(key, request.order, listing)
            return
        placement = Placement(
            key=key,
            listing=listing,
            exchange=request.contract.exchange or SMART,
            terms=request.order,
        )
        if request.order.what_if:
            self._show_what_if(client, placement)
        else:
            self._brokerage.place(placement)

    def _meant_listing(self, request: PlaceOrder) -> Listing | Refusal:
        if request.contract.sec_type is SecType.BAG:
            return combine(self._brokerage.contracts, request.order.combo_legs)
        return self._brokerage.resolve(request.contract)

    def _show_what_if(self, client: ClientLink, placement: Placement) -> None:
        order_id, found = placement.key[1], self._brokerage.what_if(placement)
        if isinstance(found, Refusal):
            client.fail(order_id, found)
            return
        client.send(what_if_order(order_id, placement.listing, placement.exchange, found))

    def _cancel(self, client: ClientLink, request: CancelOrder) -> None:
        self._brokerage.cancel(self._meant(client, request.order_id), by_client=client.client_id)

    def _meant(self, client: ClientLink, order_id: int) -> OrderKey:
        """Return the client's own order, or the one it saw under that id among all open ones."""
        own = (client.client_id, order_id)
        if self._brokerage.book.find(own) is not None:
            return own
        if order_id in client.subscriptions("orders seen"):
            for order in self._brokerage.book.open_orders():
                if order.order_id == order_id:
                    return order.key
        return own

    def _cancel_all(self, client: ClientLink, _: GlobalCancel) -> None:
        self._brokerage.cancel_all(by_client=client.client_id)

    def _own_open_orders(self, client: ClientLink, _: ReqOpenOrders) -> None:
        if client.client_id == 0:
            self._bind_entered()
        self._show_open(client, own=True)

    def _all_open_orders(self, client: ClientLink, _: ReqAllOpenOrders) -> None:
        self._show_open(client, own=False)

    def _bind(self, client: ClientLink, request: ReqAutoOpenOrders) -> None:
        if request.auto_bind and client.client_id != 0:
            text = "Only client 0 may bind orders automatically."
            client.fail(-1, Refusal(code=327, message=text))
            return
        self._brokerage.binds_by_hand = request.auto_bind
        if request.auto_bind:
            self._bind_entered()

    def _bind_entered(self) -> None:
        for order in self._brokerage.book.open_orders():
            if order.client_id == BY_HAND:
                self._brokerage.bind(order)

    def _show_open(self, client: ClientLink, *, own: bool) -> None:
        for order in self._brokerage.book.open_orders():
            if not own or order.client_id == client.client_id:
                client.subscriptions("orders seen").add(order.order_id)
                listing = self._brokerage.contracts.by_id(order.con_id)
                client.send(open_order(order, listing))
                client.send(order_status(order, order.client_id))
        client.send(OpenOrderEnd())

    def _completed(self, client: ClientLink, _: ReqCompletedOrders) -> None:
        since = self._midnight(self._today())
        for order in self._brokerage.book.orders():
            if order.ended_at is not None and order.ended_at >= since:
                listing = self._brokerage.contracts.by_id(order.con_id)
                client.send(completed_order(order, listing))
        client.send(CompletedOrdersEnd())

    def _executions(self, client: ClientLink, request: ReqExecutions) -> None:
        since = self._since(request)
        if isinstance(since, Refusal):
            client.fail(request.request_id, since)
            return
        for trade in self._visible(client, request):
            local_day = trade.at.astimezone(HOME_ZONE).date()
            dated = int(f"{local_day:%Y%m%d}") in request.specific_dates
            if dated if request.specific_dates else trade.at >= since:
                listing = self._brokerage.contracts.by_id(trade.con_id)
                client.send(execution_details(trade, listing, request.request_id))
                if not listing.legs:
                    client.send(commission_report(trade, listing))
        client.send(ExecutionDetailsEnd(request_id=request.request_id))

    def _visible(self, client: ClientLink, request: ReqExecutions) -> Iterator[Trade]:
        everybody = client.client_id in (0, self._brokerage.options.master_client)
        for trade in self._brokerage.book.trades():
            own = self._brokerage.contracts.by_id(trade.con_id).contract
            side = {"BUY": "BUY", "BOT": "BUY", "SELL": "SELL", "SLD": "SELL"}.get(
                request.side.upper(), request.side
            )
            if (
                (everybody or client.client_id == trade.client_id)
                and request.client_id in (None, 0, trade.client_id)
                and request.account in ("", trade.account)
                and request.symbol in ("", own.symbol)
                and request.sec_type in ("", own.sec_type)
                and request.exchange in ("", SMART, trade.exchange)
                and side in ("", trade.side)
            ):
                yield trade

    def _since(self, request: ReqExecutions) -> datetime | Refusal:
        if request.time:
            parsed = parse_time(request.time, HOME_ZONE)
            return parsed.at if parsed else invalid(f"Invalid time {request.time!r}")
        days = max(1, request.last_n_days or 1)
        return self._midnight(self._today() - timedelta(days=days - 1))

    def _today(self) -> date:
        return self._brokerage.clock.now().astimezone(HOME_ZONE).date()

    @staticmethod
    def _midnight(day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=HOME_ZONE).astimezone(UTC)
