# SPDX-License-Identifier: Apache-2.0
"""Which names trade, and how far: bands, units, caps and what is too small."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ib_provider.domain.portfolio import OrderPlan, PlanRow, Target
from ib_provider.domain.price_ladder import PriceLadder, PriceStep
from ib_provider.rebalance import Book, make_plan
from tests.support.books import AT, a_book, a_portfolio, an_instrument
from tests.support.mixed_books import target

#: Apple at 100, IBM at 50: a share is a ten-thousandth of a million.
PRICES = {"AAPL.NASDAQ": ("100", "100"), "IBM.NYSE": ("50", "50")}


def planned(book: Book, *targets: Target, **rules: Any) -> OrderPlan:
    """Make the plan of these targets, without a buffer, a band or a minimum unless told."""
    rules = {"buffer": "0", "band": "0", "minimum": "0", "collar_bp": "0"} | rules
    portfolio = replace(a_portfolio({}, **rules), targets=targets)
    return make_plan(portfolio, book, key="k", as_of=AT)


def traded(plan: OrderPlan) -> dict[str, int]:
    """Return what each name trades, sells below zero."""
    return {leg.instrument_id: int(leg.side.sign * leg.quantity) for leg in plan.legs}


def row_of(plan: OrderPlan, name: str = "AAPL.NASDAQ") -> PlanRow:
    """Find a row."""
    return next(row for row in plan.rows if row.instrument_id == name)


@pytest.mark.parametrize(
    ("wanted", "trade"),
    [
        (target("AAPL.NASDAQ", weight="0.5"), 4000),
        (target("AAPL.NASDAQ", weight="-0.1"), -2000),
        (target("AAPL.NASDAQ", notional="250000"), 1500),
        (target("AAPL.NASDAQ", notional="-100000"), -2000),
        (target("AAPL.NASDAQ", quantity="1234"), 234),
        (target("AAPL.NASDAQ", quantity="-50"), -1050),
        (target("AAPL.NASDAQ", hold=True), 0),
        (target("AAPL.NASDAQ", close=True), -1000),
    ],
)
def test_target_of_each_unit_is_reached(wanted: Target, trade: int) -> None:
    """A thousand shares of an account of a million, taken to a target in each unit."""
    book = a_book({"AAPL.NASDAQ": "1000"}, cash="900000", prices=PRICES)
    assert traded(planned(book, wanted)).get("AAPL.NASDAQ", 0) == trade


@pytest.mark.parametrize(
    ("held", "relative", "trade"),
    [("4800", None, 0), ("4799", None, 201), ("4800", "0.02", 200), ("4900", "0.02", 0)],
)
def test_band_is_the_narrower_of_both(held: str, relative: str | None, trade: int) -> None:
    """Of 50 % two points are 200 shares, and two per cent of it are 100."""
    book = a_book({"AAPL.NASDAQ": held}, net_liquidation="1000000", prices=PRICES)
    band = None if relative is None else Decimal(relative)
    plan = planned(book, target("AAPL.NASDAQ", weight="0.5"), band="0.02", drift_band_relative=band)
    assert traded(plan).get("AAPL.NASDAQ", 0) == trade


@pytest.mark.parametrize(("held", "trade"), [("4000", 800), ("6000", -800), ("4850", 0)])
def test_edge_is_traded_to_and_no_further(held: str, trade: int) -> None:
    """From 40 or 60 % towards 50 % with a band of two points: to 48 and to 52 %."""
    book = a_book({"AAPL.NASDAQ": held}, net_liquidation="1000000", prices=PRICES)
    plan = planned(book, target("AAPL.NASDAQ", weight="0.5"), band="0.02", trade_to="edge")
    assert traded(plan).get("AAPL.NASDAQ", 0) == trade
    assert (row_of(plan).note.endswith("to the band's edge")) == bool(trade)


def test_edge_of_a_weight_of_zero_leaves_the_band() -> None:
    """What is not wanted may stay as far as the band goes."""
    book = a_book({"AAPL.NASDAQ": "1000"}, net_liquidation="1000000", prices=PRICES)
    plan = planned(book, target("AAPL.NASDAQ", weight="0"), band="0.02", trade_to="edge")
    assert traded(plan) == {"AAPL.NASDAQ": -800}


@pytest.mark.parametrize(("scope", "names"), [("names", 1), ("book", 2)])
def test_book_moves_together_where_it_is_told_to(scope: str, names: int) -> None:
    """One name outside its band moves itself alone, or all that are off at all."""
    book = a_book(
        {"AAPL.NASDAQ": "2900", "IBM.NYSE": "9000"}, net_liquidation="1000000", prices=PRICES
    )
    plan = planned(
        book,
        target("AAPL.NASDAQ", weight="0.3"),
        target("IBM.NYSE", weight="0.3"),
        band="0.02",
        band_scope=scope,
    )
    assert len(plan.legs) == names


def test_book_within_its_bands_rests() -> None:
    """Where no name left its band, none is moved."""
    book = a_book({"AAPL.NASDAQ": "2900"}, net_liquidation="1000000", prices=PRICES)
    plan = planned(book, target("AAPL.NASDAQ", weight="0.3"), band="0.02", band_scope="book")
    assert plan.legs == ()


def test_trade_that_costs_too_much_is_skipped_and_says_what() -> None:
    """One currency unit of 100 is a hundred basis points."""
    plan = planned(
        a_book(prices=PRICES), target("AAPL.NASDAQ", quantity="1"), max_cost_bp=Decimal(50)
    )
    assert plan.legs == ()
    assert row_of(plan).note == "would cost 100.0 bp, more than 50"


def test_closing_is_done_however_small_it_is() -> None:
    """The last share of a name that is to go is below every minimum, and goes."""
    book = a_book({"AAPL.NASDAQ": "1"}, prices=PRICES)
    plan = planned(
        book, target("AAPL.NASDAQ", close=True), minimum="5000", band="0.1", max_cost_bp=Decimal(1)
    )
    assert traded(plan) == {"AAPL.NASDAQ": -1}


def test_turnover_is_capped_for_every_name_alike() -> None:
    """A million to buy, a fifth of it allowed: a fifth of each."""
    plan = planned(
        a_book(prices=PRICES),
        target("AAPL.NASDAQ", weight="0.5"),
        target("IBM.NYSE", weight="0.5"),
        max_turnover=Decimal("0.2"),
    )
    assert traded(plan) == {"AAPL.NASDAQ": 1000, "IBM.NYSE": 2000}
    assert row_of(plan).note == "buy, scaled to the turnover"


def test_participation_is_capped_and_an_unknown_volume_trades_nothing() -> None:
    """A hundredth of a day's 50,000 are 500; of a volume nobody knows it is nothing."""
    book = replace(a_book(prices=PRICES), volumes={"AAPL.NASDAQ": Decimal(50000)})
    plan = planned(
        book,
        target("AAPL.NASDAQ", weight="0.3"),
        target("IBM.NYSE", weight="0.3"),
        max_participation=Decimal("0.01"),
    )
    assert traded(plan) == {"AAPL.NASDAQ": 500}
    assert row_of(plan, "IBM.NYSE").note == "no average volume is known"


