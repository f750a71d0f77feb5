# SPDX-License-Identifier: Apache-2.0
"""How long reqCurrentTime takes at an empty gateway, and at one with 32 clients and 1,000 orders.

All but one of the clients stream quotes. The heartbeat's peer is itself without that load.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

from benchmarks.counting_sink import CountingSink
from benchmarks.row import Row
from benchmarks.simulator_throughput import serving

__all__ = ["simulator_heartbeat"]

_CLIENTS: Final = 32
_ORDERS: Final = 1_000
_BEATS: Final = 400
_GAP_S: Final = 0.01
_TIME: Final = 49
_QUOTES: Final = 1
_SLOWEST_MS: Final = 50.0


def simulator_heartbeat() -> Iterator[Row]:
    """Yield the median and the 99th percentile in milliseconds; the goal is 50 at the latter."""
    idle = _beats(clients=1, orders=0)
    busy = _beats(clients=_CLIENTS, orders=_ORDERS)
    for name, place in (("median", 0.5), ("p99", 0.99)):
        mine, alone = (sorted(beats)[int(place * (len(beats) - 1))] for beats in (busy, idle))
        yield Row(
            name=f"simulator_heartbeat_{name}",
            value=mine,
            unit="ms",
            peer="one client, no order",
            peer_value=alone,
            ratio=_SLOWEST_MS / mine,
            goal=1.0,
        )


def _beats(*, clients: int, orders: int) -> list[float]:
    """Return how long each heartbeat took, in milliseconds."""
    with ExitStack() as stack:
        port = stack.enter_context(serving("-m", "benchmarks.serve_orders", str(orders)))
        for number in range(1, clients):
            sink = stack.enter_context(CountingSink(port, 200, client_id=100 + number))
            _watch(sink)
        mine = stack.enter_context(CountingSink(port, 200, client_id=7))
        took = []
        for _ in range(_BEATS):
            began = time.perf_counter()
            mine.send(_TIME, "1")
            mine.read_until(_TIME)
            took.append((time.perf_counter() - began) * 1000)
            time.sleep(_GAP_S)
    return took


def _watch(sink: CountingSink) -> None:
    """Have a client stream quotes of a stock, and read them for as long as it lives."""
    contract = ("0", "IBM", "STK", "", "0", "", "", "SMART", "", "USD", "", "")
    sink.send(_QUOTES, "11", "1", *contract, "0", "", "0", "0", "")

    def read() -> None:
        try:
            sink.count(10**9)
        except (ConnectionError, OSError):
            return

    threading.Thread(target=read, daemon=True).start()
