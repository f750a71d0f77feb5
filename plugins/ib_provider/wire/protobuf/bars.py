# SPDX-License-Identifier: Apache-2.0
"""Bars as protobuf, written byte by byte: a message object for each of 100,000 rows takes too long.

Source: the field numbers of ``HistoricalDataBar``: 1 date, 2 to 5 open, high, low, close (doubles),
6 volume, 7 wap (decimal text), 8 count; of ``HistoricalData``: 1 request id, 2 the bars. The tests
read the bytes back with ibapi's own class.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from ib_provider.errors import LocalProtocolError
from ib_provider.wire.answers import BarRow, HistoricalData
from ib_provider.wire.protobuf.kinds import DECIMAL
from ib_provider.wire.protobuf.layout import message_class, parse_message
from ib_provider.wire.protobuf.varint import varint

__all__ = ["parse_bars", "render_bars"]

_PRICES = struct.Struct("<BdBdBdBd").pack
_OPEN, _HIGH, _LOW, _CLOSE = 0x11, 0x19, 0x21, 0x29
_SHORT = tuple(bytes((size,)) for size in range(128))
_MAX_COUNT = 2**31
_BAR, _DATE, _VOLUME, _WAP, _COUNT = b"\x12", b"\x0a", b"\x32", b"\x3a", b"\x40"


def _text(text: str) -> bytes:
    data = text.encode()
    return (_SHORT[len(data)] if len(data) < 128 else varint(len(data))) + data


def _render_bar(bar: BarRow) -> bytes:
    date, open_, high, low, close, volume, wap, count = bar
    if not 0 <= count < _MAX_COUNT:
        raise LocalProtocolError(f"a bar cannot count {count} trades")
    try:
        return b"".join(
            (
                _DATE,
                _text(date),
                _PRICES(_OPEN, open_, _HIGH, high, _LOW, low, _CLOSE, close),
                _VOLUME,
                _text(str(volume)),
                _WAP,
                _text(str(wap)),
                _COUNT,
                varint(count),
            )
        )
    except (struct.error, TypeError, AttributeError, UnicodeEncodeError) as error:
        raise LocalProtocolError(f"a bar does not fit its message: {error}") from error


def _parts(bars: Iterable[BarRow]) -> Iterable[bytes]:
    for bar in bars:
        body = _render_bar(bar)
        yield _BAR
        yield _SHORT[len(body)] if len(body) < 128 else varint(len(body))
        yield body


def render_bars(answer: HistoricalData) -> bytes:
    """Return the answer's bytes.

    Raises:
        LocalProtocolError: A value does not fit its field.
    """
    return b"".join((b"\x08", varint(answer.request_id), *_parts(answer.bars)))


def parse_bars(body: bytes) -> HistoricalData:
    """Return the bars that these bytes carry.

    Raises:
        RemoteProtocolError: They are not that message.
    """
    message = parse_message(message_class("HistoricalData"), body)
    rows = [
        (
            bar.date,
            bar.open,
            bar.high,
            bar.low,
            bar.close,
            DECIMAL.parse(bar.volume),
            DECIMAL.parse(bar.WAP),
            bar.barCount,
        )
        for bar in message.historicalDataBars  # type: ignore[attr-defined]
    ]
    return HistoricalData(request_id=message.reqId, bars=rows)  # type: ignore[attr-defined]
