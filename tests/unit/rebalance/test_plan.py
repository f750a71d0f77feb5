# SPDX-License-Identifier: Apache-2.0
"""Targets and holdings to a plan: the examples by hand, then the laws for any book."""

from __future__ import annotations

import decimal
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_provider.domain.contract import SecType
from ib_provider.domain.order import OrderType, Side
from ib_provider.domain.plan_document import plan_id_of
from ib_provider.domain.portfolio import OrderPlan, PlanRow, Portfolio
from ib_provider.errors import LimitBreached
from ib_provider.rebalance import Book, make_plan
from ib_provider.rebalance.sizing import fee_allowance
from tests.support.books import (
    AT,
    CON_IDS,
    a_book,
    a_limits,
    a_portfolio,
    a_quote,
    an_instrument,
    breaches_of,
    cash_after,
    executed,
)

ONE = {"AAPL.NASDAQ": ("99.99", "100.01")}


def planned(portfolio: Portfolio, book: Book) -> OrderPlan:
    """Make the plan of one session."""
    return make_plan(portfolio, book, key="2013-03-04", as_of=AT)


def row_of(plan: OrderPlan, instrument_id: str) -> PlanRow:
    """Find a row."""
    return next(row for row in plan.rows if row.instrument_id == instrument_id)


def test_plan_from_cash_buys_the_demo_portfolio() -> None:
    """A million in cash becomes the demo's five names, as computed by hand."""
    plan = planned(a_portfolio(), a_book())
    # Wanted of 980,000: AAPL 569.15, GOOG 303.90, IBM 965.95, MSFT 7011.27, FB 1763.86. The parts
    # of shares cost 1,013 at the limits: IBM's 203.52 and GOOG's 808.64 fit, FB's 27.87 does not.
    assert {leg.instrument_id: leg.quantity for leg in plan.legs} == {
        "AAPL.NASDAQ": 569,
        "GOOG.NASDAQ": 304,
        "IBM.NYSE": 966,
        "MSFT.NASDAQ": 7011,
        "FB.NASDAQ": 1763,
    }
    apple = plan.legs[0]
    assert (apple.side, apple.order_type) == (Side.BUY, OrderType.LIMIT)
    # 430.49 by 1.003 = 431.78147, down to the cent.
    assert apple.limit_price == Decimal("431.78")
    assert apple.arrival_price == Decimal("430.47")
    assert plan.plan_id == plan_id_of(plan)
    assert breaches_of(plan, a_book(), a_limits()) == ()


def test_plan_in_band_rests() -> None:
    """A name within the drift band is not traded, and its row says so."""
    book = a_book({"AAPL.NASDAQ": "4950"}, cash="505000", prices=ONE)
    plan = planned(a_portfolio({"AAPL.NASDAQ": "0.5"}, buffer="0"), book)
    assert plan.legs == ()
    row = row_of(plan, "AAPL.NASDAQ")
    assert (row.note, row.weight, row.target_quantity) == (
        "in band",
        Decimal("0.495"),
        Decimal(5000),
    )


def test_plan_just_outside_the_band_trades_to_the_target() -> None:
    """One share beyond the band trades all the way to the weight, not to the band's edge."""
    book = a_book({"AAPL.NASDAQ": "4899"}, cash="510100", prices=ONE)
    plan = planned(a_portfolio({"AAPL.NASDAQ": "0.5"}, buffer="0"), book)
    assert [leg.quantity for leg in plan.legs] == [Decimal(101)]


def test_plan_sells_come_before_buys() -> None:
    """What brings cash is sent first, whatever the order of the file."""
    prices = {"AAPL.NASDAQ": ("100", "100.02"), "IBM.NYSE": ("50", "50.02")}
    book = a_book({"IBM.NYSE": "10000"}, cash="500000", prices=prices)
    weights = {"AAPL.NASDAQ": "0.6", "IBM.NYSE": "0.1"}
    plan = planned(a_portfolio(weights), book)
    assert [leg.side for leg in plan.legs] == [Side.SELL, Side.BUY]
    assert [row.instrument_id for row in plan.rows] == list(weights)


