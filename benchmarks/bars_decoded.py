# SPDX-License-Identifier: Apache-2.0
"""Bars per second of one historical answer, from its frame to what a user reads.

The frame of 100,000 one-minute bars is encoded beforehand. Ours ends with a table of the store's
schema: instants, sessions in the exchange's zone, prices, volumes. ibapi ends with a list of its
bars, one Python object each, dates and volumes still text. Both in the same run, turn by turn.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from typing import Any, Final

from benchmarks.row import Row

__all__ = ["bars_decoded_vs_ibapi"]

_BARS: Final = 100_000
_ROUNDS: Final = 9
_BEGIN: Final = 1_362_409_200
_REQUEST_ID: Final = 2**30 + 1
_TEXT, _PROTOBUF = 200, 225
#: Three million bars a second in protobuf and 600,000 in text, over the 390,000 of ibapi's objects
#: on the machine where the goals were set.
_GOALS: Final = {_PROTOBUF: 3_000_000 / 390_000, _TEXT: 600_000 / 390_000}

_Bar = tuple[str, float, float, float, float, str, str, int]


def bars_decoded_vs_ibapi() -> Iterator[Row]:
    """Yield bars per second in protobuf and in text, ours beside ibapi's."""
    for name, version, body in (
        ("bars_decoded_vs_ibapi", _PROTOBUF, _protobuf_body()),
        ("bars_decoded_vs_ibapi_text", _TEXT, _text_body()),
    ):
        ours, theirs = _rates(partial(_ours, body, version), partial(_ibapi, body, version))
        yield Row(
            name=name,
            value=ours,
            unit="bars/s",
            peer="ibapi 10.46",
            peer_value=theirs,
            ratio=ours / theirs,
            goal=_GOALS[version],
        )


def _rates(ours: Callable[[], int], theirs: Callable[[], int]) -> tuple[float, float]:
    """Return the median rates of both, after one turn that is not counted."""
    found: tuple[list[float], list[float]] = ([], [])
    for turn in range(_ROUNDS + 1):
        for rates, decode in zip(found, (ours, theirs), strict=True):
            began = time.perf_counter()
            count = decode()
            took = time.perf_counter() - began
            if count != _BARS:
                raise RuntimeError(f"{count} bars were decoded of {_BARS}")
            if turn:
                rates.append(_BARS / took)
    return median(found[0]), median(found[1])


def _ours(body: bytes, version: int) -> int:
    from ib_provider.client.bar_frame import BarFrame
    from ib_provider.client.decode_bars import decode_bars
    from ib_provider.domain.bar import BarSize

    frame = BarFrame(body=body, is_protobuf=version == _PROTOBUF, server_version=version)
    table = decode_bars([frame], size=BarSize.MIN_1, time_zone="America/New_York")
    return int(table.num_rows)


def _ibapi(body: bytes, version: int) -> int:
    from ibapi.comm import read_fields
    from ibapi.decoder import Decoder
    from ibapi.message import IN
    from ibapi.wrapper import EWrapper

    seen: list[Any] = []

    class Peer(EWrapper):  # type: ignore[misc] # ibapi ships no types
        def historicalData(self, reqId: int, bar: Any) -> None:  # noqa: ARG002, N802, N803 ibapi's
            seen.append(bar)

    decoder = Decoder(Peer(), version)
    if version == _PROTOBUF:
        decoder.processProtoBuf(body, IN.HISTORICAL_DATA)
    else:
        decoder.interpret(read_fields(body), IN.HISTORICAL_DATA)
    return len(seen)


def _bars() -> Iterator[_Bar]:
    for number in range(_BARS):
        base = 200 + number % 997 / 100
        yield (
            str(_BEGIN + 60 * number),
            base,
            base + 0.37,
            base - 0.41,
            base + 0.05,
            str(100 + number * 7919 % 100_000),
            f"{base + number % 89 / 1000:.3f}",
            1 + number % 900,
        )


def _text_body() -> bytes:
    fields: list[object] = [_REQUEST_ID, _BARS]
    for bar in _bars():
        fields += bar
    return "".join(f"{field}\0" for field in fields).encode()


def _protobuf_body() -> bytes:
    from ibapi.protobuf.HistoricalData_pb2 import HistoricalData

    message = HistoricalData(reqId=_REQUEST_ID)
    names = ("date", "open", "high", "low", "close", "volume", "WAP", "barCount")
    for bar in _bars():
        message.historicalDataBars.add(**dict(zip(names, bar, strict=True)))
    return bytes(message.SerializeToString())
