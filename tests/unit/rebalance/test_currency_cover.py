# SPDX-License-Identifier: Apache-2.0
"""Money in several currencies: debits are rows, and are covered in the market's own pair."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.contract import SecType
from ib_provider.domain.order import Side
from ib_provider.domain.portfolio import OrderPlan, PlanRow, Portfolio, Target, TargetKind
from ib_provider.rebalance import Book, make_plan
from tests.support.books import AT, a_limits, a_portfolio, breaches_of
from tests.support.mixed_books import a_mixed_book, filled, target


def a_plan_of(book: Book, *targets: Target, **rules: Any) -> OrderPlan:
    """Make the plan of these targets, covering debits unless told otherwise."""
    rules = {"buffer": "0.05", "band": "0", "minimum": "0", "fx": "cover"} | rules
    return make_plan(portfolio_of(*targets, **rules), book, key="k", as_of=AT)


def portfolio_of(*targets: Target, **rules: Any) -> Portfolio:
    """Build a portfolio of these targets."""
    return replace(a_portfolio({}, **rules), targets=targets)


def row_of(plan: OrderPlan, name: str) -> PlanRow:
    """Find a row."""
    return next(row for row in plan.rows if row.instrument_id == name)


def legs_of(plan: OrderPlan) -> list[tuple[str, Side, int]]:
    """Return what is traded, in the order of sending."""
    return [(leg.instrument_id, leg.side, leg.wave) for leg in plan.legs]


def test_foreign_stock_is_valued_in_the_accounts_currency() -> None:
    """A quarter of 950,000 dollars in SAP at 60.11 euros of 1.3001 dollars is 3,039 shares."""
    plan = a_plan_of(a_mixed_book(), target("SAP.IBIS", weight="0.25"), fx="keep")
    # 237,500 / (60.11 by 1.3001) = 3039.06
    assert [leg.quantity for leg in plan.legs] == [Decimal(3039)]
    assert row_of(plan, "SAP.IBIS").rate == Decimal("1.3001")


def test_pence_are_pounds_and_pounds_are_dollars() -> None:
    """100,000 dollars in Vodafone at 170.075 pence of 1.50015 dollars a pound are 39,195 shares."""
    plan = a_plan_of(a_mixed_book(), target("VOD.LSE", notional="100000"), fx="keep")
    # 100,000 / (1.70075 by 1.50015) = 39194.5: the remainder buys one more within the sum.
    assert plan.legs[0].quantity in (Decimal(39194), Decimal(39195))


def test_debit_that_is_kept_is_a_row_that_says_so() -> None:
    """Nothing is changed, and nobody can miss that IB lends the euros."""
    plan = a_plan_of(a_mixed_book(), target("SAP.IBIS", weight="0.25"), fx="keep")
    dollars, euros = plan.cash
    assert (dollars.currency, dollars.after) == ("USD", Decimal(1000000))
    assert (euros.currency, euros.before, euros.note) == ("EUR", Decimal(0), "borrowed from IB")
    assert euros.after < -180000


def test_debit_is_covered_between_the_sells_and_the_buys() -> None:
    """Dollars come in, euros are bought, SAP is bought: in that order."""
    book = a_mixed_book({"AAPL.NASDAQ": "1000"}, balances={"USD": "100000"})
    plan = a_plan_of(book, target("AAPL.NASDAQ", weight="0.1"), target("SAP.IBIS", weight="0.5"))
    assert legs_of(plan) == [
        ("AAPL.NASDAQ", Side.SELL, 1),
        ("EUR/USD.IDEALPRO", Side.BUY, 2),
        ("SAP.IBIS", Side.BUY, 2),
    ]
    assert all(cash.after >= 0 for cash in plan.cash)
    # Whole euros: less than one is left over.
    assert plan.cash[1].after < 1
    assert row_of(plan, "EUR/USD.IDEALPRO").note == "cover EUR"


def test_dollars_are_bought_with_the_euros_that_are_there() -> None:
    """An account with euros alone sells them for what Apple costs."""
    book = a_mixed_book(balances={"USD": "0", "EUR": "500000"})
    plan = a_plan_of(book, target("AAPL.NASDAQ", weight="0.3"))
    assert legs_of(plan) == [
        ("EUR/USD.IDEALPRO", Side.SELL, 2),
        ("AAPL.NASDAQ", Side.BUY, 2),
    ]
    assert row_of(plan, "EUR/USD.IDEALPRO").note == "sell for USD"
    assert plan.cash[0].after >= 0


def test_small_debit_is_left_and_says_why() -> None:
    """What is not worth changing stays, as a row with its reason."""
    plan = a_plan_of(a_mixed_book(), target("SAP.IBIS", quantity="10"), min_fx_value=Decimal(5000))
    assert legs_of(plan) == [("SAP.IBIS", Side.BUY, 2)]
    assert plan.cash[1].note == "a debit below 5000 USD is left"


@pytest.mark.parametrize("lost", ["quote", "instrument"])
def test_pair_without_a_market_refuses_the_plan(lost: str) -> None:
    """A debit that should be covered and cannot be is no trade in silence."""
    book = a_mixed_book()
    name = "EUR/USD.IDEALPRO"
    if lost == "quote":
        book = replace(book, quotes={k: v for k, v in book.quotes.items() if k != name})
    else:
        book = replace(book, instruments={k: v for k, v in book.instruments.items() if k != name})
    plan = a_plan_of(book, target("SAP.IBIS", weight="0.25"))
    assert row_of(plan, name).target_quantity is None
    assert f"price: {name}" in "\n".join(map(str, breaches_of(plan, book, WIDE)))


def test_future_is_counted_by_its_multiplier_and_takes_no_cash() -> None:
    """Half of 950,000 at 1518.125 by 50 are six contracts, and the cash stays but for the fee."""
    plan = a_plan_of(a_mixed_book(), target("ESH13.CME", weight="0.5"))
    # 475,000 / 75,906.25 = 6.26
    assert [(leg.quantity, leg.side) for leg in plan.legs] == [(Decimal(6), Side.BUY)]
    assert plan.cash[0].after == Decimal(1000000) - 6 * 5
    assert row_of(plan, "ESH13.CME").unit == 50


def test_future_is_sold_short_and_beyond_the_worth_of_the_account() -> None:
    """Notional has no need of cash: one and a half times the account, sold."""
    plan = a_plan_of(a_mixed_book(), target("ESH13.CME", weight="-1.5"))
    assert [(leg.quantity, leg.side) for leg in plan.legs] == [(Decimal(18), Side.SELL)]


def test_pair_that_is_held_is_cash_and_never_swept() -> None:
    """IB may list a pair among the positions: selling it would undo the cover."""
    book = a_mixed_book()
    book = replace(book, positions={"EUR/USD.IDEALPRO": Decimal(5000)})
    plan = a_plan_of(book, target("AAPL.NASDAQ", hold=True), unlisted="sweep")
    assert plan.legs == ()
    assert row_of(plan, "EUR/USD.IDEALPRO").note == "kept, not listed"


STOCKS = ("AAPL.NASDAQ", "SAP.IBIS", "VOD.LSE")
WIDE = replace(
    a_limits(),
    max_order_value=Decimal(10**9),
    max_order_quantity=Decimal(10**9),
    max_turnover=Decimal(20),
    max_weight=Decimal(5),
    max_gross=Decimal(20),
    max_net=Decimal(20),
    max_daily_value=Decimal(10**9),
    max_open_value=Decimal(10**9),
    allow_short=True,
    sec_types=(SecType.STK, SecType.FUT, SecType.CASH),
    currencies=("USD", "EUR", "GBP"),
)


@st.composite
def mixed_portfolios(draw: st.DrawFn) -> Portfolio:
    """Draw targets of every unit over three currencies and a future, and rules for them."""
    targets = [
        target(name, weight=str(Decimal(draw(st.integers(-20, 30))) / 100))
        if draw(st.booleans())
        else target(name, notional=str(draw(st.integers(-100000, 200000))))
        for name in draw(st.lists(st.sampled_from(STOCKS), unique=True, min_size=1))
    ]
    if draw(st.booleans()):
        targets.append(target("ESH13.CME", quantity=str(draw(st.integers(-5, 5)))))
    return portfolio_of(
        *targets,
        buffer=draw(st.sampled_from(["0", "0.05", "0.2"])),
        band=draw(st.sampled_from(["0", "0.02"])),
        collar_bp=draw(st.sampled_from(["10", "30"])),
        minimum=draw(st.sampled_from(["0", "500"])),
        unlisted=draw(st.sampled_from(["keep", "sweep"])),
        trade_to=draw(st.sampled_from(["target", "edge"])),
        fx=draw(st.sampled_from(["keep", "cover"])),
    )


@st.composite
def mixed_books(draw: st.DrawFn) -> Book:
    """Draw an account that holds longs, shorts and money of three currencies."""
    held = {
        name: str(draw(st.integers(-500, 3000)))
        for name in draw(st.lists(st.sampled_from(STOCKS), unique=True))
    }
    balances = {"USD": str(draw(st.integers(600000, 3000000)))}
    for currency in ("EUR", "GBP"):
        if draw(st.booleans()):
            balances[currency] = str(draw(st.integers(-50000, 300000)))
    return a_mixed_book(held, balances=balances)


@given(portfolio=mixed_portfolios(), book=mixed_books())
def test_cash_never_falls_below_the_buffer(portfolio: Portfolio, book: Book) -> None:
    """When all fills at its worst and fees are paid, the buffer is there, or nothing was bought."""
    plan = make_plan(portfolio, book, key="k", as_of=AT)
    spent = [leg for leg in plan.legs if leg.wave == 2 and leg.contract.sec_type is SecType.STK]
    if spent:
        assert filled(plan, book).cash >= portfolio.buffer(book.net_liquidation)


@given(portfolio=mixed_portfolios(), book=mixed_books())
def test_every_target_is_reached_within_a_lot(portfolio: Portfolio, book: Book) -> None:
    """What trades to its target ends within a unit of it, in whatever currency."""
    plan = make_plan(portfolio, book, key="k", as_of=AT)
    assert plan.basis is not None
    for row in plan.rows:
        if row.note not in ("buy", "sell", "within one lot") or row.price is None:
            continue
        assert row.unit is not None
        assert row.rate is not None
        each = row.price * row.unit * row.rate
        wanted = {
            TargetKind.WEIGHT: row.amount * plan.basis / each,
            TargetKind.NOTIONAL: row.amount / each,
            TargetKind.QUANTITY: row.amount,
            TargetKind.CLOSE: Decimal(0),
        }[row.kind]
        assert abs(row.held + row.trade - wanted) < 1


@given(portfolio=mixed_portfolios(), book=mixed_books())
def test_plan_made_again_right_after_is_empty(portfolio: Portfolio, book: Book) -> None:
    """Once executed, a plan that was not short of cash leaves nothing to trade."""
    plan = make_plan(portfolio, book, key="k", as_of=AT)
    if any("cash" in row.note for row in plan.rows):
        return
    again = make_plan(portfolio, filled(plan, book, at_worst=False), key="k", as_of=AT)
    assert again.legs == ()


@given(portfolio=mixed_portfolios(), book=mixed_books())
def test_covered_plan_leaves_no_debit_that_it_could_cover(portfolio: Portfolio, book: Book) -> None:
    """With cover, no foreign currency ends in debit: its note would have to say why."""
    plan = make_plan(replace(portfolio, fx="cover"), book, key="k", as_of=AT)
    for cash in plan.cash:
        assert cash.currency == "USD" or cash.after >= 0 or cash.note.startswith("a debit below")


@given(portfolio=mixed_portfolios(), book=mixed_books())
def test_no_plan_that_passes_exceeds_a_limit(portfolio: Portfolio, book: Book) -> None:
    """What the gates let through is within the limits by another count."""
    plan = make_plan(portfolio, book, key="k", as_of=AT)
    limits = replace(
        WIDE, max_order_value=Decimal(150000), max_gross=Decimal("0.5"), max_turnover=Decimal(1)
    )
    if breaches_of(plan, book, limits):
        return
    values = [abs(row.value or Decimal(0)) for row in plan.rows if row.trade]
    assert all(value <= limits.max_order_value for value in values)
    assert sum(values) <= book.net_liquidation * limits.max_turnover
    before, after = book, filled(plan, book, at_worst=False)

    def gross(at: Book) -> Decimal:
        each = {row.instrument_id: row for row in plan.rows}
        return sum(
            (
                abs(units * (row.price or 0) * (row.unit or 0) * (row.rate or 0))
                for name, units in at.positions.items()
                if (row := each.get(name)) is not None
            ),
            Decimal(0),
        )

    assert gross(after) <= max(gross(before), book.net_liquidation * limits.max_gross)
