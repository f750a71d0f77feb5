# SPDX-License-Identifier: Apache-2.0
"""The messages that come by the thousand a second, read straight off their frames.

Strategy: ibapi makes each of them into objects of its own, then calls back with their parts: 50,000
to 60,000 a second, where one loop is asked to carry twice that through to values. Here a text frame
is split once, a protobuf one parsed once by the C library into a message that is used again, and
what comes out is a tuple whose first item is the request id. What comes rarely still goes through
ibapi.

Layouts: ``ibapi/decoder.py`` of versions 176 to 226.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ibapi.common import PROTOBUF_MSG_ID
from ibapi.message import IN
from ibapi.protobuf.HistoricalDataUpdate_pb2 import HistoricalDataUpdate
from ibapi.protobuf.MarketDepth_pb2 import MarketDepth
from ibapi.protobuf.MarketDepthL2_pb2 import MarketDepthL2
from ibapi.protobuf.RealTimeBarTick_pb2 import RealTimeBarTick
from ibapi.protobuf.TickByTickData_pb2 import TickByTickData
from ibapi.protobuf.TickPrice_pb2 import TickPrice
from ibapi.protobuf.TickSize_pb2 import TickSize
from ibapi.server_versions import MIN_SERVER_VER_PROTOBUF

__all__ = ["MessageReader", "live_readers"]

#: A frame → (request id, …). What follows is said at each reader.
MessageReader = Callable[[bytes], tuple[Any, ...]]

#: Bytes of a message id from version 201.
_ID: Final = 4

_BID_ASK: Final = 3
_MIDPOINT: Final = 4

_tick: Final = TickByTickData()
_price: Final = TickPrice()
_size: Final = TickSize()


def _tick_text(payload: bytes) -> tuple[Any, ...]:
    """Return (id, type, seconds, …): see ``_tick_protobuf``."""
    fields = payload.split(b"\0")
    kind = int(fields[2])
    if kind == _BID_ASK:
        flags = int(fields[8])
        return (
            int(fields[1]),
            kind,
            int(fields[3]),
            float(fields[4]),
            float(fields[5]),
            float(fields[6]),
            float(fields[7]),
            flags & 1 != 0,
            flags & 2 != 0,
        )
    if kind == _MIDPOINT:
        return int(fields[1]), kind, int(fields[3]), float(fields[4])
    mask, conditions = fields[6], fields[8]
    flags = 0 if mask == b"0" else int(mask)
    return (
        int(fields[1]),
        kind,
        int(fields[3]),
        float(fields[4]),
        float(fields[5]),
        fields[7].decode(),
        conditions.decode() if conditions else "",
        flags & 1 != 0,
        flags & 2 != 0,
    )


def _tick_protobuf(payload: bytes) -> tuple[Any, ...]:
    """Return (id, type, seconds, …) of one tick.

    A trade goes on with price, size, exchange, conditions, past limit, unreported; a touch with
    bid, ask, their sizes, past low, past high; a middle with its price.
    """
    tick = _tick
    tick.ParseFromString(payload[_ID:])
    kind = tick.tickType
    if kind == _BID_ASK:
        touch = tick.historicalTickBidAsk
        attribute = touch.tickAttribBidAsk
        return (
            tick.reqId,
            kind,
            touch.time,
            touch.priceBid,
            touch.priceAsk,
            float(touch.sizeBid or 0),
            float(touch.sizeAsk or 0),
            attribute.bidPastLow,
            attribute.askPastHigh,
        )
    if kind == _MIDPOINT:
        middle = tick.historicalTickMidPoint
        return tick.reqId, kind, middle.time, middle.price
    trade = tick.historicalTickLast
    attribute = trade.tickAttribLast
    return (
        tick.reqId,
        kind,
        trade.time,
        trade.price,
        float(trade.size or 0),
        trade.exchange,
        trade.specialConditions,
        attribute.pastLimit,
        attribute.unreported,
    )


def _price_text(payload: bytes) -> tuple[Any, ...]:
    """Return (id, tick type, price, size or None)."""
    fields = payload.split(b"\0")
    size = float(fields[5]) if fields[5] else None
    return int(fields[2]), int(fields[3]), float(fields[4]), size


def _price_protobuf(payload: bytes) -> tuple[Any, ...]:
    message = _price
    message.ParseFromString(payload[_ID:])
    size = float(message.size) if message.size else None
    return message.reqId, message.tickType, message.price, size


def _size_text(payload: bytes) -> tuple[Any, ...]:
    """Return (id, tick type, size)."""
    fields = payload.split(b"\0")
    return int(fields[2]), int(fields[3]), float(fields[4])


def _size_protobuf(payload: bytes) -> tuple[Any, ...]:
    message = _size
    message.ParseFromString(payload[_ID:])
    return message.reqId, message.tickType, float(message.size or 0)


def _depth_text(payload: bytes) -> tuple[Any, ...]:
    """Return (id, position, market maker, operation, side, price, size, is smart)."""
    fields = payload.split(b"\0")
    position, operation, side = int(fields[3]), int(fields[4]), int(fields[5])
    return (
        int(fields[2]),
        position,
        "",
        operation,
        side,
        float(fields[6]),
        float(fields[7]),
        False,
    )


def _depth_l2_text(payload: bytes) -> tuple[Any, ...]:
    fields = payload.split(b"\0")
    maker, operation, side = fields[4].decode(), int(fields[5]), int(fields[6])
    smart = len(fields) > 9 and fields[9] == b"1"
    return (
        int(fields[2]),
        int(fields[3]),
        maker,
        operation,
        side,
        float(fields[7]),
        float(fields[8]),
        smart,
    )


def _depth_protobuf(kind: type[Any]) -> MessageReader:
    def read(payload: bytes) -> tuple[Any, ...]:
        message = kind()
        message.ParseFromString(payload[_ID:])
        row = message.marketDepthData
        return (
            message.reqId,
            row.position,
            row.marketMaker,
            row.operation,
            row.side,
            row.price,
            float(row.size or 0),
            row.isSmartDepth,
        )

    return read


def _five_seconds_text(payload: bytes) -> tuple[Any, ...]:
    """Return (id, seconds, open, high, low, close, volume, WAP, count)."""
    fields = payload.split(b"\0")
    numbers = [float(field) for field in fields[4:10]]
    return int(fields[2]), int(fields[3]), *numbers, int(fields[10])


def _five_seconds_protobuf(payload: bytes) -> tuple[Any, ...]:
    bar = RealTimeBarTick()
    bar.ParseFromString(payload[_ID:])
    volume, wap = float(bar.volume or -1), float(bar.WAP or -1)
    return bar.reqId, bar.time, bar.open, bar.high, bar.low, bar.close, volume, wap, bar.count


def _update_text(payload: bytes) -> tuple[Any, ...]:
    """Return (id, date, open, high, low, close, volume, WAP, count): the wire's order differs."""
    fields = payload.split(b"\0")
    first, close, high, low, wap, volume = (float(field or -1) for field in fields[4:10])
    date, count = fields[3].decode(), int(fields[2])
    return int(fields[1]), date, first, high, low, close, volume, wap, count


