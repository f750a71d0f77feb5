# SPDX-License-Identifier: Apache-2.0
"""What the sensor makes of an event, before it asks the broker."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from ib_provider.sensors.fills import IbFillsSensor
from ib_provider.triggers.fills_event import FillsEvent, WaitOutcome

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
