# SPDX-License-Identifier: Apache-2.0
"""The next order of a leg: for what is left of it, at a price of now, never worse than approved.

Rules:
    * The first order of a leg of the first wave is the leg as it was approved.
    * A later one is marketable with the portfolio's collar, or ends at the approved limit.
    * A chase begins at the middle and comes nearer to the other side with every order; its last one
      is marketable.
    * An auction's price is the approved one: nobody knows the market it will meet.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import Final

from ib_provider.domain.execution_style import AUCTIONS, ExecutionStyle, StyleKind
from ib_provider.domain.order import Side
from ib_provider.domain.portfolio import OrderPlan, PlanLeg
from ib_provider.rebalance.book import Book
from ib_provider.rebalance.order_ref import order_ref
from ib_provider.rebalance.pricing import Market, instrument_problem, limit_price, read_market

__all__ = ["attempt_ref", "next_order"]

_ARITHMETIC: Final = Context(prec=40, rounding=ROUND_HALF_EVEN)


def next_order(
    plan: OrderPlan, leg: PlanLeg, *, attempt: int, quantity: Decimal, book: Book
) -> PlanLeg:
    """Return an order of a leg as a leg of its own, which the limits are then asked about.

    Args:
        plan: Whose leg it is.
        leg: As it was approved.
        attempt: Which order of the leg it is, from 1.
        quantity: What is left of the leg.
        book: With the market of now; without one the approved price stays, and the limits refuse.
    """
    style = plan.style_of(leg)
    with localcontext(_ARITHMETIC):
        price = _price(plan, leg, style, attempt=attempt, book=book)
    return replace(
        leg,
        order_ref=attempt_ref(plan, leg, attempt),
        attempt=attempt,
        quantity=quantity,
        limit_price=price,
    )


def attempt_ref(plan: OrderPlan, leg: PlanLeg, attempt: int) -> str:
    """Return the order_ref of an attempt at a leg: the same for whoever asks."""
    if attempt == 1:
        return leg.order_ref
    return order_ref(plan.account, plan.strategy, plan.key, leg.instrument_id, attempt=attempt)


def _price(
    plan: OrderPlan, leg: PlanLeg, style: ExecutionStyle, *, attempt: int, book: Book
) -> Decimal:
    is_chase = style.kind is StyleKind.MIDPRICE_CHASE
    first = min((other.wave for other in plan.legs), default=leg.wave)
    as_approved = attempt == 1 and leg.wave == first and not is_chase
    market = read_market(book.quotes.get(leg.instrument_id))
    instrument = book.instruments.get(leg.instrument_id)
    if (
        as_approved
        or leg.is_exit
        or style.kind in AUCTIONS
        or plan.rules is None
        or market is None
        or instrument is None
        or instrument_problem(instrument, book)
    ):
        return leg.limit_price
    ladder = book.ladder(instrument)
    if is_chase and attempt < style.attempts:
        aim = _chased(market, leg.side, Decimal(attempt - 1) / (style.attempts - 1))
        price = ladder.round_down(aim) if leg.side is Side.BUY else ladder.round_up(aim)
    else:
        price = limit_price(market, leg.side, collar_bp=plan.rules.collar_bp, ladder=ladder)
    if price <= 0:
        return leg.limit_price
    return min(price, leg.limit_price) if leg.side is Side.BUY else max(price, leg.limit_price)


def _chased(market: Market, side: Side, part: Decimal) -> Decimal:
    """Return the price so far from the middle towards the other side."""
    return market.mid + (market.touch(side) - market.mid) * part