def _update_protobuf(payload: bytes) -> tuple[Any, ...]:
    message = HistoricalDataUpdate()
    message.ParseFromString(payload[_ID:])
    bar = message.historicalDataBar
    volume, wap = float(bar.volume or -1), float(bar.WAP or -1)
    count = bar.barCount if bar.HasField("barCount") else -1
    return message.reqId, bar.date, bar.open, bar.high, bar.low, bar.close, volume, wap, count


def _behind_id(reader: MessageReader) -> MessageReader:
    """Return a text reader for frames whose message id is four bytes instead of a field."""

    def read(payload: bytes) -> tuple[Any, ...]:
        return reader(b"\0" + payload[_ID:])

    return read


_TEXT: Final[Mapping[int, MessageReader]] = {
    int(IN.TICK_PRICE): _price_text,
    int(IN.TICK_SIZE): _size_text,
    int(IN.MARKET_DEPTH): _depth_text,
    int(IN.MARKET_DEPTH_L2): _depth_l2_text,
    int(IN.REAL_TIME_BARS): _five_seconds_text,
    int(IN.HISTORICAL_DATA_UPDATE): _update_text,
    int(IN.TICK_BY_TICK): _tick_text,
}

_PROTOBUF: Final[Mapping[int, MessageReader]] = {
    int(IN.TICK_PRICE): _price_protobuf,
    int(IN.TICK_SIZE): _size_protobuf,
    int(IN.MARKET_DEPTH): _depth_protobuf(MarketDepth),
    int(IN.MARKET_DEPTH_L2): _depth_protobuf(MarketDepthL2),
    int(IN.REAL_TIME_BARS): _five_seconds_protobuf,
    int(IN.HISTORICAL_DATA_UPDATE): _update_protobuf,
    int(IN.TICK_BY_TICK): _tick_protobuf,
}


def live_readers(server_version: int) -> dict[bytes, tuple[int, MessageReader]]:
    """Return the bytes that a live message begins with → its message id and its reader.

    Up to 200 a message begins with its id as a field, from 201 with four bytes, and protobuf ids
    lie 200 above.
    """
    if server_version < MIN_SERVER_VER_PROTOBUF:
        return {b"%d" % number: (number, reader) for number, reader in _TEXT.items()}
    wide = {
        number.to_bytes(_ID, "big"): (number, _behind_id(reader))
        for number, reader in _TEXT.items()
    }
    return wide | {
        (number + PROTOBUF_MSG_ID).to_bytes(_ID, "big"): (number, reader)
        for number, reader in _PROTOBUF.items()
    }
