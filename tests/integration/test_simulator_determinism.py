# SPDX-License-Identifier: Apache-2.0
"""The same scenario twice with the same seed writes the same bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ib_provider.simulator.faults.fault_plan import parse_plan
from tests.support.client_list import CALL, IBM
from tests.support.control import Control
from tests.support.ibapi_desk import contract
from tests.support.simulator import gateway_in_thread, quick_options
from tests.support.stock_client import StockClient, ibapi_order, ibapi_stock, stock_client

#: The default clock's start.
OPEN_S = 1_362_409_200
_FAULTS = [
    {"do": "next_order", "how": "reject", "upon": "PlaceOrder", "nth": 2},
    {"do": "tamper", "kinds": ["executions"], "how": "duplicate", "share": 0.5},
    {"do": "language", "language": "de"},
]


def _spread(client: StockClient) -> Any:
    """Return a spread of two calls, as ibapi orders it."""
    spec = {**CALL, "secType": "OPT"}
    legs = []
    for number, (strike, action) in enumerate(((205.0, "BUY"), (210.0, "SELL")), 50):
        client.ask.reqContractDetails(number, contract({**spec, "strike": strike}))
        client.wait("contractDetailsEnd", lambda got, want=number: got == want)
        found = [call[1] for call in client.all("contractDetails") if call[0] == number]
        con_id = found[0].contract.conId
        legs.append({"conId": con_id, "ratio": 1, "action": action, "exchange": "SMART"})
    return contract({**IBM, "secType": "BAG", "comboLegs": legs})


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
        ask.placeOrder(4, _spread(client), ibapi_order("BUY", 1))
        client.wait("orderStatus", lambda got, status, *_: (got, status) == (4, "Filled"))
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


def _streams(path: Path, **changes: Any) -> dict[int, list[str]]:
    """Return what each stream was told while the clock jumped twice, by request id."""
    options = quick_options(speed=0.0, transcript=path, control_port=0, **changes)
    stock = ibapi_stock("IBM")
    with (
        gateway_in_thread(options) as gateway,
        stock_client(gateway.port, 5) as client,
        Control(gateway.control_port) as control,
    ):
        client.ask.reqTickByTickData(1, stock, "AllLast", 10, False)
        client.ask.reqTickByTickData(2, stock, "BidAsk", 10, False)
        client.ask.reqMktDepth(3, stock, 5, True, [])
        client.ask.reqRealTimeBars(4, stock, 5, "TRADES", True, [])
        client.wait("historicalTicksBidAsk")
        for bars in (12, 24):
            control.do("advance", seconds=60)
            last = OPEN_S + 5 * (bars - 1)
            client.wait("realtimeBar", lambda _, start, *__, want=last: start == want)
        client.ask.reqMktData(5, stock, "165,233", False, False, [])
        client.wait("tickString", lambda *call: call[:2] == (5, 45))
    told: dict[int, list[str]] = {}
    for line in path.read_text().splitlines():
        fields = json.loads(line)["fields"]
        if "request_id" in fields:
            told.setdefault(fields["request_id"], []).append(line)
    return told


def test_same_seed_streams_the_same_bytes(tmp_path: Path) -> None:
    """Ticks, books, bars and level 1, each in its own order; another seed streams others."""
    first, second = (_streams(tmp_path / f"{turn}.jsonl") for turn in (1, 2))
    other = _streams(tmp_path / "other.jsonl", seed=2)
    for number in range(1, 6):
        assert first[number] == second[number]
        assert len(first[number]) > 10
        assert first[number] != other[number]
