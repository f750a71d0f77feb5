# SPDX-License-Identifier: Apache-2.0
"""Each gate refuses what it is there for, alone, and lets the last allowed value pass."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.order import Side
from ib_provider.domain.portfolio import PlanLeg
from ib_provider.domain.quote import MarketDataType
from ib_provider.rebalance import gates, make_plan, parse_limits, parse_portfolio, read_yaml
from ib_provider.rebalance.gate_check import Gate
from tests.support.books import AT, CON_IDS, a_book, a_limits, a_quote, breaches_of
from tests.support.gate_cases import CASES, failures
from tests.support.gate_situations import BOOK, PLAN

INCLUDE = Path(__file__).parents[3] / "include"


def test_gates_let_the_plan_pass() -> None:
    """The plan that every case spoils is a good one, with a sell and a buy."""
    assert [(leg.side, int(leg.quantity)) for leg in PLAN.legs] == [
        (Side.SELL, 144),
        (Side.BUY, 243),
    ]
    assert breaches_of(PLAN, BOOK, a_limits()) == ()


def test_gates_say_what_each_case_must_be_told() -> None:
    """Each gate finds what it is for, as often as it is there, and nothing at the limit itself."""
    assert failures(gates) == []


@pytest.mark.parametrize("gate", gates.GATES, ids=lambda gate: gate.__name__)
def test_gate_has_a_case_that_it_refuses(gate: Gate) -> None:
    """A gate that no case needs could be taken out without a word."""
    assert [case for case in CASES if case.gate == gate.__name__ and case.said]


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
    quote = replace(BOOK.quotes["AAPL.NASDAQ"], data_type=MarketDataType.DELAYED)
    book = replace(BOOK, quotes={**BOOK.quotes, "AAPL.NASDAQ": quote})
    assert breaches_of(PLAN, book, replace(a_limits(), max_price_age_s=1260.0)) == ()


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
