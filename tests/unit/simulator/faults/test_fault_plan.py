# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from ib_provider.errors import ConfigError
from ib_provider.simulator.faults import actions as a
from ib_provider.simulator.faults.fault_plan import FaultPlan, parse_plan
from ib_provider.wire.messages import ReqCurrentTime, ReqIds

_ZONE = ZoneInfo("America/New_York")


def _local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=_ZONE)


_NOON = _local("2013-03-04 12:00")


def test_steps_come_when_their_seconds_have_passed() -> None:
    """Once each; one without a condition at the start."""
    steps = parse_plan([{"do": "drop"}, {"do": "silence", "after": 5}], "test")
    plan = FaultPlan(steps)
    assert plan.due(0.0, _NOON) == [a.Drop()]
    assert plan.due(4.9, _NOON) == []
    assert plan.due(5.0, _NOON) == [a.Silence()]
    assert plan.due(50.0, _NOON) == []


def test_time_of_day_comes_every_day_and_is_not_missed() -> None:
    """However far the clock jumps, it comes once for each jump over it."""
    plan = FaultPlan(parse_plan([{"do": "nightly_reset", "at": "23:45"}], "test"))
    assert plan.due(0.0, _local("2013-03-04 23:50")) == []
    assert plan.due(1.0, _local("2013-03-05 23:44")) == []
    assert len(plan.due(2.0, _local("2013-03-05 23:45"))) == 1
    assert plan.due(3.0, _local("2013-03-05 23:46")) == []
    assert len(plan.due(4.0, _local("2013-03-07 00:10"))) == 1


def test_request_sets_off_a_step_at_its_count() -> None:
    """The second of its kind, not the second of all."""
    plan = FaultPlan(parse_plan([{"do": "drop", "upon": "ReqCurrentTime", "nth": 2}], "test"))
    assert plan.due(9.0, _NOON) == []
    assert plan.seen(ReqCurrentTime()) == []
    assert plan.seen(ReqIds()) == []
    assert plan.seen(ReqCurrentTime()) == [a.Drop()]
    assert plan.seen(ReqCurrentTime()) == []


def test_every_problem_of_every_step_is_named() -> None:
    """With the number of the step."""
    documents = [
        {"do": "drop", "after": -1},
        {"do": "drop", "at": "25:00"},
        {"do": "drop", "upon": "ReqTea"},
        {"do": "drop", "nth": 2},
        {"do": "drop", "at": "23:00", "after": 1},
        "drop",
    ]
    with pytest.raises(ConfigError) as raised:
        parse_plan(documents, "test")
    found = [problem.split(":")[:2] for problem in raised.value.problems]
    assert [number for number, _ in found] == [f"fault {number}" for number in range(1, 7)]
