# SPDX-License-Identifier: Apache-2.0
"""The event between trigger and sensor."""

from __future__ import annotations

import json

import pytest

from ib_provider.triggers.fills_event import FillsEvent, InvalidFillsEvent, WaitOutcome

EVENT = FillsEvent(
    outcome=WaitOutcome.TIMEOUT, plan_id="p1", unsettled=("a-1", "a-2"), message="not done"
)


def test_event_survives_the_database() -> None:
    """It passes through JSON between two processes."""
    payload = json.loads(json.dumps(EVENT.to_payload()))
    assert FillsEvent.from_payload(payload, plan_id="p1") == EVENT


@pytest.mark.parametrize(
    "payload",
    [
        None,
        "done",
        {},
        EVENT.to_payload() | {"outcome": "perhaps"},
        EVENT.to_payload() | {"outcome": None},
        EVENT.to_payload() | {"plan_id": "p2"},
        EVENT.to_payload() | {"unsettled": "a-1"},
        {"outcome": "done", "plan_id": "p1"},
    ],
)
def test_event_that_does_not_read_is_refused(payload: object) -> None:
    """It never counts as done."""
    with pytest.raises(InvalidFillsEvent):
        FillsEvent.from_payload(payload, plan_id="p1")
