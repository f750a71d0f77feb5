# SPDX-License-Identifier: Apache-2.0
"""What the simulated gateway sends on loopback, one core: bars in both formats, and ticks.

The reader only cuts frames and counts, so that the gateway is what is measured. It asks for a year
of one-minute bars again and again; the first answer is not timed. The peer of each row is the goal
that was set for it.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.counting_sink import CountingSink
from benchmarks.row import Row

__all__ = [
    "FLOOD",
    "ask_for_ticks",
    "serving",
    "serving_process",
    "simulator_bars_protobuf",
    "simulator_bars_text",
    "simulator_ticks",
]

_ROOT: Final = Path(__file__).parents[1]
_ROUNDS: Final = 5
_LISTENING: Final = re.compile(r"listening on \S+?:(\d+)")
_BARS, _BARS_END = 17, 108
_TICKS: Final = 200_000
_GATEWAY: Final = (
    *("-m", "ib_provider.cli.main", "simulator"),
    *("--port", "0", "--max-messages", "0"),
)
FLOOD: Final = (*_GATEWAY, "--speed", "1000000")
"""A gateway on which eleven days pass in a second."""


def simulator_bars_protobuf() -> Iterator[Row]:
    """Yield bars per second at version 226."""
    yield _row("simulator_bars_protobuf", _bars_per_s(226), "bars/s", 400_000)


def simulator_bars_text() -> Iterator[Row]:
    """Yield bars per second at version 200."""
    yield _row("simulator_bars_text", _bars_per_s(200), "bars/s", 200_000)


def simulator_ticks() -> Iterator[Row]:
    """Yield tick-by-tick messages per second at version 226, each made, encoded and sent.

    The simulated clock runs so fast that the stream never catches up with it.
    """
    with serving(*FLOOD) as port, CountingSink(port, 226) as sink:
        rates = []
        ask_for_ticks(sink)
        for _ in range(_ROUNDS + 1):
            began = time.perf_counter()
            sink.count(_TICKS)
            rates.append(_TICKS / (time.perf_counter() - began))
    yield _row("simulator_ticks", statistics.median(rates[1:]), "messages/s", 50_000)


def ask_for_ticks(sink: CountingSink) -> None:
    """Begin a stream of a stock's trades."""
    contract = ("265598", "AAPL", "STK", "", "0", "", "", "SMART", "", "USD", "", "")
    sink.send(97, "1", *contract, "AllLast", "0", "0")


def _row(name: str, value: float, unit: str, goal: float) -> Row:
    return Row(
        name=name,
        value=value,
        unit=unit,
        peer="goal",
        peer_value=goal,
        ratio=value / goal,
        goal=1.0,
    )


def _bars_per_s(version: int) -> float:
    with serving(*_GATEWAY) as port, CountingSink(port, version) as sink:
        _ask(sink, 1)
        bars = sum(_bars_in(payload, version) for payload in sink.read_until(_BARS_END))
        rates = []
        for turn in range(2, 2 + _ROUNDS):
            began = time.perf_counter()
            _ask(sink, turn)
            sink.count_until(_BARS_END)
            rates.append(bars / (time.perf_counter() - began))
    return statistics.median(rates)


def _ask(sink: CountingSink, request_id: int) -> None:
    contract = ("8314", "IBM", "STK", "", "0", "", "", "SMART", "", "USD", "", "", "0")
    query = ("20130302 00:00:00 UTC", "1 min", "1 Y", "1", "TRADES", "2", "0", "")
    sink.send(20, str(request_id), *contract, *query)


def _bars_in(payload: bytes, version: int) -> int:
    if version < 201:
        fields = payload.split(b"\0", 3)
        return int(fields[2]) if fields[0] == b"%d" % _BARS else 0
    if int.from_bytes(payload[:4], "big") != _BARS + 200:
        return 0
    from ibapi.protobuf.HistoricalData_pb2 import HistoricalData

    return len(HistoricalData.FromString(payload[4:]).historicalDataBars)


@contextmanager
def serving(*command: str) -> Iterator[int]:
    """Run a gateway in a process of its own, and yield the port on which it listens."""
    with serving_process(*command) as (port, _):
        yield port


@contextmanager
def serving_process(*command: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Run a gateway in a process of its own, and yield its port and the process."""
    with subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, text=True, cwd=_ROOT
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            match = _LISTENING.search(line)
            if match is None:
                raise RuntimeError(f"the simulated gateway said {line!r}")
            yield int(match[1]), process
        finally:
            process.terminate()
