# SPDX-License-Identifier: Apache-2.0
"""Builders of contracts, plans, order states and fills for tests of trading."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from ib_provider.domain.contract import Contract
from ib_provider.domain.order import (
    Commission,
    Execution,
    Fill,
    Order,
    OrderState,
    OrderStatus,
    OrderType,
    Side,
    TimeInForce,
)
from ib_provider.domain.plan_document import seal_plan
from ib_provider.domain.portfolio import OrderPlan, PlanLeg, PlanRow

__all__ = ["ACCOUNT", "AT", "a_contract", "a_fill", "a_leg", "a_plan", "a_state"]

ACCOUNT = "DU1000001"
AT = datetime(2013, 3, 4, 15, 0, tzinfo=UTC)


def a_contract(symbol: str = "AAPL", con_id: int = 265598) -> Contract:
    """Build a qualified stock."""
    return Contract(
        con_id=con_id,
        symbol=symbol,
        exchange="SMART",
        primary_exchange="NASDAQ",
        currency="USD",
        local_symbol=symbol,
        trading_class="NMS",
    )


def a_leg(order_ref: str = "ibp-demo-AAPL-1", *, quantity: str = "465") -> PlanLeg:
    """Build a buy of Apple."""
    return PlanLeg(
        order_ref=order_ref,
        instrument_id="AAPL.NASDAQ",
        contract=a_contract(),
        side=Side.BUY,
        quantity=Decimal(quantity),
        order_type=OrderType.LIMIT,
        limit_price=Decimal("432.15"),
        tif=TimeInForce.DAY,
        arrival_price=Decimal("430.025"),
    )


def a_plan(*legs: PlanLeg, key: str = "2013-03-04", nlv: str = "1000000.00") -> OrderPlan:
    """Build a sealed plan of these legs, one buy of Apple by default."""
    legs = legs or (a_leg(f"ibp-demo-AAPL-{key}"),)
    row = PlanRow(
        instrument_id="AAPL.NASDAQ",
        held=Decimal(0),
        price=Decimal("430.025"),
        weight=Decimal(0),
        target_weight=Decimal("0.2"),
        target_quantity=Decimal(465),
        trade=Decimal(465),
        note="buy",
    )
    return seal_plan(
        OrderPlan(
            plan_id="",
            account=ACCOUNT,
            strategy="demo",
            key=key,
            currency="USD",
            net_liquidation=Decimal(nlv),
            as_of=AT,
            rows=(row,),
            legs=legs,
        )
    )


def a_state(
    leg: PlanLeg, status: OrderStatus, *, filled: str = "0", perm_id: int = 77, price: str = ""
) -> OrderState:
    """Build what the broker says of a leg's order."""
    return OrderState(
        order_id=5,
        perm_id=perm_id,
        client_id=1,
        contract=leg.contract,
        order=Order(
            side=leg.side,
            quantity=leg.quantity,
            order_type=leg.order_type,
            account=ACCOUNT,
            order_ref=leg.order_ref,
            limit_price=leg.limit_price,
        ),
        status=status,
        filled=Decimal(filled),
        remaining=leg.quantity - Decimal(filled),
        avg_fill_price=Decimal(price) if price else None,
    )


def a_fill(
    exec_id: str,
    *,
    order_ref: str = "ibp-demo-AAPL-1",
    quantity: str = "100",
    price: str = "430.01",
    commission: str | None = None,
    pnl: str | None = None,
) -> Fill:
    """Build a fill, with its commission where one is given."""
    execution = Execution(
        exec_id=exec_id,
        order_id=5,
        perm_id=77,
        client_id=1,
        order_ref=order_ref,
        account=ACCOUNT,
        contract=a_contract(),
        side=Side.BUY,
        quantity=Decimal(quantity),
        price=Decimal(price),
        ts=AT,
        exchange="ISLAND",
        cum_quantity=Decimal(quantity),
        avg_price=Decimal(price),
    )
    cost = None
    if commission is not None:
        cost = Commission(
            exec_id=exec_id,
            commission=Decimal(commission),
            currency="USD",
            realized_pnl=None if pnl is None else Decimal(pnl),
        )
    return Fill(execution=execution, commission=cost)
