# SPDX-License-Identifier: Apache-2.0
"""Ask the broker what a plan would bind and cost. No order is made of a question."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.order import Order, OrderType
from ib_provider.domain.order_terms import OcaType
from ib_provider.domain.plan_preview import LegPreview, PlanPreview
from ib_provider.domain.portfolio import OrderPlan, PlanLeg
from ib_provider.domain.what_if import WhatIf
from ib_provider.errors import RequestFailed, RequestTimeout
from ib_provider.usecases.progress import Progress, silent

__all__ = ["order_of", "preview_plan"]


async def preview_plan(
    client: IbClient, plan: OrderPlan, *, progress: Progress = silent
) -> PlanPreview:
    """Return what each order of a plan, and the whole of it, would bind and cost.

    An order that the broker does not answer for is in the preview, with the reason. Questions go
    out one by one, at the connection's pace.

    Raises:
        ConnectionLost: The link ended.
    """
    legs = []
    for leg in plan.entries:
        legs.append(await _ask(client, plan, leg))
        progress(f"{leg.instrument_id}: {_shown(legs[-1])}")
    return PlanPreview(plan_id=plan.plan_id, at=datetime.now(UTC), legs=tuple(legs))


def order_of(plan: OrderPlan, leg: PlanLeg) -> Order:
    """Return the order that a leg of a plan is."""
    return Order(
        side=leg.side,
        quantity=leg.quantity,
        order_type=leg.order_type,
        account=plan.account,
        order_ref=leg.order_ref,
        limit_price=None if leg.order_type is OrderType.MARKET_ON_CLOSE else leg.limit_price,
        tif=leg.tif,
        algo=leg.algo,
        stop_price=leg.stop_price,
        oca_group=leg.oca_group,
        oca_type=OcaType.REDUCE_WITH_BLOCK if leg.oca_group else None,
    )


async def _ask(client: IbClient, plan: OrderPlan, leg: PlanLeg) -> LegPreview:
    try:
        answer = await client.what_if(leg.contract, order_of(plan, leg))
    except (RequestFailed, RequestTimeout) as error:
        return _preview(leg, None, problem=str(error))
    return _preview(leg, answer, problem=answer.reject_reason)


def _preview(leg: PlanLeg, answer: WhatIf | None, *, problem: str) -> LegPreview:
    margin = answer and answer.initial_margin
    equity = answer and answer.equity_with_loan
    return LegPreview(
        order_ref=leg.order_ref,
        instrument_id=leg.instrument_id,
        commission=_commission(answer),
        commission_currency=answer.commission_currency if answer else "",
        margin_before=margin.before if margin else None,
        margin_change=margin.change if margin else None,
        equity_before=equity.before if equity else None,
        equity_change=equity.change if equity else None,
        warning=answer.warning if answer else "",
        problem=problem,
        is_refused=bool(answer and answer.reject_reason),
    )


def _commission(answer: WhatIf | None) -> Decimal | None:
    if answer is None:
        return None
    return answer.commission if answer.commission is not None else answer.commission_high


def _shown(leg: LegPreview) -> str:
    if leg.problem:
        return f"what-if: {leg.problem}"
    return (
        f"commission {leg.commission} {leg.commission_currency}, "
        f"initial margin {leg.margin_change:+}"
        if leg.margin_change is not None
        else f"commission {leg.commission} {leg.commission_currency}, margin not told"
    )
