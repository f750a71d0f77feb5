# SPDX-License-Identifier: Apache-2.0
"""The price of a leg's next order: of now, and never worse than was approved."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.execution_style import ExecutionStyle, StyleKind
from ib_provider.domain.portfolio import OrderPlan
from ib_provider.rebalance import Book, make_plan, next_order
from tests.support.books import AT, a_book, a_portfolio, a_quote

_CHASE = ExecutionStyle(kind=StyleKind.MIDPRICE_CHASE, work_s=Decimal(5), attempts=3)


def _plan(style: ExecutionStyle, *, held: str = "600") -> OrderPlan:
    """Sell Apple and buy Google."""
    book = a_book({"AAPL.NASDAQ": held}, cash="741718")
    portfolio = replace(a_portfolio({"AAPL.NASDAQ": "0.10", "GOOG.NASDAQ": "0.20"}), style=style)
    return make_plan(portfolio, book, key="k", as_of=AT)


def _book(bid: str, ask: str) -> Book:
    book = a_book()
    quotes = {
        name: a_quote(bid, ask, instrument_id=name) for name in ("AAPL.NASDAQ", "GOOG.NASDAQ")
    }
    return replace(book, quotes={**book.quotes, **quotes})


def _price(plan: OrderPlan, index: int, book: Book, attempt: int = 1) -> Decimal:
    leg = plan.legs[index]
    return next_order(plan, leg, attempt=attempt, quantity=leg.quantity, book=book).limit_price


def test_first_order_of_the_first_wave_is_the_leg_as_approved() -> None:
    """Whatever the market does: the limits judge it, and nobody reprices it."""
    plan = _plan(ExecutionStyle())
    leg = plan.legs[0]
    order = next_order(plan, leg, attempt=1, quantity=leg.quantity, book=_book("1", "2"))
    assert order == leg


def test_buy_of_a_later_wave_follows_the_market_down_and_not_up() -> None:
    """Thirty basis points above an ask of 700 are 702.10; above the approved limit is nothing."""
    plan = _plan(ExecutionStyle())
    assert _price(plan, 1, _book("699.90", "700")) == Decimal("702.1")
    assert _price(plan, 1, _book("999", "1000")) == plan.legs[1].limit_price


def test_chase_goes_from_the_middle_to_the_other_side_in_equal_steps() -> None:
    """Bid 429, ask 431: a sale begins at 430, then 429.50, then beyond the bid by the collar."""
    plan = _plan(_CHASE)
    book = _book("429", "431")
    prices = [_price(plan, 0, book, attempt) for attempt in (1, 2, 3)]
    approved = plan.legs[0].limit_price
    assert prices == [Decimal(430), Decimal("429.5"), max(Decimal("427.72"), approved)]


@given(
    bid=st.decimals("1", "2000", places=2),
    spread=st.decimals("0", "50", places=2),
    attempt=st.integers(1, 3),
    index=st.integers(0, 1),
)
def test_no_order_is_at_a_worse_price_than_was_approved(
    bid: Decimal, spread: Decimal, attempt: int, index: int
) -> None:
    """In any market, for either side."""
    plan = _plan(_CHASE)
    leg = plan.legs[index]
    price = _price(plan, index, _book(str(bid), str(bid + spread)), attempt)
    assert leg.side.sign * (price - leg.limit_price) <= 0
    assert price > 0


@pytest.mark.parametrize("attempt", [2, 3])
def test_later_order_has_a_reference_of_its_own_which_anybody_can_tell(attempt: int) -> None:
    """From account, strategy, key, instrument and attempt."""
    plan = _plan(_CHASE)
    leg = plan.legs[0]
    order = next_order(plan, leg, attempt=attempt, quantity=Decimal(7), book=_book("429", "431"))
    again = next_order(plan, leg, attempt=attempt, quantity=Decimal(3), book=_book("1", "2"))
    assert order.order_ref == again.order_ref != leg.order_ref
    assert (order.attempt, order.quantity) == (attempt, 7)
