# SPDX-License-Identifier: Apache-2.0
"""Orders, trades and notices as the wire carries them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ib_provider.domain.order import Side
from ib_provider.simulator.contracts import SMART, Listing
from ib_provider.simulator.exchange.orders import SimOrder, Trade
from ib_provider.simulator.market.hours import zone_of
from ib_provider.wire.messages import (
    CommissionReport,
    CompletedOrder,
    ExecutionDetails,
    OpenOrder,
    OrderStatusAnswer,
    WireOrder,
    WireOrderState,
)

__all__ = [
    "commission_report",
    "completed_order",
    "execution_details",
    "local_text",
    "open_order",
    "order_status",
]


def open_order(order: SimOrder, listing: Listing) -> OpenOrder:
    """Return an order in full."""
    return OpenOrder(
        order_id=order.order_id,
        contract=listing.at(order.exchange or SMART),
        order=_terms(order),
        state=WireOrderState(status=order.status.value),
    )


def order_status(order: SimOrder, by_client: int) -> OrderStatusAnswer:
    """Return how far an order has come."""
    return OrderStatusAnswer(
        order_id=order.order_id,
        status=order.status.value,
        filled=order.filled,
        remaining=order.remaining,
        avg_fill_price=order.avg_price,
        perm_id=order.perm_id,
        last_fill_price=order.last_price,
        client_id=by_client,
        why_held=order.why_held,
    )


def completed_order(order: SimOrder, listing: Listing) -> CompletedOrder:
    """Return an order that ended."""
    at = order.ended_at or order.placed_at
    return CompletedOrder(
        contract=listing.at(order.exchange or SMART),
        order=_terms(order),
        state=WireOrderState(
            status=order.status.value,
            completed_time=local_text(listing, at),
            completed_status=order.reason,
        ),
        filled=order.filled,
    )


def execution_details(
    trade: Trade, listing: Listing, account: str, request_id: int
) -> ExecutionDetails:
    """Return one execution; ``request_id`` is -1 as it happens."""
    return ExecutionDetails(
        request_id=request_id,
        order_id=trade.order_id,
        contract=listing.at(trade.exchange),
        exec_id=trade.exec_id,
        time=local_text(listing, trade.at),
        account=account,
        exchange=trade.exchange,
        side="BOT" if trade.side is Side.BUY else "SLD",
        shares=trade.shares,
        price=trade.price,
        perm_id=trade.perm_id,
        client_id=trade.client_id,
        cum_qty=trade.cum_quantity,
        avg_price=trade.avg_price,
        order_ref=trade.order_ref,
        last_liquidity=2,
    )


def commission_report(trade: Trade, listing: Listing) -> CommissionReport:
    """Return what an execution cost."""
    return CommissionReport(
        exec_id=trade.exec_id,
        commission=trade.commission,
        currency=listing.contract.currency,
        realized_pnl=trade.realized_pnl,
    )


def local_text(listing: Listing, at: datetime) -> str:
    """Return an instant as gateways write it, ``20260413 15:27:04 US/Eastern``."""
    local = at.astimezone(zone_of(listing.venue))
    return f"{local:%Y%m%d %H:%M:%S} {listing.time_zone}"


def _terms(order: SimOrder) -> WireOrder:
    return replace(
        order.terms,
        total_quantity=order.quantity,
        perm_id=order.perm_id,
        client_id=order.client_id,
    )
