# SPDX-License-Identifier: Apache-2.0
"""IB's order, execution and commission objects to domain values."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final, TypeVar

from ib_provider.client.decode_contract import decode_contract
from ib_provider.client.decode_number import int_or_zero, number, quantity
from ib_provider.client.decode_terms import decode_terms, order_price
from ib_provider.client.decode_time import parse_instant
from ib_provider.domain.order import (
    Commission,
    Execution,
    Order,
    OrderState,
    OrderStatus,
    OrderType,
    Side,
    TimeInForce,
)

__all__ = [
    "decode_commission",
    "decode_completed_order",
    "decode_execution",
    "decode_open_order",
    "decode_status",
    "latest_revisions",
]

#: Executions say BOT and SLD, orders BUY and SELL; SSHORT and SLONG are sells marked for clearing.
_SIDES: Final = {
    "BUY": Side.BUY,
    "BOT": Side.BUY,
    "SELL": Side.SELL,
    "SLD": Side.SELL,
    "SSHORT": Side.SELL,
    "SLONG": Side.SELL,
}

Coded = TypeVar("Coded", OrderType, TimeInForce)


def decode_open_order(order_id: int, contract: Any, order: Any, state: Any) -> OrderState:
    """Return what ``openOrder`` says; ``filled`` is 0 where the message does not carry it.

    Raises:
        ValueError: A side, status or quantity that no order can have.
    """
    total = quantity(order.totalQuantity)
    filled = number(order.filledQuantity) or Decimal(0)
    return OrderState(
        order_id=int_or_zero(order_id),
        perm_id=int_or_zero(order.permId),
        client_id=int_or_zero(order.clientId),
        contract=decode_contract(contract),
        order=_decode_order(order, total),
        status=decode_status(state.status),
        filled=filled,
        remaining=max(total - filled, Decimal(0)),
        avg_fill_price=None,
        warning=state.warningText,
    )


def decode_completed_order(contract: Any, order: Any, state: Any) -> OrderState:
    """Return what ``completedOrder`` says. It carries no order id and no fill price.

    A gateway may clear the total of a finished order: then the filled quantity stands for it. Why
    an order ended unfilled is its warning.

    Raises:
        ValueError: As ``decode_open_order``.
    """
    status = decode_status(state.status)
    # Of a filled order it says nothing but the size.
    ended = "" if status is OrderStatus.FILLED else state.completedStatus
    filled = number(order.filledQuantity) or Decimal(0)
    total = max(number(order.totalQuantity) or Decimal(0), filled)
    return OrderState(
        order_id=0,
        perm_id=int_or_zero(order.permId),
        client_id=int_or_zero(order.clientId),
        contract=decode_contract(contract),
        order=_decode_order(order, total),
        status=status,
        filled=filled,
        remaining=total - filled,
        avg_fill_price=None,
        warning=state.warningText or state.rejectReason or ended,
    )


def decode_status(text: str) -> OrderStatus:
    """Return an order status.

    Raises:
        ValueError: IB has no such status.
    """
    return OrderStatus(text)


def decode_execution(contract: Any, execution: Any) -> Execution:
    """Return what ``execDetails`` says.

    Raises:
        ValueError: A quantity, side or time that cannot be read.
    """
    return Execution(
        exec_id=execution.execId,
        order_id=int_or_zero(execution.orderId),
        perm_id=int_or_zero(execution.permId),
        client_id=int_or_zero(execution.clientId),
        order_ref=execution.orderRef,
        account=execution.acctNumber,
        contract=decode_contract(contract),
        side=_side(execution.side),
        quantity=quantity(execution.shares),
        price=quantity(execution.price),
        ts=parse_instant(execution.time),
        exchange=execution.exchange,
        cum_quantity=quantity(execution.cumQty),
        avg_price=quantity(execution.avgPrice),
    )


def decode_commission(report: Any) -> Commission:
    """Return what a commission report says.

    Raises:
        ValueError: It names no commission.
    """
    return Commission(
        exec_id=report.execId,
        commission=quantity(report.commissionAndFees),
        currency=report.currency,
        realized_pnl=number(report.realizedPNL),
    )


def latest_revisions(executions: Iterable[Execution]) -> tuple[Execution, ...]:
    """Return the executions without those that a later one corrects.

    A correction repeats the exec id with a higher number after the last dot (TWS API,
    "Executions and commissions").
    """
    latest: dict[str, Execution] = {}
    for execution in executions:
        stem, _, revision = execution.exec_id.rpartition(".")
        known = latest.get(stem or execution.exec_id)
        if known is None or _revision(known.exec_id.rpartition(".")[2]) <= _revision(revision):
            latest[stem or execution.exec_id] = execution
    return tuple(latest.values())


def _revision(text: str) -> tuple[int, str]:
    """Return what orders revisions: as numbers, where they are."""
    return (int(text), "") if text.isdecimal() else (-1, text)


def _decode_order(ib: Any, total: Decimal) -> Order:
    order_type = _coded(OrderType, ib.orderType)
    return Order(
        side=_side(ib.action),
        quantity=total,
        order_type=order_type,
        account=ib.account,
        order_ref=ib.orderRef,
        limit_price=order_price(ib.lmtPrice),
        tif=_coded(TimeInForce, ib.tif),
        outside_rth=bool(ib.outsideRth),
        **decode_terms(ib, order_type),
    )


def _side(text: str) -> Side:
    if text not in _SIDES:
        raise ValueError(f"unknown side {text!r}")
    return _SIDES[text]


def _coded(kind: type[Coded], text: str) -> Coded:
    """Return the coded value; one that we never send is somebody else's order, not an error."""
    try:
        return kind(text)
    except ValueError:
        return kind.OTHER
