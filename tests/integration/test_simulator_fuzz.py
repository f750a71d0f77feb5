# SPDX-License-Identifier: Apache-2.0
"""Mutated frames over TCP: no crash, no hang, no growth, and nobody else notices.

``FUZZ_FRAMES`` sets how many are sent; a million take some minutes. The gateway is a process of
its own, so that its memory is its own, too.
"""

from __future__ import annotations

import os
import random
import resource
import struct
from pathlib import Path
from typing import Any

import pytest

from tests.support.raw_client import RawClient
from tests.support.simulator import gateway_in_process
from tests.support.stock_client import StockClient, ibapi_order, ibapi_stock, stock_client
from tests.support.wire_peers import ibapi_payload

_FRAMES = int(os.environ.get("FUZZ_FRAMES", "20000"))
_BATCH = 200
#: Growth after the first quarter that is none: the heap's own ups and downs.
_ALLOWED_MB = 60


def _corpus(version: int) -> list[bytes]:
    """Return payloads as stock ibapi makes them."""
    from ibapi.execution import ExecutionFilter
    from ibapi.order_cancel import OrderCancel

    stock = ibapi_stock("IBM")
    calls = [
        lambda client: client.reqContractDetails(1, stock),
        lambda client: client.reqHistoricalData(
            2, stock, "", "2 D", "1 hour", "TRADES", 1, 2, False, []
        ),
        lambda client: client.reqMktData(3, stock, "233", False, False, []),
        lambda client: client.cancelMktData(3),
        lambda client: client.placeOrder(4, stock, ibapi_order("BUY", 1, "LMT", lmtPrice=5)),
        lambda client: client.reqExecutions(5, ExecutionFilter()),
        lambda client: client.reqAccountSummary(6, "All", "AccountType"),
        lambda client: client.reqAllOpenOrders(),
        lambda client: client.reqPositions(),
        lambda client: client.reqIds(1),
        lambda client: client.reqTickByTickData(7, stock, "Last", 0, False),
        lambda client: client.reqMktDepth(8, stock, 5, False, []),
        lambda client: client.reqHeadTimeStamp(9, stock, "TRADES", 1, 1),
        lambda client: client.placeOrder(10, _spread(), ibapi_order("BUY", 1, "LMT", lmtPrice=-5)),
        lambda client: client.exerciseOptions(11, stock, 1, 1, "DU1000001", 0, "", "", False),
        lambda client: client.reqAccountUpdatesMulti(12, "DU1000001", "", True),
        lambda client: client.reqPnLSingle(13, "DU1000001", "", 8314),
        lambda client: client.cancelOrder(4, OrderCancel()),
    ]
    return [ibapi_payload(version, call) for call in calls]


def _spread() -> Any:
    from ibapi.contract import ComboLeg

    legs = []
    for con_id, action in ((8314, "BUY"), (265598, "SELL")):
        leg = ComboLeg()
        leg.conId, leg.ratio, leg.action, leg.exchange = con_id, 1, action, "SMART"
        legs.append(leg)
    return ibapi_stock("IBM", secType="BAG", comboLegs=legs)


def _mutated(payload: bytes, chance: random.Random) -> bytes:
    """Return a payload with a few bytes changed, lost, added, or all of them made up."""
    data = bytearray(payload)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(data) + 1)
        match chance.randrange(6):
            case 0 if data:
                data[place % len(data)] = chance.randrange(256)
            case 1:
                data[place:place] = chance.randbytes(chance.randint(1, 8))
            case 2:
                del data[place : place + chance.randint(1, 8)]
            case 3:
                data[place:place] = b"\0"
            case 4:
                digits = [b"-1", b"1e999", b"nan", b"99999999999999999999", b"2147483647", b""]
                data[place:place] = chance.choice(digits)
            case _:
                data[place:place] = data[: chance.randint(0, 40)]
    return bytes(data) or b"\0"


def _feed(raw: RawClient, frames: list[bytes]) -> None:
    """Send frames, and then a question that only a living session answers."""
    raw.socket.sendall(b"".join(struct.pack(">I", len(data)) + data for data in frames))
    raw.send(49, 1)


def _drained(raw: RawClient) -> bool:
    """Read whatever came, until the time is told."""
    while True:
        payload = raw.read_payload()
        if raw.version < 201 and payload.startswith(b"49\0"):
            return True
        if raw.version >= 201 and payload[:4] in (struct.pack(">I", 49), struct.pack(">I", 249)):
            return True


def _resident_mb(pid: int) -> float:
    """Return what a process holds in memory now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("version", [200, 222])
def test_mutated_frames_hurt_nobody(version: int, tmp_path: Path) -> None:
    """The session lives through all of them, another is served as before, and nothing piles up."""
    chance, corpus = random.Random(version), _corpus(version)
    versions, batches = f"v100..{version}".encode(), max(20, _FRAMES // 2 // _BATCH)
    arguments = [
        *("--max-server-version", str(version), "--max-messages", "0", "--fill-delay", "3600"),
        *("--max-clients", "4"),
    ]
    settled = 0.0
    with (
        (tmp_path / "log").open("w") as log,
        gateway_in_process(*arguments, stderr=log) as gateway,
        stock_client(gateway.port, 1) as other,
    ):
        mark = other.mark()
        for batch in range(batches):
            with RawClient(gateway.port, 900, versions=versions) as raw:
                _feed(raw, [_mutated(chance.choice(corpus), chance) for _ in range(_BATCH)])
                assert _drained(raw)
            if batch == batches // 4:
                settled = _resident_mb(gateway.process.pid)
            if batch % 50 == 0:
                _is_served(other)
        _is_served(other)
        # the account's day goes on: nobody else's frames ended this session or spoke into it
        assert {name for name, _ in other.calls[mark:]} <= {"currentTime", "error"}
        assert {code for _, _, code, *_ in other.all("error")} <= {2104, 2106, 2158}
        assert settled > 0
        assert _resident_mb(gateway.process.pid) - settled < _ALLOWED_MB
        assert gateway.process.poll() is None


def _is_served(client: StockClient) -> None:
    mark = client.mark()
    client.ask.reqCurrentTime()
    client.wait("currentTime", since=mark)
