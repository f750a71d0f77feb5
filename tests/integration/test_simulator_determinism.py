# SPDX-License-Identifier: Apache-2.0
"""The same scenario twice with the same seed writes the same bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ib_provider.simulator.faults.fault_plan import parse_plan
from tests.support.control import Control
from tests.support.simulator import gateway_in_thread, quick_options
from tests.support.stock_client import ibapi_order, ibapi_stock, stock_client

_FAULTS = [
    {"do": "next_order", "how": "reject", "upon": "PlaceOrder", "nth": 2},
    {"do": "tamper", "kinds": ["executions"], "how": "duplicate", "share": 0.5},
    {"do": "language", "language": "de"},
]


def _run(path: Path, version: int, **changes: Any) -> bytes:
    """Return the transcript of one conversation, in which every answer is waited for."""
    options = quick_options(
        speed=0.0,
        transcript=path,
        control_port=0,
        max_server_version=version,
        faults=parse_plan(_FAULTS, "test"),
        **changes,
    )
    stock = ibapi_stock("IBM")
    with (
        gateway_in_thread(options) as gateway,
        stock_client(gateway.port, 5) as client,
        Control(gateway.control_port) as control,
    ):
        ask = client.ask
        ask.reqContractDetails(1, stock)
        client.wait("contractDetailsEnd")
        for number, (size, duration) in enumerate([("1 min", "1 D"), ("1 day", "1 M")], 2):
            ask.reqHistoricalData(
                number, stock, "20130301-21:00:00", duration, size, "TRADES", 1, 2, False, []
            )
            client.wait("historicalDataEnd", lambda got, *_, want=number: got == want)
        ask.reqMktData(4, stock, "", True, False, [])
        client.wait("tickSnapshotEnd")
        ask.placeOrder(1, stock, ibapi_order("BUY", 700))
        client.wait("orderStatus", lambda got, status, *_: (got, status) == (1, "Filled"))
        ask.placeOrder(2, stock, ibapi_order("BUY", 700))
        client.wait("error", lambda got, *_: got == 2)
        ask.placeOrder(3, stock, ibapi_order("SELL", 10, "LMT", lmtPrice=900, tif="GTC"))
        client.wait("orderStatus", lambda got, status, *_: (got, status) == (3, "Submitted"))
        control.do("advance", seconds=60)
        mark = client.mark()
        ask.reqPositions()
        client.wait("positionEnd", since=mark)
        ask.reqCurrentTime()
        client.wait("currentTime", since=mark)
    return path.read_bytes()


@pytest.mark.parametrize("version", [178, 226])
def test_same_scenario_twice_gives_identical_transcripts(tmp_path: Path, version: int) -> None:
    """Bars, quotes, fills, faults, times: byte for byte, in both formats."""
    first, second = (_run(tmp_path / f"{turn}.jsonl", version) for turn in (1, 2))
    assert first == second
    lines = [json.loads(line) for line in first.splitlines()]
    kinds = {line["message"] for line in lines}
    assert {"StartApi", "HistoricalData", "ExecutionDetails", "TickPrice", "ErrorMessage"} <= kinds


def test_another_seed_gives_another_market(tmp_path: Path) -> None:
    """Or the test above would hold for a market that never moves."""
    first, second = (_run(tmp_path / f"{seed}.jsonl", 226, seed=seed) for seed in (1, 2))
    assert first != second
