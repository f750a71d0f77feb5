# SPDX-License-Identifier: Apache-2.0
"""A plan as lines of text."""

from __future__ import annotations

from decimal import Decimal

from ib_provider.rebalance import make_plan
from ib_provider.rebalance.plan_table import plan_lines, weight_after
from tests.support.books import AT, a_book, a_portfolio
from tests.support.mixed_books import a_mixed_book, target


def test_plan_lines_say_what_is_traded_and_what_it_comes_to() -> None:
    """A sale and a purchase, their sums, the cash before and after, and the plan's own id."""
    book = a_book({"AAPL.NASDAQ": "600"}, cash="741718")
    portfolio = a_portfolio({"AAPL.NASDAQ": "0.20", "GOOG.NASDAQ": "0.20"})
    plan = make_plan(portfolio, book, key="k", as_of=AT)
    lines = plan_lines(plan)
    assert lines[1].split() == (
        ["AAPL.NASDAQ", "600", "-144", "430.47", "26.36%", "20.00%", "20.03%", "sell"]
    )
    # 144 at 430.47 and 243 at 806.19, of a million.
    assert "2 orders: sell 61,987.68, buy 195,904.17 USD, turnover 25.79%" in lines[-3]
    assert lines[-2].startswith("cash USD: 741,718.00 before, ")
    assert lines[-1] == f"plan {plan.plan_id}"


def test_plan_lines_show_units_and_debits() -> None:
    """Targets in other units say so, and a borrowed currency is told."""
    from dataclasses import replace

    targets = (target("SAP.IBIS", quantity="100"), target("AAPL.NASDAQ", hold=True))
    portfolio = replace(a_portfolio({}), targets=targets)
    text = "\n".join(plan_lines(make_plan(portfolio, a_mixed_book(), key="k", as_of=AT)))
    assert "100 units" in text
    assert "hold" in text
    assert "cash EUR: 0.00 before, -6,0" in text
    assert "(borrowed from IB)" in text


def test_weight_after_is_of_the_same_sum_as_the_weight() -> None:
    """Half of the basis was wanted and is held after."""
    prices = {"AAPL.NASDAQ": ("100", "100")}
    plan = make_plan(a_portfolio({"AAPL.NASDAQ": "0.5"}), a_book(prices=prices), key="k", as_of=AT)
    assert weight_after(plan, plan.rows[0]) == Decimal("0.5")