def test_plan_sell_limit_is_rounded_up_to_the_tick() -> None:
    """A sale's limit is rounded towards the bid: the collar is never exceeded."""
    book = a_book({"AAPL.NASDAQ": "100"}, cash="0", prices={"AAPL.NASDAQ": ("99.99", "100")})
    plan = planned(a_portfolio({"AAPL.NASDAQ": "0"}), book)
    # 99.99 by 0.997 = 99.69003
    assert plan.legs[0].limit_price == Decimal("99.70")


def test_plan_full_exit_sells_every_share() -> None:
    """A weight of zero leaves nothing behind."""
    book = a_book({"AAPL.NASDAQ": "1234"}, cash="0", prices=ONE)
    plan = planned(a_portfolio({"AAPL.NASDAQ": "0"}), book)
    assert plan.legs[0].quantity == Decimal(1234)


@pytest.mark.parametrize(("unlisted", "legs"), [("keep", 0), ("sweep", 1)])
def test_plan_unlisted_holding_is_kept_or_swept(unlisted: str, legs: int) -> None:
    """A holding that the portfolio does not list is left, or sold whole, as the file says."""
    prices = {"AAPL.NASDAQ": ("100", "100"), "IBM.NYSE": ("50", "50")}
    book = a_book({"AAPL.NASDAQ": "5000", "IBM.NYSE": "10"}, cash="500000", prices=prices)
    plan = planned(a_portfolio({"AAPL.NASDAQ": "0.5"}, unlisted=unlisted), book)
    assert len(plan.legs) == legs
    assert row_of(plan, "IBM.NYSE").trade == (0 if unlisted == "keep" else -10)


@pytest.mark.parametrize("unlisted", ["keep", "sweep"])
def test_plan_leaves_what_no_id_can_name_and_shows_it(unlisted: str) -> None:
    """A warrant in the account stops nothing; a stock that was never loaded stops a sweep."""
    book = a_book({"AAPL.NASDAQ": "5000", "WAR ACME W": "5"}, cash="500000", prices=ONE)
    foreign = replace(book, untradable=frozenset({"WAR ACME W"}))
    plan = planned(a_portfolio({"AAPL.NASDAQ": "0.5"}, unlisted=unlisted), foreign)
    row = row_of(plan, "WAR ACME W")
    assert (row.held, row.trade, row.target_quantity) == (5, 0, 5)
    assert row.note == "untradable, left alone"
    unloaded = planned(a_portfolio({"AAPL.NASDAQ": "0.5"}, unlisted=unlisted), book)
    untold = row_of(unloaded, "WAR ACME W").target_quantity is None
    assert untold is (unlisted == "sweep")


def test_plan_small_order_is_skipped_with_its_reason() -> None:
    """An order below the minimum value is not made, and its row names the minimum."""
    plan = planned(a_portfolio({"AAPL.NASDAQ": "0.0004"}, band="0"), a_book(prices=ONE))
    assert plan.legs == ()
    assert row_of(plan, "AAPL.NASDAQ").note == "below the minimum order of 500 USD"


def test_plan_lots_of_a_hundred_are_kept() -> None:
    """An exchange that trades in hundreds gets hundreds."""
    book = a_book(prices=ONE, apple=an_instrument(lot="100"))
    plan = planned(a_portfolio({"AAPL.NASDAQ": "0.1"}), book)
    assert plan.legs[0].quantity == Decimal(900)


def test_plan_fractional_increment_still_trades_whole_shares() -> None:
    """IB gives 0.0001 for stocks it trades in fractions: that needs a permission."""
    book = a_book(prices=ONE, apple=an_instrument(lot="0.0001"))
    plan = planned(a_portfolio({"AAPL.NASDAQ": "0.12345"}), book)
    assert plan.legs[0].quantity == plan.legs[0].quantity.to_integral_value()


