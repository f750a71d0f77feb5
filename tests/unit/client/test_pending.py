# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio

import pytest

from ib_provider.client.pending import REQUEST_ID_BASE, PendingTable, is_request_id
from ib_provider.client.question import Channel
from ib_provider.errors import ConnectionLost, InvalidInstrumentId, RemoteProtocolError


def test_request_ids_are_never_order_ids() -> None:
    """Order ids count up from 1; request ids begin far above and never repeat."""
    table = PendingTable()
    first, second = table.next_request_id(), table.next_request_id()
    assert REQUEST_ID_BASE <= first < second < 2**31
    assert is_request_id(first)
    assert not is_request_id(1_000_000)


async def test_end_resolves_the_rows_in_order() -> None:
    """An answer is its rows, as they came."""
    table = PendingTable()
    ask = table.open(7, "rows", empty_is_answer=False)
    table.add(7, lambda: "a")
    table.add(7, lambda: "b")
    table.end(7)
    assert await ask.future == ["a", "b"]


async def test_add_a_row_that_cannot_be_read_fails_the_question() -> None:
    """One bad row is no shorter answer: the question fails."""
    table = PendingTable()
    ask = table.open(7, "rows", empty_is_answer=False)
    table.add(7, lambda: int("x"))
    table.end(7)
    with pytest.raises(RemoteProtocolError, match="rows: an answer that cannot be read"):
        await ask.future


async def test_add_a_row_with_a_typed_error_keeps_its_type() -> None:
    """What already says whose fault it is stays as it is."""

    def refuse() -> str:
        raise InvalidInstrumentId("X", "no venue")

    table = PendingTable()
    ask = table.open(7, "rows", empty_is_answer=False)
    table.add(7, refuse)
    with pytest.raises(InvalidInstrumentId):
        await ask.future


async def test_end_of_an_abandoned_channel_question_does_not_end_the_next() -> None:
    """A late end belongs to the question that was given up, with the rows before it."""
    table = PendingTable()
    table.open(Channel.POSITIONS, "first", empty_is_answer=False)
    table.close(Channel.POSITIONS)
    ask = table.open(Channel.POSITIONS, "second", empty_is_answer=False)
    table.add(Channel.POSITIONS, lambda: "left over")
    table.end(Channel.POSITIONS)
    assert not ask.future.done()
    table.add(Channel.POSITIONS, lambda: "row")
    table.end(Channel.POSITIONS)
    assert await ask.future == ["row"]


async def test_end_of_a_failed_channel_question_is_owed_too() -> None:
    """A bad row fails a question whose end is still on its way."""
    table = PendingTable()
    table.open(Channel.POSITIONS, "first", empty_is_answer=False)
    table.add(Channel.POSITIONS, lambda: int("x"))
    table.close(Channel.POSITIONS)
    ask = table.open(Channel.POSITIONS, "second", empty_is_answer=False)
    table.end(Channel.POSITIONS)
    assert not ask.future.done()


async def test_end_after_an_error_of_ibs_owes_nothing() -> None:
    """An error ends an answer: the next end is the next question's."""
    table = PendingTable()
    table.open(Channel.POSITIONS, "first", empty_is_answer=False)
    table.fail(Channel.POSITIONS, ConnectionLost("no"))
    table.close(Channel.POSITIONS)
    ask = table.open(Channel.POSITIONS, "second", empty_is_answer=False)
    table.end(Channel.POSITIONS)
    assert await ask.future == []


async def test_answers_nobody_waits_for_are_ignored() -> None:
    """A late answer to a request that was called off changes nothing."""
    table = PendingTable()
    table.add(7, lambda: "late")
    table.end(7)
    table.fail(7, ConnectionLost("late"))
    assert table.find(7) is None


async def test_fail_all_fails_every_question_with_its_own_words() -> None:
    """Each asker learns what of theirs was lost."""
    table = PendingTable()
    asks = [table.open(key, f"ask {key}", empty_is_answer=False) for key in (7, 8)]
    table.fail_all(lambda request: ConnectionLost(f"{request}: gone"))
    errors = await asyncio.gather(*(ask.future for ask in asks), return_exceptions=True)
    assert [str(error) for error in errors] == ["ask 7: gone", "ask 8: gone"]
