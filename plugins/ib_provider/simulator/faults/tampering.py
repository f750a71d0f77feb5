# SPDX-License-Identifier: Apache-2.0
"""Answers that come late, twice, in the wrong order, or never."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, get_args

from ib_provider.wire.messages import Answer

__all__ = ["HOW", "How", "Sending", "Tamper", "Tampering"]

How = Literal["delay", "duplicate", "reorder", "lose"]
HOW: Final[tuple[str, ...]] = get_args(How)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tamper:
    """One rule.

    Attributes:
        names: Class names of the answers it meets.
        seconds: How late; for ``reorder`` how long one waits to be overtaken.
        count: After so many answers the rule is used up; None for never.
        share: The part of the answers it meets, from 0 to 1, drawn from the seed.
        client_id: The one client it is for; None for all.
    """

    names: frozenset[str]
    how: How
    seconds: float = 0.0
    count: int | None = None
    share: float = 1.0
    client_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """An answer on its way.

    Attributes:
        after_s: Real seconds from now.
        held: It waits to be overtaken: ask ``Tampering.release`` before it is sent.
    """

    answer: Answer
    after_s: float = 0.0
    held: bool = False


class Tampering:
    """Applies rules to the answers of one client; the oldest that fits wins."""

    def __init__(self, client_id: int, seed: int) -> None:
        self._client_id = client_id
        self._random = random.Random(f"{seed}/{client_id}")  # noqa: S311  # faults, not secrets
        self._rules: list[Tamper] = []
        self._used: dict[Tamper, int] = {}
        self._held: dict[Tamper, Answer] = {}

    def set_rules(self, rules: Iterable[Tamper]) -> None:
        """Replace the rules; those that stay keep their count."""
        self._rules = [rule for rule in rules if rule.client_id in (None, self._client_id)]
        self._used = {rule: self._used.get(rule, 0) for rule in self._rules}

    def pass_on(self, answer: Answer) -> list[Sending]:
        """Return what becomes of an answer."""
        for rule in self._rules:
            if self._meets(rule, answer):
                self._used[rule] += 1
                return self._apply(rule, answer)
        return [Sending(answer=answer)]

    def release(self, answer: Answer) -> bool:
        """Let go of a held answer; False where it has been sent behind the one it waited for."""
        for rule, held in self._held.items():
            if held is answer:
                del self._held[rule]
                return True
        return False

    def _apply(self, rule: Tamper, answer: Answer) -> list[Sending]:
        late = Sending(answer=answer, after_s=rule.seconds)
        match rule.how:
            case "lose":
                return []
            case "delay":
                return [late]
            case "duplicate":
                return [Sending(answer=answer), late]
            case "reorder":
                if (held := self._held.pop(rule, None)) is not None:
                    return [Sending(answer=answer), Sending(answer=held)]
                self._held[rule] = answer
                return [Sending(answer=answer, after_s=rule.seconds, held=True)]

    def _meets(self, rule: Tamper, answer: Answer) -> bool:
        if type(answer).__name__ not in rule.names:
            return False
        if rule.count is not None and self._used[rule] >= rule.count:
            return False
        return rule.share >= 1 or self._random.random() < rule.share
