# SPDX-License-Identifier: Apache-2.0
"""Orders, trades and notices as the wire carries them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from ib_provider.domain.order import Side
from ib_provider.simulator.contracts import SMART, Listing, legs_text
from ib_provider.simulator.exchange.families import oca_type
from ib_provider.simulator.exchange.order_book import BY_HAND
from ib_provider.simulator.exchange.orders import SimOrder, Trade
from ib_provider.simulator.exchange.what_if import WhatIf
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
    "what_if_order",
]


def open_order(order: SimOrder, listing: Listing) -> OpenOrder:
    """Return an order in full."""
    return OpenOrder(
        order_id=_shown_id(order),
        contract=listing.at(order.exchange or SMART),
        order=_terms(order),
        state=WireOrderState(status=order.status.value),
    )


def order_status(order: SimOrder, by_client: int) -> OrderStatusAnswer:
    """Return how far an order has come."""
    return OrderStatusAnswer(
        order_id=_shown_id(order),
        status=order.status.value,
        filled=order.filled,
        remaining=order.remaining,
        avg_fill_price=order.avg_price,
        perm_id=order.perm_id,
        parent_id=order.terms.parent_id,
        last_fill_price=order.last_price,
        client_id=max(0, by_client),
        why_held=order.why_held,
        mkt_cap_price=order.cap,
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


def what_if_order(order_id: int, listing: Listing, exchange: str, found: WhatIf) -> OpenOrder:
    """Return what an order would do to its account."""
    before, change = found.margin_before, found.margin_change
    return OpenOrder(
        order_id=order_id,
        contract=listing.at(exchange or SMART),
        order=replace(found.terms, what_if=True),
        state=WireOrderState(
            status="PreSubmitted",
            init_margin_before=before,
            maint_margin_before=before,
            equity_with_loan_before=found.equity_before,
            init_margin_change=change,
            maint_margin_change=change,
            equity_with_loan_change=-found.commission,
            init_margin_after=before + change,
            maint_margin_after=before + change,
            equity_with_loan_after=found.equity_before - found.commission,
            commission=found.commission,
            min_commission=found.commission,
            max_commission=found.commission,
            commission_currency=found.currency,
            margin_currency=found.base,
            warning_text=found.warning,
        ),
    )


def execution_details(trade: Trade, listing: Listing, request_id: int) -> ExecutionDetails:
    """Return one execution; ``request_id`` is -1 as it happens."""
    return ExecutionDetails(
        request_id=request_id,
        order_id=trade.order_id if trade.client_id != BY_HAND else 0,
        contract=listing.at(trade.exchange),
        exec_id=trade.exec_id,
        time=local_text(listing, trade.at),
        account=trade.account,
        exchange=trade.exchange,
        side="BOT" if trade.side is Side.BUY else "SLD",
        shares=trade.shares,
        price=trade.price,
        perm_id=trade.perm_id,
        client_id=max(0, trade.client_id),
        cum_qty=trade.cum_quantity,
        avg_price=trade.avg_price,
        order_ref=trade.order_ref,
        last_liquidity=trade.liquidity,
        exercise_type=trade.exercise_kind,
    )


def commission_report(trade: Trade, listing: Listing) -> CommissionReport:
    """Return what an execution cost."""
    return CommissionReport(
        exec_id=trade.exec_id,
        commission=trade.commission.quantize(Decimal("1e-8")).normalize(),
        currency=listing.contract.currency,
        realized_pnl=trade.realized_pnl,
    )


def local_text(listing: Listing, at: datetime) -> str:
    """Return an instant as gateways write it, ``20260413 15:27:04 US/Eastern``."""
    local = at.astimezone(zone_of(listing.venue))
    return f"{local:%Y%m%d %H:%M:%S} {listing.time_zone}"


def _shown_id(order: SimOrder) -> int:
    """Return its id; an order entered by hand has none until a client binds it."""
    return 0 if order.client_id == BY_HAND else order.order_id


def _terms(order: SimOrder) -> WireOrder:
    return replace(
        order.terms,
        total_quantity=order.quantity,
        perm_id=order.perm_id,
        client_id=max(0, order.client_id),
        combo_legs_description=legs_text(order.terms.combo_legs),
        oca_type=oca_type(order) if order.terms.oca_group else order.terms.oca_type,
        trail_stop_price=order.stop if order.stop is not None else order.terms.trail_stop_price,
    )