def test_plan_pence_are_valued_in_pounds() -> None:
    """A price of 10,000 pence is 100 pounds: the magnifier is not forgotten."""
    london = an_instrument("VOD.LSE", magnifier=100, currency="USD")
    prices = {"VOD.LSE": ("10000", "10000")}
    plan = planned(a_portfolio({"VOD.LSE": "0.5"}, buffer="0"), a_book(prices=prices, v=london))
    assert plan.legs[0].quantity == Decimal(5000)


def test_plan_without_cash_for_all_cuts_every_buy() -> None:
    """Fully invested weights cannot be paid at the limits: every buy shrinks alike."""
    prices = {"AAPL.NASDAQ": ("99.99", "100.01"), "IBM.NYSE": ("99.99", "100.01")}
    weights = {"AAPL.NASDAQ": "0.5", "IBM.NYSE": "0.5"}
    book = a_book(prices=prices)
    plan = planned(a_portfolio(weights, buffer="0"), book)
    assert {row.note for row in plan.rows} == {"buy, cut to the cash"}
    assert [leg.quantity for leg in plan.legs] == [Decimal(4984), Decimal(4984)]
    assert cash_after(plan, book) >= 0


def test_plan_with_debt_buys_nothing() -> None:
    """An account that owes cash, and keeps what it holds, has nothing to buy with."""
    prices = {"AAPL.NASDAQ": ("100", "100"), "IBM.NYSE": ("100", "100")}
    book = a_book({"IBM.NYSE": "5200"}, cash="-20000", prices=prices)
    plan = planned(a_portfolio({"AAPL.NASDAQ": "0.5"}), book)
    assert plan.legs == ()
    assert row_of(plan, "AAPL.NASDAQ").note == "no cash to buy"


@pytest.mark.parametrize(
    ("bid", "ask", "halted", "reason"),
    [
        (None, "100", None, "no bid"),
        ("100", None, None, "no ask"),
        ("NaN", "100", None, "bid is NaN"),
        ("100", "NaN", None, "ask is NaN"),
        ("100", "Infinity", None, "ask is Infinity"),
        ("0", "100", None, "bid is 0"),
        ("-1", "100", None, "bid is -1"),
        ("101", "100", None, "crossed: bid 101 above ask 100"),
        ("100", "101", True, "halted"),
    ],
)
def test_plan_without_a_price_makes_no_leg_and_is_refused(
    bid: str | None, ask: str | None, halted: bool | None, reason: str
) -> None:
    """A missing or senseless price is no trade, a row that says why, and a breach."""
    book = a_book()
    quote = a_quote(bid, ask, instrument_id="GOOG.NASDAQ", halted=halted)
    book = replace(book, quotes={**book.quotes, "GOOG.NASDAQ": quote})
    plan = planned(a_portfolio(), book)
    row = row_of(plan, "GOOG.NASDAQ")
    assert (row.price, row.target_quantity, row.trade) == (None, None, Decimal(0))
    assert row.note == f"no price: {reason}"
    assert "GOOG.NASDAQ" not in {leg.instrument_id for leg in plan.legs}
    (breach,) = breaches_of(plan, book, a_limits())
    assert str(breach) == f"price: GOOG.NASDAQ: no price: {reason}, allowed a price"


def test_plan_without_a_quote_at_all_is_refused() -> None:
    """A quote that never came is a missing price."""
    book = a_book()
    book = replace(book, quotes={i: q for i, q in book.quotes.items() if i != "IBM.NYSE"})
    plan = planned(a_portfolio(), book)
    assert row_of(plan, "IBM.NYSE").note == "no price: no quote"
    assert [b.limit for b in breaches_of(plan, book, a_limits())] == ["price"]


def test_plan_priceless_name_neither_held_nor_wanted_does_no_harm() -> None:
    """A weight of zero and no holding need no price."""
    book = a_book(prices={"AAPL.NASDAQ": ("100", "100")}, ibm=an_instrument("IBM.NYSE"))
    plan = planned(a_portfolio({"AAPL.NASDAQ": "0.1", "IBM.NYSE": "0"}), book)
    assert row_of(plan, "IBM.NYSE").target_quantity == 0
    assert breaches_of(plan, book, a_limits()) == ()


