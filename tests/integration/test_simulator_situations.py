# SPDX-License-Identifier: Apache-2.0
"""Every code a gateway can send, brought about as it would be: by what a client does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

import pytest

from ib_provider.simulator import SimulatedGateway
from ib_provider.simulator.faults.error_texts import FARM_NOTICES
from tests.integration import test_simulator_error_codes as by_scenario
from tests.support.airflow_home import PROJECT
from tests.support.control import Control
from tests.support.data_situations import DATA_SITUATIONS
from tests.support.error_situations import (
    BY_SCENARIO,
    ELSEWHERE,
    SITUATIONS,
    SPECIFIED,
)
from tests.support.simulator import gateway_in_thread, quick_options
from tests.support.stock_client import stock_client

REFERENCE = PROJECT / "docs" / "reference" / "simulated-gateway.md"


class _Gateways:
    """One gateway for each set of options, started when it is first needed."""

    def __init__(self, version: int, stack: ExitStack) -> None:
        self._version = version
        self._stack = stack
        self._running: dict[str, SimulatedGateway] = {}

    def of(self, options: Any) -> SimulatedGateway:
        name = repr(options)
        if name not in self._running:
            changes = {"control_port": 0, "max_server_version": self._version, **options}
            if "positions" in changes:
                changes["positions"] = {
                    symbol: Decimal(held) for symbol, held in changes["positions"].items()
                }
            self._running[name] = self._stack.enter_context(
                gateway_in_thread(quick_options(**changes))
            )
        return self._running[name]


@pytest.fixture(scope="module", params=[178, 226], ids="sv{}".format)
def gateways(request: pytest.FixtureRequest) -> Iterator[_Gateways]:
    with ExitStack() as stack:
        yield _Gateways(request.param, stack)


@pytest.mark.parametrize("code", sorted({**SITUATIONS, **DATA_SITUATIONS}))
def test_code_comes_of_what_a_client_does(gateways: _Gateways, code: int) -> None:
    """Under the id of the request or the order that it is about, -1 where it is about none."""
    situation = {**SITUATIONS, **DATA_SITUATIONS}[code]
    gateway = gateways.of(situation.options)
    with stock_client(gateway.port) as client, Control(gateway.control_port) as control:
        number = situation.act(client, control)
        told = client.wait("error", lambda got, _, had, *__: (got, had) == (number, code))
        assert told[3]


def test_every_specified_code_has_a_place() -> None:
    """One place each; what a scenario alone brings about is brought about by one in a test."""
    places = [set(SITUATIONS), set(ELSEWHERE), set(BY_SCENARIO)]
    assert set().union(*places) == SPECIFIED
    assert DATA_SITUATIONS.keys() == ELSEWHERE.keys()
    assert sum(map(len, places)) == len(SPECIFIED)
    asked_for = {*by_scenario._SYSTEM, *by_scenario._ORDERS, *by_scenario._REQUESTS}
    assert SPECIFIED - asked_for == {326, 327}
    assert asked_for <= SPECIFIED
    assert {code for code, _ in FARM_NOTICES.values()} <= SPECIFIED


def test_every_specified_code_is_in_the_reference() -> None:
    """With what brings it about."""
    rows = re.findall(r"^\| ([\d, ]+) \| .+ \|", REFERENCE.read_text(), re.MULTILINE)
    told = {int(code) for row in rows for code in row.split(",")}
    assert told >= SPECIFIED
