# SPDX-License-Identifier: Apache-2.0
"""Each gate refuses what it is there for, alone: without it the plan would pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.order import Order, OrderState, OrderStatus, OrderType, Side
from ib_provider.domain.portfolio import Limits, OrderPlan, PlanLeg
from ib_provider.domain.quote import MarketDataType
from ib_provider.rebalance import (
    Book,
    make_plan,
    parse_limits,
    parse_portfolio,
    read_yaml,
)
from ib_provider.rebalance.gate_check import Check, Gate
from ib_provider.rebalance.gates import GATES
from tests.support.books import AT, CON_IDS, a_book, a_limits, a_portfolio, a_quote, breaches_of

INCLUDE = Path(__file__).parents[3] / "include"

#: Apple held, a little of it to be sold; Google bought. Every limit is wide.
BOOK = a_book({"AAPL.NASDAQ": "600"}, cash="741718")
PLAN = make_plan(
    a_portfolio({"AAPL.NASDAQ": "0.20", "GOOG.NASDAQ": "0.20"}), BOOK, key="k", as_of=AT
)
#: Somebody else's order in what the plan sells.
WORKING = OrderState(
    order_id=1,
    perm_id=1,
    client_id=9,
    contract=PLAN.legs[0].contract,
    order=Order(
        side=Side.SELL,
        quantity=Decimal(5),
        order_type=OrderType.LIMIT,
        account=PLAN.account,
        order_ref="x",
        limit_price=Decimal(1),
    ),
    status=OrderStatus.SUBMITTED,
    filled=Decimal(0),
    remaining=Decimal(5),
    avg_fill_price=None,
)
Case: TypeAlias = tuple[OrderPlan, Book, Limits]
Change: TypeAlias = Callable[[OrderPlan, Book, Limits], Case]


def leg_changed(index: int, **changes: Any) -> Change:
    """Return a change of one leg of the plan."""

    def change(plan: OrderPlan, book: Book, limits: Limits) -> Case:
        legs = list(plan.legs)
        legs[index] = replace(legs[index], **changes)
        return replace(plan, legs=tuple(legs)), book, limits

    return change


def book_changed(**changes: Any) -> Change:
    """Return a change of the book."""
    return lambda plan, book, limits: (plan, replace(book, **changes), limits)


def limits_changed(**changes: Any) -> Change:
    """Return a change of the limits."""
    return lambda plan, book, limits: (plan, book, replace(limits, **changes))


def quote_changed(instrument_id: str = "AAPL.NASDAQ", **changes: Any) -> Change:
    """Return a change of one quote."""

    def change(plan: OrderPlan, book: Book, limits: Limits) -> Case:
        quote = replace(book.quotes[instrument_id], **changes)
        return plan, replace(book, quotes={**book.quotes, instrument_id: quote}), limits

    return change


def without_quote(plan: OrderPlan, book: Book, limits: Limits) -> Case:
    """Lose Apple's quote."""
    quotes = {i: quote for i, quote in book.quotes.items() if i != "AAPL.NASDAQ"}
    return plan, replace(book, quotes=quotes), limits


def without_instrument(plan: OrderPlan, book: Book, limits: Limits) -> Case:
    """Forget what Apple is."""
    known = {i: item for i, item in book.instruments.items() if i != "AAPL.NASDAQ"}
    return plan, replace(book, instruments=known), limits


def with_the_same_instrument_twice(plan: OrderPlan, book: Book, limits: Limits) -> Case:
    """Sell Apple in two orders."""
    twin = replace(plan.legs[0], order_ref="another", quantity=Decimal(1))
    return replace(plan, legs=(*plan.legs, twin)), book, limits


def unpriced_row(plan: OrderPlan, book: Book, limits: Limits) -> Case:
    """Have a row whose price was missing when the plan was made."""
    row = replace(plan.rows[0], target_quantity=None, note="no price: no bid")
    return replace(plan, rows=(row, *plan.rows[1:])), book, limits


SELL, BUY = 0, 1
NAN = Decimal("NaN")

