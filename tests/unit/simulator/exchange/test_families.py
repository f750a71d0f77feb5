# SPDX-License-Identifier: Apache-2.0
"""Brackets and groups: who wakes, who goes, who is reduced."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ib_provider.domain.order import OrderStatus
from ib_provider.wire.messages import WireOrder
from tests.support.simulator import Floor, statuses, terms

LOW, HIGH = Decimal(100), Decimal(600)


def _bracket(floor: Floor, parent: WireOrder, **last: Any) -> list[str]:
    """Place a parent, a target and a stop, the last one transmitting them all."""
    told = statuses(floor.place(1, parent))
    target = terms("SELL", 10, "LMT", lmt_price=HIGH, parent_id=1, transmit=False)
    told += statuses(floor.place(2, target))
    stop = terms("SELL", 10, "STP", aux_price=LOW, parent_id=1, **last)
    return told + statuses(floor.place(3, stop))


def test_bracket_is_silent_until_its_last_order_transmits_it() -> None:
    """Then the parent is first, and the children wait for it."""
    floor = Floor()
    told = _bracket(floor, terms("BUY", 10, "LMT", lmt_price=LOW, transmit=False))
    assert told == ["PreSubmitted", "Submitted", "PreSubmitted", "PreSubmitted"]
    assert floor.order(2).why_held == "child"
    assert floor.order(3).why_held == "child,trigger"
    assert floor.wait(minutes=5) == []


def test_children_wake_with_the_fill_and_one_ends_the_other() -> None:
    """The stop goes when the target has sold everything."""
    floor = Floor()
    _bracket(floor, terms("BUY", 10, transmit=False))
    floor.wait(seconds=2)
    assert floor.order(1).status is OrderStatus.FILLED
    floor.wait(seconds=2)
    assert floor.order(2).status is OrderStatus.SUBMITTED
    floor.place(2, terms("SELL", 10, "LMT", lmt_price=LOW, parent_id=1))
    floor.wait(seconds=2)
    floor.wait(seconds=2)
    assert floor.order(2).status is OrderStatus.FILLED
    assert floor.order(3).status is OrderStatus.CANCELLED
    assert floor.account.holdings() == ()


def test_children_go_with_a_parent_that_is_cancelled() -> None:
    """None of them is left to trade alone."""
    floor = Floor()
    _bracket(floor, terms("BUY", 10, "LMT", lmt_price=LOW, transmit=False))
    told = statuses(floor.cancel(1))
    assert told.count("Cancelled") == 3
    assert floor.book.open_orders() == ()


def test_children_go_with_a_parent_that_expires() -> None:
    """A DAY parent takes its GTC children with it."""
    floor = Floor()
    _bracket(floor, terms("BUY", 10, "LMT", lmt_price=LOW, transmit=False), tif="GTC")
    floor.wait(hours=7)
    floor.wait(seconds=1)
    assert floor.book.open_orders() == ()


def test_child_without_a_parent_is_refused() -> None:
    """10006, and its id is spent."""
    floor = Floor()
    assert statuses(floor.place(5, terms("SELL", 10, parent_id=4))) == ["10006"]


def test_group_of_type_one_has_one_winner() -> None:
    """Any fill of one, a part too, cancels the others."""
    floor = Floor(cash=100_000_000)
    group: dict[str, Any] = {"oca_group": "g", "oca_type": 1}
    floor.place(1, terms("BUY", 50_000, **group))
    floor.place(2, terms("BUY", 50_000, "LMT", lmt_price=LOW, **group))
    floor.wait(seconds=1)
    assert 0 < floor.order(1).filled < 50_000
    assert floor.order(2).status is OrderStatus.CANCELLED


def test_group_of_type_three_is_reduced_by_the_part_that_filled() -> None:
    """Half of one gone, half of the other goes."""
    floor = Floor(cash=100_000_000)
    group: dict[str, Any] = {"oca_group": "g", "oca_type": 3}
    floor.place(1, terms("BUY", 40_000, **group))
    floor.place(2, terms("BUY", 20_000, "LMT", lmt_price=LOW, **group))
    floor.wait(seconds=1)
    filled = floor.order(1).filled
    assert 0 < filled < 40_000
    assert floor.order(2).quantity == 20_000 - int(20_000 * filled / 40_000)
    while floor.order(1).is_open:
        floor.wait(seconds=1)
    assert floor.order(2).status is OrderStatus.CANCELLED


def test_groups_of_two_accounts_or_names_are_strangers() -> None:
    """Only the same name is the same group."""
    floor = Floor()
    floor.place(1, terms("BUY", 10, oca_group="a"))
    floor.place(2, terms("BUY", 10, oca_group="b"))
    floor.wait(seconds=1)
    assert floor.order(1).filled == floor.order(2).filled == 10


@settings(max_examples=20, deadline=None)
@given(
    sizes=st.lists(
        st.tuples(st.integers(1, 9_000), st.sampled_from([LOW, HIGH])), min_size=2, max_size=5
    )
)
def test_group_of_type_one_never_fills_two(sizes: list[tuple[int, Decimal]]) -> None:
    """However many could trade at once, one does."""
    floor = Floor(cash=100_000_000)
    for order_id, (quantity, limit) in enumerate(sizes, start=1):
        order = terms("BUY", quantity, "LMT", lmt_price=limit, oca_group="g", oca_type=1)
        floor.place(order_id, order)
    for _ in range(10):
        floor.wait(seconds=1)
    assert sum(order.filled > 0 for order in floor.book.orders()) <= 1
