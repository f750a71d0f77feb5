# SPDX-License-Identifier: Apache-2.0
"""Four clients we did not write, led through one list: ib_async, and ibapi old and new.

Each is unmodified. The newest ibapi runs in an environment of its own that holds nothing else.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from ib_provider.simulator.limits.limits import Limits
from tests.support.airflow_home import PROJECT
from tests.support.client_list import STEPS, Step
from tests.support.ib_async_desk import IbAsyncDesk
from tests.support.ibapi_desk import IbapiDesk
from tests.support.ibapi_stable import stable_python
from tests.support.simulator import gateway_in_thread, quick_options

#: The newest version that the installed ibapi itself speaks: a gateway of 226 meets it there.
_INSTALLED = 225


def _by_name(step: Step) -> str:
    return step.name


@pytest.fixture(
    scope="module", params=["ib_async", 178, 200, 226], ids=lambda of: str(of).replace("_", "-")
)
def desk(request: pytest.FixtureRequest) -> Iterator[Any]:
    """One client for the whole list; a gateway of its own, at the version that is meant."""
    ceiling = request.param if isinstance(request.param, int) else 226
    options = quick_options(max_server_version=ceiling, limits=Limits(max_messages=0))
    with gateway_in_thread(options) as gateway:
        kind = IbapiDesk if isinstance(request.param, int) else IbAsyncDesk
        desk: Any = kind(gateway.port, 7)
        desk.connect()
        meant = min(ceiling, _INSTALLED) if kind is IbapiDesk else 178
        assert desk.version() == meant
        yield desk
        desk.disconnect()


@pytest.mark.parametrize("step", STEPS, ids=_by_name)
def test_client_gets_through_the_list(desk: Any, step: Step) -> None:
    """Each step by itself, in this order, in one session."""
    step.do(desk)


@pytest.fixture(scope="module")
def newest() -> dict[str, str]:
    """Return how each step ended for the newest ibapi: its error, or nothing."""
    python = stable_python()
    options = quick_options(limits=Limits(max_messages=0))
    with gateway_in_thread(options) as gateway:
        command = [str(python), "-m", "tests.support.client_list_process"]
        done = subprocess.run(
            [*command, str(gateway.port), "7"],
            cwd=PROJECT,
            env={},
            capture_output=True,
            text=True,
            check=True,
            timeout=400,
        )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert str(python.parent.parent) in told[0]["ibapi"]
    assert told[0]["version"] == 226
    return {row["step"]: row["error"] for row in told[1:]}


@pytest.mark.parametrize("step", STEPS, ids=_by_name)
def test_newest_ibapi_gets_through_the_list(newest: dict[str, str], step: Step) -> None:
    """At 226, the newest version there is, from an environment that knows nothing of ours."""
    assert newest[step.name] == ""
