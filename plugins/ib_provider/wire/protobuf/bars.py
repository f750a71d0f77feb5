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
from ib_provider.wire.kept_rows import encoded_rows
from ib_provider.wire.protobuf.kinds import DECIMAL
from ib_provider.wire.protobuf.layout import message_class, parse_message
from ib_provider.wire.protobuf.varint import varint

__all__ = ["parse_bars", "render_bars"]

_PRICES = struct.Struct("<BdBdBdBd").pack
_OPEN, _HIGH, _LOW, _CLOSE = 0x11, 0x19, 0x21, 0x29
_HEADS = 43
"""Bytes of a bar besides its texts and its count: four prices of nine, seven tags and lengths."""

_SHORT = 128
"""Below it a length is one byte."""

_MAX_COUNT = 2**31
_COUNTS = tuple(varint(count) for count in range(10_000))


def _count(count: int) -> bytes:
    """Return a count; -1, for bars that are not made of trades, is a negative varint."""
    if not -_MAX_COUNT <= count < _MAX_COUNT:
        raise LocalProtocolError(f"a bar cannot count {count} trades")
    return varint(count)


def _long(date: bytes, prices: bytes, volume: bytes, wap: bytes, count: bytes) -> bytes:
    """Return a bar with a text so long that a length needs two bytes."""
    texts = [
        tag + varint(len(text)) + text
        for tag, text in ((b"\x0a", date), (b"\x32", volume), (b"\x3a", wap))
    ]
    body = b"".join((texts[0], prices, texts[1], texts[2], b"\x40", count))
    return b"\x12" + varint(len(body)) + body


def _rows(bars: Iterable[BarRow]) -> Iterable[bytes]:
    for date, open_, high, low, close, volume, wap, count in bars:
        prices = _PRICES(_OPEN, open_, _HIGH, high, _LOW, low, _CLOSE, close)
        day, amount, average = date.encode(), str(volume).encode(), str(wap).encode()
        trades = _COUNTS[count] if 0 <= count < len(_COUNTS) else _count(count)
        size = _HEADS + len(day) + len(amount) + len(average) + len(trades)
        if size < _SHORT:
            yield b"\x12%c\x0a%c%b%b\x32%c%b\x3a%c%b\x40%b" % (
                size,
                len(day),
                day,
                prices,
                len(amount),
                amount,
                len(average),
                average,
                trades,
            )
        else:
            yield _long(day, prices, amount, average, trades)


def _render_rows(bars: Iterable[BarRow]) -> bytes:
    return b"".join(_rows(bars))


def render_bars(answer: HistoricalData) -> bytes:
    """Return the answer's bytes.

    Raises:
        LocalProtocolError: A value does not fit its field.
    """
    try:
        rows = encoded_rows(answer.bars, _render_rows)
        return b"".join((b"\x08", varint(answer.request_id), rows))
    except (struct.error, TypeError, AttributeError, UnicodeEncodeError) as error:
        raise LocalProtocolError(f"a bar does not fit its message: {error}") from error


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
