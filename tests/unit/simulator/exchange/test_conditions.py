# SPDX-License-Identifier: Apache-2.0
"""Conditional orders: each kind of condition, and how they join."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ib_provider.domain.order import OrderStatus
from ib_provider.wire.messages import (
    ExecutionCondition,
    MarginCondition,
    PercentChangeCondition,
    PriceCondition,
    TimeCondition,
    VolumeCondition,
)
from tests.support.simulator import Floor, statuses, terms

AAPL = 265598


def _price(level: int, *, is_more: bool, **more: Any) -> PriceCondition:
    return PriceCondition(
        con_id=AAPL, exchange="SMART", price=Decimal(level), is_more=is_more, **more
    )


TRUE = _price(100, is_more=True)
FALSE = _price(100, is_more=False)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (TRUE, True),
        (FALSE, False),
        (TimeCondition(time="20130304 10:00:01 US/Eastern", is_more=True), True),
        (TimeCondition(time="20130304-15:30:00", is_more=True), False),
        (TimeCondition(time="20130304-15:30:00", is_more=False), True),
        (MarginCondition(percent=50, is_more=True), True),
        (MarginCondition(percent=50, is_more=False), False),
        (VolumeCondition(con_id=AAPL, exchange="SMART", volume=100, is_more=True), True),
        (VolumeCondition(con_id=AAPL, exchange="SMART", volume=100, is_more=False), False),
        (
            PercentChangeCondition(
                con_id=AAPL, exchange="SMART", change_percent=Decimal(-50), is_more=True
            ),
            True,
        ),
        (ExecutionCondition(sec_type="STK", exchange="SMART", symbol="IBM"), False),
    ],
    ids=str,
)
def test_order_works_when_its_condition_holds(condition: Any, holds: bool) -> None:
    """Until then it is PreSubmitted and does not trade."""
    floor = Floor()
    assert statuses(floor.place(1, terms("BUY", 10, conditions=(condition,)))) == ["PreSubmitted"]
    for _ in range(4):
        floor.wait(seconds=2)
    assert (floor.order(1).status is OrderStatus.FILLED) is holds


@pytest.mark.parametrize(
    ("first", "joined_by_and", "second", "holds"),
    [
        (TRUE, True, FALSE, False),
        (TRUE, False, FALSE, True),
        (FALSE, False, TRUE, True),
        (FALSE, True, TRUE, False),
    ],
)
def test_conditions_join_by_and_or_or(
    first: PriceCondition, joined_by_and: bool, second: PriceCondition, holds: bool
) -> None:
    """The conjunction of each says how the next joins it."""
    level = int(first.price or 0)
    joined = _price(level, is_more=first.is_more, conjunction=joined_by_and)
    floor = Floor()
    floor.place(1, terms("BUY", 10, conditions=(joined, second)))
    for _ in range(3):
        floor.wait(seconds=2)
    assert (floor.order(1).status is OrderStatus.FILLED) is holds


def test_condition_can_cancel_instead() -> None:
    """The order works from the start, and goes when the condition holds."""
    floor = Floor()
    condition = TimeCondition(time="20130304 10:05:00 US/Eastern", is_more=True)
    order = terms(
        "BUY",
        10,
        "LMT",
        lmt_price=Decimal(100),
        conditions=(condition,),
        conditions_cancel_order=True,
    )
    assert statuses(floor.place(1, order)) == ["PreSubmitted", "Submitted"]
    floor.wait(minutes=4)
    assert floor.order(1).is_open
    assert "Cancelled" in statuses(floor.wait(minutes=2))


def test_execution_of_another_order_is_a_condition() -> None:
    """A trade in IBM after the order was placed wakes it."""
    floor = Floor()
    condition = ExecutionCondition(sec_type="STK", exchange="SMART", symbol="IBM")
    floor.place(1, terms("BUY", 10, conditions=(condition,)))
    floor.wait(seconds=5)
    floor.place(2, terms("BUY", 10), "IBM")
    for _ in range(4):
        floor.wait(seconds=2)
    assert floor.order(1).status is OrderStatus.FILLED


def test_good_after_time_and_good_till_date_bound_an_order() -> None:
    """It begins at the one and ends at the other."""
    floor = Floor()
    floor.place(1, terms("BUY", 10, good_after_time="20130304 10:30:00 US/Eastern"))
    floor.wait(minutes=29)
    assert floor.order(1).filled == 0
    floor.wait(minutes=2)
    floor.wait(seconds=2)
    assert floor.order(1).status is OrderStatus.FILLED
    until = {"tif": "GTD", "good_till_date": "20130305 11:00:00 US/Eastern"}
    floor.place(2, terms("BUY", 10, "LMT", lmt_price=Decimal(100), **until))
    floor.wait(hours=20)
    assert floor.order(2).is_open
    floor.wait(hours=5)
    assert floor.order(2).status is OrderStatus.CANCELLED
