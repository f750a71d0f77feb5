# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_provider.client.depth_assembler import DepthAssembler
from ib_provider.domain.live import DepthBook
from ib_provider.errors import RemoteProtocolError

INSERT, UPDATE, DELETE = 0, 1, 2
ASK, BID = 0, 1


def row(operation: int, position: int, price: float, side: int = BID, size: float = 1.0) -> Any:
    return (7, position, "", operation, side, price, size, False)


async def book_after(*messages: Any, rows: int = 5) -> DepthBook:
    books: list[DepthBook] = []
    assembler = DepthAssembler(books.append, con_id=1, rows=rows)
    for message in messages:
        assembler.take(12, message)
    await asyncio.sleep(0)
    return books[-1]


async def test_insert_moves_the_rows_behind_it_down() -> None:
    """The row that was first is second now; it is not overwritten."""
    book = await book_after(row(INSERT, 0, 10), row(INSERT, 0, 11), row(INSERT, 1, 10.5))
    assert [item.price for item in book.bids] == [11, 10.5, 10]


async def test_delete_moves_the_rows_behind_it_up() -> None:
    """No hole stays, and no row of the past."""
    rows = [row(INSERT, n, 10 - n) for n in range(4)]
    book = await book_after(*rows, row(DELETE, 1, 0))
    assert [item.price for item in book.bids] == [10, 8, 7]


async def test_update_changes_one_row_of_one_side() -> None:
    """The other side stays as it is."""
    book = await book_after(
        row(INSERT, 0, 10), row(INSERT, 0, 11, ASK), row(UPDATE, 0, 10, size=7.5)
    )
    assert (book.bids[0].size, book.asks[0].size) == (7.5, 1.0)


async def test_row_pushed_out_of_the_book_is_gone_and_its_delete_harmless() -> None:
    """Three rows were asked for: the fourth leaves, and IB may yet delete it."""
    rows = [row(INSERT, 0, price) for price in (1, 2, 3, 4)]
    book = await book_after(*rows, row(DELETE, 3, 0), rows=3)
    assert [item.price for item in book.bids] == [4, 3, 2]


@pytest.mark.parametrize("message", [row(INSERT, 2, 1), row(UPDATE, 3, 1), row(7, 0, 1)])
def test_hole_or_unknown_operation_is_an_error(message: Any) -> None:
    """What cannot be placed was missed."""
    with pytest.raises(RemoteProtocolError):
        DepthAssembler(print, con_id=1, rows=5).take(12, message)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_any_steps_make_the_list_they_describe(data: st.DataObject) -> None:
    """The book is Python's list under insert, assignment and del, cut to the rows asked for."""

    async def play() -> None:
        model: list[float] = []
        messages = []
        for number in range(data.draw(st.integers(1, 30))):
            kinds = [INSERT, UPDATE, DELETE] if model else [INSERT]
            kind = data.draw(st.sampled_from(kinds))
            at = data.draw(st.integers(0, min(len(model), 4) if kind == INSERT else len(model) - 1))
            price = float(number + 1)
            messages.append(row(kind, at, price))
            if kind == INSERT:
                model.insert(at, price)
                del model[5:]
            elif kind == UPDATE:
                model[at] = price
            else:
                del model[at]
        book = await book_after(*messages)
        assert [item.price for item in book.bids] == model

    asyncio.run(play())