def test_plan_of_what_cannot_be_valued_is_left_alone() -> None:
    """An option, a currency without a rate and an unknown name are rows without a trade."""
    apple = an_instrument()
    option = replace(apple, contract=replace(apple.contract, sec_type=SecType.OPT))
    foreign = an_instrument("IBM.NYSE", currency="EUR")
    prices = {"AAPL.NASDAQ": ("100", "100"), "IBM.NYSE": ("100", "100")}
    weights = {"AAPL.NASDAQ": "0.1", "IBM.NYSE": "0.1", "XYZ.NYSE": "0.1"}
    plan = planned(a_portfolio(weights), a_book(prices=prices, a=option, b=foreign))
    assert plan.legs == ()
    assert [row.note for row in plan.rows] == [
        "not tradable: OPT is not traded by a plan",
        "not tradable: no exchange rate of EUR in USD",
        "not tradable: unknown instrument",
    ]


@pytest.mark.parametrize("worth", ["NaN", "0", "-5", "Infinity"])
def test_plan_of_a_worthless_book_is_refused(worth: str) -> None:
    """Weights of nothing, or of no number, are no plan."""
    with pytest.raises(LimitBreached, match="net_liquidation"):
        planned(a_portfolio(), a_book(net_liquidation=worth))


def test_plan_of_another_currency_or_broken_sums_is_refused_at_once() -> None:
    """Every problem of the book is in the refusal."""
    book = replace(
        a_book(), currency="EUR", cash=Decimal("NaN"), positions={"IBM.NYSE": Decimal("NaN")}
    )
    with pytest.raises(LimitBreached) as refused:
        planned(a_portfolio(), book)
    assert [b.subject for b in refused.value.breaches] == ["DU1000001", "cash", "IBM.NYSE"]


def test_plan_does_not_depend_on_the_order_of_the_book_nor_the_context() -> None:
    """The same book in another order, under another arithmetic, is the same plan."""
    book = a_book({"FB.NASDAQ": "10000", "IBM.NYSE": "77"})
    turned = replace(
        book,
        positions=dict(reversed(list(book.positions.items()))),
        quotes=dict(reversed(list(book.quotes.items()))),
        instruments=dict(reversed(list(book.instruments.items()))),
    )
    portfolio = a_portfolio({"AAPL.NASDAQ": "0.3"}, unlisted="sweep")
    with decimal.localcontext(prec=5, rounding=decimal.ROUND_UP):
        coarse = planned(portfolio, turned)
    assert coarse == planned(portfolio, book)


NAMES = tuple(CON_IDS)
PRICES = st.decimals(min_value=Decimal("0.5"), max_value=Decimal(2000), places=2)


@st.composite
def books(draw: st.DrawFn) -> Book:
    """Draw an account with cash and whole holdings, and a market for each name."""
    prices = {}
    for name in NAMES:
        bid = draw(PRICES)
        spread = draw(st.decimals(min_value=Decimal(0), max_value=Decimal("0.5"), places=2))
        prices[name] = (str(bid), str(bid + spread))
    held = {n: Decimal(draw(st.integers(0, 5000))) for n in draw(st.sets(st.sampled_from(NAMES)))}
    cash = draw(st.decimals(min_value=Decimal(1000), max_value=Decimal(2000000), places=2))
    return a_book(held, cash=cash, prices=prices)


@st.composite
def portfolios(draw: st.DrawFn, *, most: int = 100) -> Portfolio:
    """Draw weights of whole percents that sum to at most ``most`` percent."""
    weights: dict[str, str | Decimal] = {}
    left = most
    for name in draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True)):
        percent = draw(st.integers(0, left))
        weights[name] = Decimal(percent) / 100
        left -= percent
    return a_portfolio(
        weights,
        buffer=draw(st.sampled_from(["0", "0.02", "0.1"])),
        band=draw(st.sampled_from(["0", "0.005", "0.02"])),
        collar_bp=draw(st.sampled_from(["0", "30", "100"])),
        unlisted=draw(st.sampled_from(["keep", "sweep"])),
        minimum=draw(st.sampled_from(["0", "500"])),
    )