#: What is wrong, the gate that must see it, and what it must say.
CASES: list[tuple[str, Change, str, str]] = [
    ("account", limits_changed(accounts=("DU2",)), "account_allowed", "not on the list"),
    ("no account", limits_changed(accounts=()), "account_allowed", "not on the list"),
    ("other book", book_changed(account="DU2"), "account_allowed", "the book is of DU2"),
    ("many orders", limits_changed(max_orders=1), "orders_within", "2 orders, allowed 1"),
    ("same ref", leg_changed(BUY, order_ref=PLAN.legs[0].order_ref), "order_refs_distinct", "2"),
    ("no ref", leg_changed(BUY, order_ref=""), "order_refs_distinct", "none"),
    ("same name", with_the_same_instrument_twice, "instruments_distinct", "AAPL.NASDAQ: 2"),
    ("other order", book_changed(working=(WORKING,)), "nothing_else_working", "SELL 5 works as x"),
    ("zero", leg_changed(BUY, quantity=Decimal(0)), "quantity_positive", "0"),
    ("negative", leg_changed(BUY, quantity=Decimal(-5)), "quantity_positive", "-5"),
    ("NaN units", leg_changed(BUY, quantity=NAN), "quantity_positive", "NaN"),
    ("infinite units", leg_changed(BUY, quantity=Decimal("Inf")), "quantity_positive", "Inf"),
    (
        "units",
        limits_changed(max_order_quantity=Decimal(200)),
        "quantity_within",
        "GOOG.NASDAQ: 243, allowed 200",
    ),
    ("market order", leg_changed(BUY, order_type=OrderType.MARKET), "order_has_worst_price", "MKT"),
    ("free", leg_changed(SELL, limit_price=Decimal(0)), "order_has_worst_price", "limit_price"),
    ("NaN limit", leg_changed(BUY, limit_price=NAN), "order_has_worst_price", "NaN"),
    (
        "contract",
        leg_changed(BUY, contract=PLAN.legs[0].contract),
        "contract_agrees",
        "conId 265598, allowed conId 30351181",
    ),
    ("other quote", quote_changed(con_id=7), "contract_agrees", "a quote of conId 7"),
    ("unknown", without_instrument, "contract_agrees", "unknown instrument"),
    ("unpriced", unpriced_row, "plan_was_priced", "no price: no bid"),
    ("no quote", without_quote, "quote_usable", "no quote"),
    ("no bid", quote_changed(bid=None), "quote_usable", "no bid"),
    ("no ask", quote_changed(ask=None), "quote_usable", "no ask"),
    ("NaN", quote_changed(bid=NAN), "quote_usable", "bid is NaN"),
    ("crossed", quote_changed(bid=Decimal(431)), "quote_usable", "crossed"),
    ("halted", quote_changed(halted=True), "quote_usable", "halted"),
    ("old", quote_changed(ts=AT - timedelta(seconds=61)), "quote_fresh", "61.0 s, allowed 60 s"),
    ("future", quote_changed(ts=AT + timedelta(hours=1)), "quote_fresh", "-3600.0 s"),
    ("delayed", quote_changed(data_type=MarketDataType.DELAYED), "quote_fresh", "1200.0 s"),
    ("frozen", quote_changed(data_type=MarketDataType.FROZEN), "quote_fresh", "frozen data"),
    ("moved", quote_changed(close=Decimal(340)), "move_within", "26.61%, allowed 20.00%"),
    ("fallen", quote_changed(close=Decimal(600)), "move_within", "28.26%"),
    ("no close", quote_changed(close=None), "move_within", "previous close None"),
    ("NaN close", quote_changed(close=NAN), "move_within", "previous close NaN"),
    ("collar", limits_changed(max_collar_bp=Decimal(20)), "limit_within_collar", "bp, allowed 20"),
    ("paid up", leg_changed(BUY, limit_price=Decimal(820)), "limit_within_collar", "170.8 bp"),
    ("sold off", leg_changed(SELL, limit_price=Decimal(420)), "limit_within_collar", "242.8 bp"),
    ("value", limits_changed(max_order_value=Decimal(190000)), "value_within", "allowed 190000"),
    ("turnover", limits_changed(max_turnover=Decimal("0.2")), "turnover_within", "25.85%"),
    ("weight", limits_changed(max_weight=Decimal("0.19")), "weight_within", "GOOG.NASDAQ: 19.65%"),
    (
        "short",
        book_changed(positions={"AAPL.NASDAQ": Decimal(100)}),
        "no_short",
        "-44 held after",
    ),
    ("EUR", book_changed(currency="EUR"), "currency_agrees", "EUR, allowed USD"),
    ("worthless", book_changed(net_liquidation=NAN), "worth_is_known", "NaN"),
    ("broke", book_changed(net_liquidation=Decimal(0)), "worth_is_known", "above zero"),
    ("NaN held", book_changed(positions={"AAPL.NASDAQ": NAN}), "holdings_are_known", "NaN"),
]


