# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio

import pytest

from ib_provider.client.shared_answer import SharedAnswers


class Question:
    """A question that a test answers by hand."""

    def __init__(self) -> None:
        self.asked = 0
        self.cancelled = 0
        self.answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def ask(self) -> str:
        self.asked += 1
        try:
            return await self.answer
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_equal_questions_at_once_are_one() -> None:
    """Each gets the answer; afterwards the question is asked anew."""
    shared, question = SharedAnswers(), Question()
    askers = [asyncio.ensure_future(shared.get("key", question.ask)) for _ in range(3)]
    await _settle()
    question.answer.set_result("yes")
    assert await asyncio.gather(*askers) == ["yes"] * 3
    assert question.asked == 1
    assert await shared.get("key", question.ask) == "yes"
    assert question.asked == 2


async def test_other_questions_are_others() -> None:
    """Nothing is shared but what is equal."""
    shared, first, second = SharedAnswers(), Question(), Question()
    first.answer.set_result("one")
    second.answer.set_result("two")
    answers = await asyncio.gather(shared.get(1, first.ask), shared.get(2, second.ask))
    assert answers == ["one", "two"]


async def test_a_failure_is_everybodys_and_is_not_kept() -> None:
    """The real error, not an empty answer; the next one may succeed."""
    shared, question = SharedAnswers(), Question()
    question.answer.set_exception(ValueError("no"))
    results = await asyncio.gather(
        *(shared.get("key", question.ask) for _ in range(2)), return_exceptions=True
    )
    assert [str(result) for result in results] == ["no", "no"]
    better = Question()
    better.answer.set_result("yes")
    assert await shared.get("key", better.ask) == "yes"


async def test_the_question_ends_with_its_last_asker() -> None:
    """One who gives up takes nobody with him; the last one calls it off."""
    shared, question = SharedAnswers(), Question()
    first, second = (asyncio.ensure_future(shared.get("key", question.ask)) for _ in range(2))
    await _settle()
    first.cancel()
    await _settle()
    assert question.cancelled == 0
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    await _settle()
    assert question.cancelled == 1
