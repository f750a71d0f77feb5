# SPDX-License-Identifier: Apache-2.0
"""What the sensor makes of an event, before it asks the broker."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from ib_provider.errors import ConfigError
from ib_provider.sensors.fills import IbFillsSensor, orders_in_scope
from ib_provider.triggers.fills_event import FillsEvent, WaitOutcome
from tests.support.plans import a_leg, a_plan

CONTEXT: Any = {}


def sensor() -> IbFillsSensor:
    return IbFillsSensor(task_id="fills", plan_id="p1")


def payload(outcome: WaitOutcome, plan_id: str = "p1") -> dict[str, Any]:
    return FillsEvent(outcome=outcome, plan_id=plan_id, message="why").to_payload()


def test_sensor_defers_unless_told_otherwise() -> None:
    """Waiting for hours holds no worker."""
    assert sensor().deferrable is True


@pytest.mark.parametrize("event", [None, {}, "done", payload(WaitOutcome.DONE, "p2")])
def test_event_that_does_not_read_fails_for_good(event: object) -> None:
    """It never counts as filled."""
    with pytest.raises(AirflowFailException, match="p1"):
        sensor().execute_complete(CONTEXT, event)


def test_final_error_fails_for_good_and_says_why() -> None:
    """No later try would do better."""
    with pytest.raises(AirflowFailException, match="why"):
        sensor().execute_complete(CONTEXT, payload(WaitOutcome.FINAL_ERROR))


def test_transient_error_is_left_for_a_retry() -> None:
    """The next try waits again; it only reads."""
    with pytest.raises(AirflowException, match="why") as caught:
        sensor().execute_complete(CONTEXT, payload(WaitOutcome.TRANSIENT_ERROR))
    assert not isinstance(caught.value, AirflowFailException)


PLAN = a_plan(a_leg("ibp-1"), a_leg("ibp-2"))


@pytest.mark.parametrize("nothing", [None, "", "None", "null"])
def test_scope_is_the_whole_plan_where_a_template_left_nothing(nothing: str | None) -> None:
    """An XCom that is not there is rendered as the word None."""
    refs = orders_in_scope(PLAN, (), wave=nothing, order_ref=nothing)
    assert refs == ("ibp-1", "ibp-2")


def test_scope_of_a_wave_that_the_plan_has_not_is_empty() -> None:
    """A plan without sells has no first wave, and nothing to wait for."""
    assert orders_in_scope(PLAN, (), wave="1") == ("ibp-1", "ibp-2")
    assert orders_in_scope(PLAN, (), wave=2) == ()


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        ({"order_ref": "ibp-1"}, "never to be sent"),
        ({"wave": "second"}, "no number from 1"),
        ({"wave": 0}, "no number from 1"),
        ({"wave": 1, "order_ref": "ibp-1"}, "give one of them"),
    ],
)
def test_scope_that_cannot_be_is_refused(scope: dict[str, Any], words: str) -> None:
    """Waiting for nothing would look like success."""
    with pytest.raises(ConfigError, match=words):
        orders_in_scope(PLAN, (), **scope)