@pytest.mark.parametrize(("fractions", "units"), [(True, "123.4567"), (False, "123")])
def test_fractions_are_traded_where_the_account_may(fractions: bool, units: str) -> None:
    """A step of a ten-thousandth is used only with the permission."""
    book = a_book(prices=PRICES, apple=an_instrument(lot="0.0001"))
    plan = planned(book, target("AAPL.NASDAQ", quantity="123.45678"), fractions=fractions)
    assert [leg.quantity for leg in plan.legs] == [Decimal(units)]


def test_fractions_are_not_sold_short() -> None:
    """IB sells short in whole shares only."""
    book = a_book(prices=PRICES, apple=an_instrument(lot="0.0001"))
    plan = planned(book, target("AAPL.NASDAQ", quantity="-10.5"), fractions=True)
    assert traded(plan) == {"AAPL.NASDAQ": -10}
    assert plan.legs[0].quantity == 10


def test_limit_price_is_on_the_ladder_that_holds_at_it() -> None:
    """From 3 on this option-like ladder moves by nickels: 100.10 at most is 100.10, not 100.13."""
    steps = [("0", "0.01"), ("3", "0.05")]
    ladder = PriceLadder(
        rule_id=1,
        steps=tuple(PriceStep(low_edge=Decimal(e), increment=Decimal(i)) for e, i in steps),
    )
    book = replace(a_book(prices=PRICES), ladders={"AAPL.NASDAQ": ladder})
    plan = planned(book, target("AAPL.NASDAQ", quantity="10"), collar_bp="13")
    assert plan.legs[0].limit_price == Decimal("100.10")


def test_short_is_bought_back_to_nothing_exactly() -> None:
    """Covering never steps over to the long side, whatever cash is left to round with."""
    book = a_book({"AAPL.NASDAQ": "-1000"}, cash="1000000", prices=PRICES)
    plan = planned(book, target("AAPL.NASDAQ", weight="0"))
    assert traded(plan) == {"AAPL.NASDAQ": 1000}


def test_min_cash_is_kept_where_it_is_more_than_the_fraction() -> None:
    """Of a million 400,000 stay: the weights are of the rest."""
    plan = planned(
        a_book(prices=PRICES), target("AAPL.NASDAQ", weight="0.5"), min_cash=Decimal(400000)
    )
    assert traded(plan) == {"AAPL.NASDAQ": 3000}
    assert plan.basis == 600000
