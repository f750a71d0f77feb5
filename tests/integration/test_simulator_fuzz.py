# SPDX-License-Identifier: Apache-2.0
"""Mutated frames over TCP: no crash, no hang, no growth, and nobody else notices.

``FUZZ_FRAMES`` sets how many are sent; a million take some minutes.
"""

from __future__ import annotations

import gc
import logging
import os
import random
import resource
import struct
import time

import pytest

from ib_provider.simulator.limits.limits import Limits
from tests.support.raw_client import RawClient
from tests.support.simulator import gateway_in_thread, quick_options
from tests.support.stock_client import ibapi_order, ibapi_stock, stock_client
from tests.support.wire_peers import ibapi_payload

_FRAMES = int(os.environ.get("FUZZ_FRAMES", "20000"))
_BATCH = 200
#: Growth that is none: the interpreter's own caches, and the market's minutes of a day.
_ALLOWED_MB = 120


def _corpus(version: int) -> list[bytes]:
    """Return payloads as stock ibapi makes them."""
    from ibapi.execution import ExecutionFilter

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
    ]
    return [ibapi_payload(version, call) for call in calls]


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


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("version", [200, 222])
def test_mutated_frames_hurt_nobody(version: int) -> None:
    """The session lives through all of them, and another session is served as before."""
    logging.getLogger("ib_provider").setLevel(logging.CRITICAL)
    chance, corpus = random.Random(version), _corpus(version)
    options = quick_options(
        max_server_version=version, limits=Limits(max_messages=0), fill_delay_s=3600.0
    )
    with gateway_in_thread(options) as gateway, stock_client(gateway.port) as other:
        versions = f"v100..{version}".encode()
        grown = None
        for batch in range(_FRAMES // 2 // _BATCH):
            with RawClient(gateway.port, 900, versions=versions) as raw:
                _feed(raw, [_mutated(chance.choice(corpus), chance) for _ in range(_BATCH)])
                assert _drained(raw)
            if batch == 4:
                gc.collect()
                grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.monotonic()
        mark = other.mark()
        other.ask.reqCurrentTime()
        other.wait("currentTime", since=mark)
        assert time.monotonic() - began < 2
        if grown is not None:
            now = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            assert (now - grown) / 1024 < _ALLOWED_MB
