# SPDX-License-Identifier: Apache-2.0
"""The orders that end a position: their prices, their references, and never more than is held."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.bracket import Bracket, InstrumentBracket
from ib_provider.domain.order import OrderType, Side, TimeInForce
from ib_provider.domain.portfolio import OrderPlan, Target, TargetKind
from ib_provider.errors import LimitBreached
from ib_provider.rebalance import Book, make_plan, size_exits
from tests.support.books import AT, a_book, a_portfolio

_D = Decimal
_BRACKET = Bracket(take_profit=_D("0.10"), stop_loss=_D("0.05"), stop_limit_bp=_D(100))
_IBM = "IBM.NYSE"


def _plan(book: Book, units: int, bracket: Bracket | None = _BRACKET) -> OrderPlan:
    rules = a_portfolio({}, buffer="0", band="0", minimum="0")
    target = Target(instrument_id=_IBM, kind=TargetKind.QUANTITY, amount=_D(units))
    return make_plan(
        replace(rules, targets=(target,), bracket=bracket, allow_short=True),
        book,
        key="k",
        as_of=AT,
    )


def test_exits_of_a_long_sell_below_and_above() -> None:
    """IBM at 202.91: the stop by 5 % with 1 % beyond, the profit by 10 %, rounded up to cents."""
    entry, stop, profit = _plan(a_book(), 100).legs
    assert (stop.side, stop.order_type, stop.tif) == (
        Side.SELL,
        OrderType.STOP_LIMIT,
        TimeInForce.GTC,
    )
    # 192.7645; 192.77 less 1 % is 190.8423; 223.201.
    assert (stop.stop_price, stop.limit_price) == (_D("192.77"), _D("190.85"))
    assert (profit.side, profit.order_type, profit.stop_price) == (Side.SELL, OrderType.LIMIT, None)
    assert profit.limit_price == _D("223.21")
    assert [leg.wave for leg in (entry, stop, profit)] == [2, 3, 4]
    assert entry.oca_group == ""
    assert stop.oca_group == profit.oca_group != ""


def test_exits_of_a_short_are_mirrored() -> None:
    """The stop buys above, the profit below, rounded down."""
    _, stop, profit = _plan(a_book(), -100).legs
    # 213.0555; 213.05 and 1 % is 215.1805; 182.619.
    assert (stop.side, stop.stop_price, stop.limit_price) == (
        Side.BUY,
        _D("213.05"),
        _D("215.18"),
    )
    assert (profit.side, profit.limit_price) == (Side.BUY, _D("182.61"))


def test_references_are_the_same_on_each_try_and_no_others() -> None:
    """Five of a plan and its groups, and none of another key's."""
    plan = _plan(a_book(), 100)
    assert [leg.order_ref for leg in _plan(a_book(), 200).legs] == [
        leg.order_ref for leg in plan.legs
    ]
    names = {leg.order_ref for leg in plan.legs} | {leg.oca_group for leg in plan.exits}
    assert len(names) == 4


@pytest.mark.parametrize(
    ("held", "wanted", "most"),
    [("0", 100, 100), ("50", 100, 100), ("100", 40, 100), ("-50", 30, 30), ("50", -30, 30)],
)
def test_exits_cover_the_position_however_much_of_the_entry_trades(
    held: str, wanted: int, most: int
) -> None:
    """A reduction may leave what was held; a reversal leaves no more than the other side."""
    plan = _plan(a_book({_IBM: held}), wanted)
    assert {leg.quantity for leg in plan.exits} == {_D(most)}
    assert {leg.side for leg in plan.exits} == {Side.SELL if wanted > 0 else Side.BUY}


def test_position_that_is_closed_or_has_no_bracket_has_no_exits() -> None:
    """So does one of an instrument whose own bracket is none."""
    assert _plan(a_book({_IBM: "100"}), 0).exits == ()
    assert _plan(a_book(), 100, None).exits == ()
    rules = a_portfolio({_IBM: "0.1", "AAPL.NASDAQ": "0.1"})
    own = (InstrumentBracket(instrument_id=_IBM, bracket=None),)
    plan = make_plan(replace(rules, bracket=_BRACKET, brackets=own), a_book(), key="k", as_of=AT)
    assert {leg.instrument_id for leg in plan.exits} == {"AAPL.NASDAQ"}


def test_bracket_that_is_narrower_than_a_price_step_is_refused() -> None:
    """A stop at the market would trade at once."""
    book = a_book(prices={_IBM: ("0.0999", "0.1001")})
    narrow = Bracket(stop_loss=_D("0.0001"), stop_limit_bp=_D(0))
    with pytest.raises(LimitBreached, match=r"bracket: IBM\.NYSE: a stop at 0\.10"):
        _plan(book, 100, narrow)


@given(
    held=st.integers(-300, 300),
    wanted=st.integers(-300, 300),
    part=st.fractions(0, 1),
)
def test_exits_are_never_for_more_than_is_held(held: int, wanted: int, part: float) -> None:
    """Whatever of the entry traded: all of it on the exits' side, and nothing on the other."""
    plan = _plan(a_book({_IBM: str(held)} if held else {}), wanted)
    if not plan.exits:
        assert wanted in (0, held)
        return
    entry = plan.entries[0]
    traded = _D(int(entry.quantity * _D(float(part))))
    position = held + entry.side.sign * traded
    for wave in (3, 4):
        for index, size in size_exits(plan, wave=wave, executed={_IBM: traded}).items():
            side = plan.legs[index].side
            assert size.quantity == max(-side.sign * position, 0)
            assert bool(size.note) == (size.quantity != plan.legs[index].quantity)
