# SPDX-License-Identifier: Apache-2.0
"""The trigger, as far as it needs no gateway."""

from __future__ import annotations

import importlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ib_provider.triggers.fills import IbFillsTrigger
from ib_provider.triggers.fills_event import FillsEvent, WaitOutcome
from tests.support.airflow_home import gateway_connection


def trigger(**changed: Any) -> IbFillsTrigger:
    arguments: dict[str, Any] = {
        "ib_conn_id": "ib_default",
        "plan_id": "p1",
        "order_refs": ("a-1",),
        "deadline": (datetime.now(UTC) - timedelta(seconds=1)).isoformat(),
        "poll_s": 0.01,
    }
    return IbFillsTrigger(**(arguments | changed))


def test_trigger_is_rebuilt_from_plain_json() -> None:
    """The triggerer knows only the class path and the arguments."""
    path, arguments = json.loads(json.dumps(trigger().serialize()))
    module, _, name = path.rpartition(".")
    again = getattr(importlib.import_module(module), name)(**arguments)
    assert again.serialize() == trigger(deadline=arguments["deadline"]).serialize()


async def test_trigger_without_a_connection_says_so_in_its_event() -> None:
    """The sensor fails for good: no later try finds a connection that nobody made."""
    event = await anext(trigger(ib_conn_id="nobody_made_this").run())
    ended = FillsEvent.from_payload(event.payload, plan_id="p1")
    assert ended.outcome is WaitOutcome.FINAL_ERROR


async def test_trigger_with_no_gateway_at_the_deadline_reports_a_transient_error(
    monkeypatch: pytest.MonkeyPatch, state: Path, unused_tcp_port: int
) -> None:
    """The orders are named, and a retry of the sensor waits again."""
    monkeypatch.setenv("AIRFLOW_CONN_IB_DEFAULT", gateway_connection(unused_tcp_port))
    event = await anext(trigger().run())
    ended = FillsEvent.from_payload(event.payload, plan_id="p1")
    assert ended.outcome is WaitOutcome.TRANSIENT_ERROR
    assert ended.unsettled == ("a-1",)
    assert str(unused_tcp_port) in ended.message
