# SPDX-License-Identifier: Apache-2.0
"""The book that everybody takes from."""

from __future__ import annotations

from datetime import timedelta

from ib_provider.domain.order import Side
from ib_provider.simulator.exchange.displayed import DisplayedBook
from tests.support.simulator import OPEN_MONDAY, Floor, terms


def test_what_one_takes_another_cannot_until_the_refresh() -> None:
    """Each side apart."""
    book = DisplayedBook(timedelta(seconds=1))
    book.take(1, Side.BUY, book.standing(1, Side.BUY, 300, OPEN_MONDAY) - 100, OPEN_MONDAY)
    assert book.standing(1, Side.BUY, 300, OPEN_MONDAY) == 100
    assert book.standing(1, Side.SELL, 300, OPEN_MONDAY) == 300
    assert book.standing(1, Side.BUY, 300, OPEN_MONDAY + timedelta(seconds=1)) == 300


def test_clock_that_stands_still_refreshes_each_round() -> None:
    """Or a large order would never end."""
    book = DisplayedBook(timedelta(0))
    book.take(1, Side.BUY, book.standing(1, Side.BUY, 300, OPEN_MONDAY), OPEN_MONDAY)
    assert book.standing(1, Side.BUY, 300, OPEN_MONDAY) == 0
    book.begin_round()
    assert book.standing(1, Side.BUY, 300, OPEN_MONDAY) == 300


def test_two_orders_share_what_is_displayed() -> None:
    """Together they get no more than one alone."""
    alone, both = Floor(cash=100_000_000), Floor(cash=100_000_000)
    alone.place(1, terms("BUY", 50_000))
    for order_id in (1, 2):
        both.place(order_id, terms("BUY", 50_000))
    alone.wait(seconds=1)
    both.wait(seconds=1)
    assert both.order(1).filled + both.order(2).filled == alone.order(1).filled
