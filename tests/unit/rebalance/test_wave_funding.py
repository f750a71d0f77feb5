# SPDX-License-Identifier: Apache-2.0
"""A later wave is cut to the cash there is, whatever the first one brought."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.execution_style import ExecutionStyle
from ib_provider.domain.order import Execution, Side
from ib_provider.domain.portfolio import OrderPlan
from ib_provider.rebalance import Book, make_plan, size_wave
from ib_provider.rebalance.sizing import fee_allowance
from tests.support.books import AT, a_book, a_portfolio

_HELD = {"IBM.NYSE": "3000"}
_WEIGHTS = {"IBM.NYSE": "0.20", "AAPL.NASDAQ": "0.25", "GOOG.NASDAQ": "0.25", "FB.NASDAQ": "0.20"}


def _plan(book: Book, style: ExecutionStyle | None = None) -> OrderPlan:
    portfolio = a_portfolio(_WEIGHTS)
    return make_plan(replace(portfolio, style=style or portfolio.style), book, key="key", as_of=AT)


def _sold(plan: OrderPlan, quantity: Decimal) -> Execution:
    leg = plan.legs[0]
    return Execution(
        exec_id="1.1.1.01",
        order_id=1,
        perm_id=1,
        client_id=1,
        order_ref=leg.order_ref,
        account=plan.account,
        contract=leg.contract,
        side=Side.SELL,
        quantity=quantity,
        price=leg.limit_price,
        ts=AT,
        exchange="NYSE",
        cum_quantity=quantity,
        avg_price=leg.limit_price,
    )


def _after(plan: OrderPlan, book: Book, quantity: Decimal) -> Book:
    """Return the book after so much of the sale, at its limit, with its fee paid."""
    leg = plan.legs[0]
    cash = book.cash + quantity * leg.limit_price - fee_allowance(quantity)
    held = {**book.positions, leg.instrument_id: book.positions[leg.instrument_id] - quantity}
    return replace(book, cash=cash, positions=held)


@given(part=st.decimals(min_value=0, max_value=1, places=4), attempts=st.integers(1, 5))
def test_buys_never_cost_more_than_the_cash_after_the_buffer(part: Decimal, attempts: int) -> None:
    """With every fee, at every limit, for every part of the sale; and none of them grows."""
    book = a_book(_HELD, cash="5000")
    plan = _plan(book, ExecutionStyle(work_s=Decimal(1), attempts=attempts))
    sale, *buys = plan.legs
    traded = (sale.quantity * part).to_integral_value()
    after = _after(plan, book, traded)
    sizes = size_wave(plan, after, wave=2, executions=[_sold(plan, traded)] if traded else [])
    assert sizes.keys() == {1, 2, 3}
    cost = Decimal(0)
    for index, leg in enumerate(buys, start=1):
        quantity = sizes[index].quantity
        assert 0 <= quantity <= leg.quantity
        assert bool(sizes[index].note) == (quantity < leg.quantity)
        if quantity:
            cost += quantity * leg.limit_price + fee_allowance(quantity)
    buffer = (plan.rules or a_portfolio()).buffer(after.net_liquidation)
    assert cost <= max(after.cash - buffer, Decimal(0))


def test_sale_that_filled_leaves_the_buys_as_approved() -> None:
    """At its limit price, which is what the plan counted with."""
    book = a_book(_HELD, cash="5000")
    plan = _plan(book)
    quantity = plan.legs[0].quantity
    sizes = size_wave(
        plan, _after(plan, book, quantity), wave=2, executions=[_sold(plan, quantity)]
    )
    assert [sizes[i].quantity for i in (1, 2, 3)] == [leg.quantity for leg in plan.legs[1:]]


def test_money_that_came_from_elsewhere_is_not_spent() -> None:
    """The broker shows more than there was and was freed: only the latter counts."""
    book = a_book(_HELD, cash="25000")
    plan = _plan(book)
    richer = replace(book, cash=book.cash + 1_000_000)
    assert size_wave(plan, richer, wave=2, executions=[]) == size_wave(
        plan, book, wave=2, executions=[]
    )


def test_balance_that_is_late_is_believed() -> None:
    """The sale filled, and the broker does not show its money yet: it is not spent yet."""
    book = a_book(_HELD, cash="25000")
    plan = _plan(book)
    late = size_wave(plan, book, wave=2, executions=[_sold(plan, plan.legs[0].quantity)])
    assert late == size_wave(plan, book, wave=2, executions=[])
