# SPDX-License-Identifier: Apache-2.0
"""Quotes as ticks: which numbers, which values."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ib_provider.domain.contract import SecType
from ib_provider.simulator.desks.quote_ticks import QuoteShape, quote_ticks
from ib_provider.simulator.market.market import MarketQuote
from ib_provider.wire.messages import MarketDataTypeAnswer, TickGeneric, TickPrice, TickSize

QUOTE = MarketQuote(
    bid=10.25,
    ask=10.5,
    bid_size=300,
    ask_size=200,
    last=10.3,
    last_size=100,
    open=10.0,
    high=11.0,
    low=9.5,
    volume=5_000,
    previous_close=9.9,
    session=date(2013, 3, 4),
    trading=True,
    last_at=datetime(2013, 3, 4, 15, tzinfo=UTC),
)
WHOLE = QuoteShape.of(SecType.STK, traded=True, counted=True)


def _prices(shape: QuoteShape = WHOLE, quote: MarketQuote = QUOTE, kind: int = 1) -> dict[int, str]:
    ticks = quote_ticks(7, quote, shape, kind=kind, halted=False)
    return {tick.tick_type: str(tick.price) for tick in ticks if isinstance(tick, TickPrice)}


def test_live_and_delayed_quotes_differ_in_numbers_only() -> None:
    """IB's tables: 1, 2, 4, 6, 7, 9, 14 are 66, 67, 68, 72, 73, 75, 76."""
    live, delayed = _prices(), _prices(kind=3)
    assert live == {1: "10.25", 2: "10.5", 4: "10.3", 6: "11", 7: "9.5", 9: "9.9", 14: "1E+1"}
    assert list(delayed) == [66, 67, 68, 72, 73, 75, 76]
    assert list(delayed.values()) == list(live.values())


def test_empty_book_is_minus_one_of_nothing() -> None:
    """As gateways say that there is no bid."""
    closed = replace(QUOTE, bid=None, ask=None, bid_size=0, ask_size=0)
    ticks = list(quote_ticks(7, closed, WHOLE, kind=1, halted=False))
    bid = next(tick for tick in ticks if isinstance(tick, TickPrice) and tick.tick_type == 1)
    assert (bid.price, bid.size, bid.attr_mask) == (-1, 0, 0)


@pytest.mark.parametrize(
    ("shape", "numbers"),
    [
        (QuoteShape.of(SecType.IND, traded=True, counted=False), {4, 6, 7, 9, 14}),
        (QuoteShape.of(SecType.CASH, traded=False, counted=False), {1, 2, 6, 7, 9}),
        (QuoteShape.of(SecType.BAG, traded=True, counted=True), {1, 2, 6, 7, 9}),
    ],
    ids=["index", "currency", "combination"],
)
def test_contracts_show_what_they_have(shape: QuoteShape, numbers: set[int]) -> None:
    """No book of an index, no trade of a currency or a combination, no volume of any of them."""
    assert set(_prices(shape)) == numbers
    sizes = {
        tick.tick_type
        for tick in quote_ticks(7, QUOTE, shape, kind=1, halted=False)
        if isinstance(tick, TickSize)
    }
    assert 8 not in sizes


def test_quote_begins_with_its_kind_and_says_whether_it_is_halted() -> None:
    """The type comes before every tick; 49 is the flag."""
    first, *rest = quote_ticks(7, QUOTE, WHOLE, kind=2, halted=True)
    assert first == MarketDataTypeAnswer(request_id=7, market_data_type=2)
    (flag,) = [tick for tick in rest if isinstance(tick, TickGeneric)]
    assert (flag.tick_type, flag.value) == (49, Decimal(1))
