# SPDX-License-Identifier: Apache-2.0
"""What an order of a style is, and why it cannot be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ib_provider.domain.contract import SecType
from ib_provider.domain.execution_style import ExecutionStyle, StyleKind
from ib_provider.domain.order import OrderType, TimeInForce
from ib_provider.domain.order_terms import Algo
from ib_provider.domain.portfolio import PlanLeg
from ib_provider.domain.session_span import SessionSpan
from ib_provider.rebalance import Book
from ib_provider.rebalance.leg_style import style_breaches, styled
from tests.support.books import AT, a_book, an_instrument
from tests.support.plans import a_leg

#: The fourth of March 2013 in New York, in winter time.
_OPEN, _CLOSE = (datetime(2013, 3, 4, *at, tzinfo=UTC) for at in ((14, 30), (21, 0)))
_SESSION = SessionSpan(session=date(2013, 3, 4), begin=_OPEN, end=_CLOSE)


def _book(at: datetime | None = AT) -> Book:
    return replace(a_book(), market_time=at, sessions={"AAPL.NASDAQ": (_SESSION,)})


def _problem(style: ExecutionStyle, book: Book, leg: PlanLeg | None = None) -> str:
    found = style_breaches([leg or a_leg()], [style], book)
    return str(found[0]) if found else ""


@pytest.mark.parametrize(
    ("kind", "order_type", "tif", "cut_off"),
    [
        (StyleKind.MOC, OrderType.MARKET_ON_CLOSE, TimeInForce.DAY, (20, 55)),
        (StyleKind.LOC, OrderType.LIMIT_ON_CLOSE, TimeInForce.DAY, (20, 55)),
        (StyleKind.OPG, OrderType.LIMIT, TimeInForce.OPG, (14, 28)),
    ],
)
def test_auction_has_its_type_and_its_venue_s_cut_off(
    kind: StyleKind, order_type: OrderType, tif: TimeInForce, cut_off: tuple[int, int]
) -> None:
    """Nasdaq takes orders until 15:55 for the close and 9:28 for the open."""
    book = _book(datetime(2013, 3, 4, 14, 0, tzinfo=UTC))
    leg = styled(a_leg(), ExecutionStyle(kind=kind), book)
    at = datetime(2013, 3, 4, *cut_off, tzinfo=UTC)
    assert (leg.order_type, leg.tif, leg.cut_off) == (order_type, tif, at)
    late = _problem(ExecutionStyle(kind=kind), _book(at))
    assert late.startswith(f"cut_off: AAPL.NASDAQ: {kind} at {at:%F %T} UTC, allowed before")


def test_auction_of_which_nobody_knows_the_hours_is_refused() -> None:
    """Neither without the gateway's time, nor without a session."""
    style = ExecutionStyle(kind=StyleKind.LOC)
    assert "hours that nobody knows" in _problem(style, _book(None))
    assert "hours that nobody knows" in _problem(style, a_book())
    assert "hours that nobody knows" in _problem(style, _book(_CLOSE))


def test_window_of_an_algorithm_is_of_the_day_and_its_zone() -> None:
    """Half past ten in New York is half past three in UTC, in winter."""
    style = ExecutionStyle(kind=StyleKind.TWAP, start="10:30", end="15:30")
    algo = styled(a_leg(), style, _book()).algo
    assert algo == Algo(
        strategy="Twap",
        parameters=(
            ("strategyType", "Marketable"),
            ("startTime", "20130304-15:30:00"),
            ("endTime", "20130304-20:30:00"),
            ("allowPastEndTime", "0"),
        ),
    )


@pytest.mark.parametrize(
    ("style", "problem"),
    [
        (ExecutionStyle(kind=StyleKind.TWAP, end="09:45"), "before 09:45"),
        (ExecutionStyle(kind=StyleKind.VWAP, start="09:00"), "vwap at 09:00"),
        (ExecutionStyle(kind=StyleKind.VWAP, end="16:30"), "vwap at 16:30"),
    ],
    ids=["over", "before the open", "after the close"],
)
def test_window_outside_the_session_is_refused(style: ExecutionStyle, problem: str) -> None:
    """IB would work the order at another time, or not at all."""
    assert problem in _problem(style, _book())


def test_style_that_its_contract_cannot_have_is_refused() -> None:
    """A future in an auction, and a fraction in anything but a limit."""
    future = replace(a_leg(), contract=replace(a_leg().contract, sec_type=SecType.FUT))
    assert "moc of a FUT" in _problem(ExecutionStyle(kind=StyleKind.MOC), _book(), future)
    part = replace(a_leg(), quantity=Decimal("0.5"))
    assert "0.5 units" in _problem(ExecutionStyle(kind=StyleKind.ADAPTIVE), _book(), part)
    assert _problem(ExecutionStyle(), _book(), part) == ""


def test_every_leg_that_cannot_be_is_told_at_once() -> None:
    """Not the first alone."""
    legs = [a_leg(), replace(a_leg(), instrument_id="IBM.NYSE")]
    late = ExecutionStyle(kind=StyleKind.MOC)
    ibm = replace(_book(_CLOSE), instruments={"IBM.NYSE": an_instrument("IBM.NYSE")})
    assert [item.subject for item in style_breaches(legs, [late, late], ibm)] == [
        "AAPL.NASDAQ",
        "IBM.NYSE",
    ]
