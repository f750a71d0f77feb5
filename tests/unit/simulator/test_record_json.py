# SPDX-License-Identifier: Apache-2.0
"""The state's records survive JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from ib_provider.simulator.exchange.order_book import BookState
from ib_provider.simulator.record_json import from_document, to_document
from tests.support.simulator import Floor, terms


def test_book_with_orders_and_trades_comes_back_equal() -> None:
    """Every field, with its type, but for the latency that no restart keeps."""
    floor = Floor()
    floor.place(1, terms("BUY", 10, algo_params=(("a", "b"),), order_ref="r"))
    floor.place(2, terms("SELL", 10, "LMT", lmt_price=Decimal("900.10"), tif="GTC"))
    floor.place(3, terms("BUY", 1, transmit=False))
    floor.wait(seconds=2)
    state = floor.book.state()
    text = json.dumps(to_document(state))
    assert from_document(BookState, json.loads(text)) == state
    assert len(state.trades) == 1
    assert replace(state) == state


@pytest.mark.parametrize("document", [{"orders": [{}]}, {"nonsense": 1}, []], ids=str)
def test_document_of_something_else_is_an_error(document: object) -> None:
    """A record never comes back half."""
    with pytest.raises((TypeError, ValueError, KeyError, AttributeError)):
        from_document(BookState, document)