@given(portfolio=portfolios(), book=books())
def test_plan_never_takes_cash_below_the_buffer(portfolio: Portfolio, book: Book) -> None:
    """At the worst prices and with fees, buys leave the buffer in cash."""
    plan = planned(portfolio, book)
    if any(leg.side is Side.BUY for leg in plan.legs):
        fees = sum((fee_allowance(leg.quantity) for leg in plan.legs), Decimal(0))
        assert cash_after(plan, book) - fees >= book.net_liquidation * portfolio.cash_buffer


@given(portfolio=portfolios(), book=books())
def test_plan_lands_within_one_share_of_every_target(portfolio: Portfolio, book: Book) -> None:
    """Whatever trades ends within a share of its target, unless the cash was short."""
    plan = planned(portfolio, book)
    basis = book.net_liquidation * (1 - portfolio.cash_buffer)
    for row in plan.rows:
        assert row.price is not None
        wanted = row.target_weight * basis / row.price
        after = row.held + row.trade
        if row.note in ("buy", "sell", "within one lot"):
            assert abs(after - wanted) < 1
        elif row.note == "in band":
            assert abs(row.held * row.price / basis - row.target_weight) <= portfolio.drift_band
        elif row.note.startswith("below the minimum order"):
            # Cutting to whole shares comes first, so a share more may have been wanted.
            assert abs(wanted - row.held) * row.price < portfolio.min_order_value + row.price
        elif "cash" in row.note:
            assert row.held <= after <= wanted + 1
        else:
            assert row.note == "kept, not listed"
            assert row.trade == 0


@settings(max_examples=200)
@given(portfolio=portfolios(most=60), book=books())
def test_plan_made_again_right_after_is_empty(portfolio: Portfolio, book: Book) -> None:
    """Once executed, a plan that was not short of cash leaves nothing to do."""
    plan = planned(portfolio, book)
    if any("cash" in row.note for row in plan.rows):
        return
    assert planned(portfolio, executed(plan, book)).legs == ()


@given(portfolio=portfolios(), book=books(), lost=st.sets(st.sampled_from(NAMES), min_size=1))
def test_plan_has_no_leg_for_a_missing_price(
    portfolio: Portfolio, book: Book, lost: set[str]
) -> None:
    """Whatever else there is to do, what has no price is not traded."""
    nan = a_quote("NaN", "NaN")
    quotes = {i: nan if i in lost else quote for i, quote in book.quotes.items()}
    plan = planned(portfolio, replace(book, quotes=quotes))
    assert lost.isdisjoint(leg.instrument_id for leg in plan.legs)


@given(portfolio=portfolios(), book=books())
def test_plan_legs_are_whole_distinct_and_within_the_collar(
    portfolio: Portfolio, book: Book
) -> None:
    """Each order is whole, once, sells first, and its limit never passes the collar."""
    plan = planned(portfolio, book)
    reach = portfolio.collar_bp / 10000
    for leg in plan.legs:
        quote = book.quotes[leg.instrument_id]
        assert quote.bid is not None
        assert quote.ask is not None
        assert leg.quantity > 0
        assert leg.quantity == leg.quantity.to_integral_value()
        if leg.side is Side.BUY:
            assert leg.limit_price <= quote.ask * (1 + reach)
        else:
            assert leg.limit_price >= quote.bid * (1 - reach)
            assert leg.quantity <= book.positions[leg.instrument_id]
    assert len({leg.order_ref for leg in plan.legs}) == len(plan.legs)
    sides = [leg.side for leg in plan.legs]
    assert sides == sorted(sides, key=lambda side: side is Side.BUY)
