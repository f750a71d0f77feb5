# SPDX-License-Identifier: Apache-2.0
"""Historical frames for tests, made with IB's own message class and by hand as text."""

from __future__ import annotations

from collections.abc import Sequence

from ibapi.protobuf.HistoricalData_pb2 import HistoricalData

from ib_provider.client.bar_frame import BarFrame

Bar = tuple[str, float, float, float, float, str, str, int]


def minute_bars(count: int, *, start: int = 1364909400) -> list[Bar]:
    """Return bars a minute apart from an epoch second, every value different."""
    return [
        (
            str(start + 60 * i),
            100 + i / 7,
            101 + i / 7,
            99 + i / 7,
            100.5 + i / 7,
            str(1000 + i),
            f"{100 + i / 9:.4f}",
            i,
        )
        for i in range(count)
    ]


def text_frame(bars: Sequence[Bar], *, request_id: int = 2**30 + 1, version: int = 200) -> BarFrame:
    """Return a text frame in the layout of a server version."""
    span = ["20130401", "20130402"] if version < 196 else []
    fields = [request_id, *span, len(bars), *(field for bar in bars for field in bar)]
    body = "".join(f"{field}\0" for field in fields).encode()
    return BarFrame(body=body, is_protobuf=False, server_version=version)


def protobuf_frame(bars: Sequence[Bar], *, request_id: int = 2**30 + 1) -> BarFrame:
    """Return a protobuf frame, every field of every bar set."""
    message = HistoricalData(reqId=request_id)
    for date, open_, high, low, close, volume, wap, count in bars:
        message.historicalDataBars.add(
            date=date,
            open=open_,
            high=high,
            low=low,
            close=close,
            volume=volume,
            WAP=wap,
            barCount=count,
        )
    return BarFrame(body=message.SerializeToString(), is_protobuf=True, server_version=225)
