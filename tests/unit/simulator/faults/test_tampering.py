# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

from ib_provider.simulator.faults.tampering import Sending, Tamper, Tampering
from ib_provider.wire.messages import CurrentTime, NextValidId

_TIMES = frozenset({"CurrentTime"})


def _tampering(*rules: Tamper, client_id: int = 1, seed: int = 1) -> Tampering:
    tampering = Tampering(client_id, seed)
    tampering.set_rules(rules)
    return tampering


def _rule(how: Any, **more: Any) -> Tamper:
    return Tamper(names=_TIMES, how=how, **more)


def _time(seconds: int) -> CurrentTime:
    return CurrentTime(seconds=seconds)


def test_other_answers_pass_untouched() -> None:
    """Only the kinds of a rule are met."""
    answer = NextValidId(order_id=1)
    assert _tampering(_rule("lose")).pass_on(answer) == [Sending(answer=answer)]


def test_each_way_to_tamper() -> None:
    """Lost, late, twice."""
    assert _tampering(_rule("lose")).pass_on(_time(1)) == []
    late = Sending(answer=_time(1), after_s=2.0)
    assert _tampering(_rule("delay", seconds=2.0)).pass_on(_time(1)) == [late]
    twice = [Sending(answer=_time(1)), late]
    assert _tampering(_rule("duplicate", seconds=2.0)).pass_on(_time(1)) == twice


def test_reordered_answers_change_places() -> None:
    """The first is held, the second goes before it, and the held one is not sent again."""
    tampering = _tampering(_rule("reorder", seconds=9.0))
    first, second = _time(1), _time(2)
    (held,) = tampering.pass_on(first)
    assert (held.held, held.after_s) == (True, 9.0)
    assert [sending.answer for sending in tampering.pass_on(second)] == [second, first]
    assert not tampering.release(first)


def test_answer_that_nothing_overtakes_is_sent_late() -> None:
    """Reordering loses nothing."""
    tampering = _tampering(_rule("reorder", seconds=9.0))
    answer = _time(1)
    tampering.pass_on(answer)
    assert tampering.release(answer)
    assert not tampering.release(answer)


def test_rule_is_used_up() -> None:
    """After ``count`` answers; a change of the other rules does not renew it."""
    rule = _rule("lose", count=2)
    tampering = _tampering(rule)
    assert tampering.pass_on(_time(1)) == []
    tampering.set_rules([rule, _rule("delay", client_id=99)])
    assert tampering.pass_on(_time(2)) == []
    assert len(tampering.pass_on(_time(3))) == 1


def test_rule_for_one_client_leaves_others_alone() -> None:
    """Client 2 loses, client 1 does not."""
    rule = _rule("lose", client_id=2)
    assert len(_tampering(rule, client_id=1).pass_on(_time(1))) == 1
    assert _tampering(rule, client_id=2).pass_on(_time(1)) == []


def test_share_is_drawn_from_the_seed() -> None:
    """The same answers are lost every time, about as many as said."""
    lost = [
        [not _passes for _passes in map(tampering.pass_on, map(_time, range(400)))]
        for tampering in (_tampering(_rule("lose", share=0.25), seed=5) for _ in range(2))
    ]
    assert lost[0] == lost[1]
    assert 60 < sum(lost[0]) < 140