def test_gates_let_the_plan_pass() -> None:
    """The plan that every case spoils is a good one, with a sell and a buy."""
    assert [(leg.side, int(leg.quantity)) for leg in PLAN.legs] == [
        (Side.SELL, 144),
        (Side.BUY, 243),
    ]
    assert breaches_of(PLAN, BOOK, a_limits()) == ()


@pytest.mark.parametrize(
    ("change", "gate", "said"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_gate_refuses_what_it_is_for(change: Change, gate: str, said: str) -> None:
    """The gate finds it, says what and how much was allowed, and the plan is refused."""
    plan, book, limits = change(PLAN, BOOK, a_limits())
    breaches = breaches_of(plan, book, limits)
    assert any(said in str(breach) for breach in breaches), [str(b) for b in breaches]


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.__name__)
def test_gate_removed_would_be_missed(gate: Gate) -> None:
    """Without the gate, what one of its cases must say is said by no other."""
    others = [other for other in GATES if other is not gate]
    mine = [case for case in CASES if case[2] == gate.__name__]
    assert mine, f"{gate.__name__} has no case"
    for name, change, _, said in mine:
        plan, book, limits = change(PLAN, BOOK, a_limits())
        check = Check(plan=plan, book=book, limits=limits, now=AT)
        assert any(said in str(breach) for breach in gate(check)), name
        assert not any(said in str(breach) for other in others for breach in other(check)), name


def test_files_that_ship_fit_each_other() -> None:
    """The demo's portfolio, from a million in cash in March 2013, passes the demo's limits."""
    files = {name: INCLUDE / name / "demo.yaml" for name in ("portfolios", "limits")}
    read = {name: read_yaml(str(path), path.read_text()) for name, path in files.items()}
    portfolio = parse_portfolio("demo.yaml", read["portfolios"])
    limits = parse_limits("demo.yaml", read["limits"])
    plan = make_plan(portfolio, a_book(), key="2013-03-04", as_of=AT)
    assert len(plan.legs) == 5
    assert breaches_of(plan, a_book(), limits) == ()


def test_weight_of_a_shrinking_position_is_allowed() -> None:
    """Selling what is too large is what one wants, however much is left."""
    limits = replace(a_limits(), max_weight=Decimal("0.19"))
    sell = replace(PLAN, legs=PLAN.legs[:1])
    assert breaches_of(sell, BOOK, limits) == ()


def test_short_is_allowed_where_the_limits_say_so() -> None:
    """With allow_short the same sale passes."""
    book = replace(BOOK, positions={"AAPL.NASDAQ": Decimal(100)})
    assert breaches_of(PLAN, book, replace(a_limits(), allow_short=True)) == ()


def test_delayed_data_is_allowed_where_the_limits_are_wide_enough() -> None:
    """Who accepts twenty minutes and more may trade on delayed data."""
    plan, book, limits = quote_changed(data_type=MarketDataType.DELAYED)(
        PLAN, BOOK, replace(a_limits(), max_price_age_s=1260.0)
    )
    assert breaches_of(plan, book, limits) == ()


def test_empty_plan_passes() -> None:
    """Nothing to send breaks no limit of an order."""
    assert breaches_of(replace(PLAN, legs=()), BOOK, a_limits()) == ()


NUMBERS = st.sampled_from(
    [
        Decimal(n)
        for n in ("NaN", "-NaN", "Infinity", "-Infinity", "0", "-1", "1E-30", "430", "1E30")
    ]
)


@given(data=st.data())
def test_nonsense_never_passes_and_never_crashes(data: st.DataObject) -> None:
    """Whatever number is put anywhere, what passes is finite, positive and within the limits."""
    legs: list[PlanLeg] = [
        replace(
            leg,
            quantity=data.draw(NUMBERS),
            limit_price=data.draw(NUMBERS),
            arrival_price=data.draw(NUMBERS),
        )
        for leg in PLAN.legs
    ]
    quotes = {
        i: replace(
            a_quote("1", "1", instrument_id=i),
            bid=data.draw(NUMBERS),
            ask=data.draw(NUMBERS),
            close=data.draw(NUMBERS),
        )
        for i in CON_IDS
    }
    book = replace(
        BOOK,
        quotes=quotes,
        net_liquidation=data.draw(NUMBERS),
        positions={"AAPL.NASDAQ": data.draw(NUMBERS)},
    )
    limits = a_limits()
    if breaches_of(replace(PLAN, legs=tuple(legs)), book, limits) == ():
        for leg in legs:
            assert leg.quantity > 0
            assert leg.limit_price > 0
            assert leg.quantity * leg.limit_price <= limits.max_order_value
