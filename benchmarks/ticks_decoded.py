# SPDX-License-Identifier: Apache-2.0
"""Tick-by-tick trades per second from bytes to values, on one loop and one thread.

The frames are encoded beforehand and handed over as a socket would, 4096 bytes at a time, which
is how stock ibapi reads and what suits ib_async best. Each side cuts the frames, decodes them and
ends with one value a trade where its user finds them: a stream that is read, a callback, a ticker.
The peers are spared their sockets, ibapi its two threads and the queue between them as well. Each
speaks the newest wire it knows: ib_async text, ibapi protobuf. Ours speaks both, a peer's for it.
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from typing import Any, Final

from benchmarks.row import Row

__all__ = ["ticks_decoded_vs_ib_async", "ticks_decoded_vs_ibapi"]

_TRADES: Final = 100_000
_ROUNDS: Final = 5
_READ: Final = 4096
_TEXT, _PROTOBUF = 178, 225
_BEGIN: Final = 1_362_409_200
#: The first request id of our client; any will do for the peers.
_REQUEST_ID: Final = 2**30 + 1


def ticks_decoded_vs_ib_async() -> Iterator[Row]:
    """Yield trades per second in text, ours beside ib_async's. The goal: 100,000, as it does."""
    yield _row("ticks_decoded_vs_ib_async", "ib_async 2.1", _text_chunks(), _TEXT, _ib_async)


def ticks_decoded_vs_ibapi() -> Iterator[Row]:
    """Yield trades per second in protobuf, ours beside ibapi's."""
    yield _row("ticks_decoded_vs_ibapi", "ibapi 10.46", _protobuf_chunks(), _PROTOBUF, _ibapi)


def _row(
    name: str,
    peer_name: str,
    chunks: list[bytes],
    version: int,
    peer: Callable[[list[bytes]], float],
) -> Row:
    ours: list[float] = []
    theirs: list[float] = []
    for turn in range(_ROUNDS + 1):
        for rates, rate in (
            (ours, asyncio.run(_ours(chunks, version))),
            (theirs, peer(chunks)),
        ):
            if turn:
                rates.append(rate)
    value, peer_value = median(ours), median(theirs)
    return Row(
        name=name,
        value=value,
        unit="ticks/s",
        peer=peer_name,
        peer_value=peer_value,
        ratio=value / peer_value,
        goal=1.0,
    )


async def _ours(chunks: list[bytes], version: int) -> float:
    from ib_provider.client.frame_decoder import FrameDecoder
    from ib_provider.client.pending import PendingTable
    from ib_provider.client.stream import Stream
    from ib_provider.client.stream_table import StreamTable
    from ib_provider.client.tick_assembler import TradeAssembler
    from ib_provider.client.wrapper import Wrapper
    from ib_provider.domain.tick import TradeTick
    from ib_provider.wire.framing import FrameReader

    pending, streams, frames = PendingTable(), StreamTable(), FrameReader()
    wrapper = Wrapper(pending, lambda _: None, streams)
    decoder = FrameDecoder(wrapper, pending, streams, server_version=version)

    async def begin(stream: Stream[Any]) -> None:
        streams.add(_REQUEST_ID, stream)

    stream: Stream[TradeTick] = Stream(
        "trades",
        assemble=partial(TradeAssembler, con_id=8314),
        begin=begin,
        leave=_leave,
    )
    async with stream:
        reader = asyncio.create_task(_read(stream))
        began = time.perf_counter()
        for chunk in chunks:
            for payload in frames.feed(chunk):
                decoder.decode(payload)
            await asyncio.sleep(0)
        await reader
        return _TRADES / (time.perf_counter() - began)


def _leave(_: Any) -> None:
    """Nothing is cancelled here: nobody sends."""


async def _read(stream: Any) -> None:
    count = 0
    async for _ in stream:
        count += 1
        if count == _TRADES:
            return


def _ibapi(chunks: list[bytes]) -> float:
    from ibapi.comm import read_msg
    from ibapi.decoder import Decoder
    from ibapi.wrapper import EWrapper

    seen: list[tuple[Any, ...]] = []

    class Peer(EWrapper):  # type: ignore[misc] # ibapi ships no types
        def tickByTickAllLast(self, *trade: Any) -> None:  # noqa: N802 ibapi's name
            seen.append(trade)

    decoder, buffer = Decoder(Peer(), _PROTOBUF), b""
    began = time.perf_counter()
    for chunk in chunks:
        buffer += chunk
        while buffer:
            _, message, buffer = read_msg(buffer)
            if not message:
                break
            decoder.processProtoBuf(message[4:], int.from_bytes(message[:4], "big") - 200)
    took = time.perf_counter() - began
    _check(len(seen))
    return _TRADES / took


def _ib_async(chunks: list[bytes]) -> float:
    from ib_async import IB, Contract

    ib = IB()
    client = ib.client
    client._serverVersion = client.decoder.serverVersion = _TEXT
    client._apiReady = True
    ticker = ib.wrapper.startTicker(_REQUEST_ID, Contract(conId=8314), "Last")
    feed: Callable[[bytes], None] = client._onSocketHasData  # what its connection calls
    count = 0
    began = time.perf_counter()
    for chunk in chunks:
        feed(chunk)
        count += len(ticker.tickByTicks)
    took = time.perf_counter() - began
    _check(count)
    return _TRADES / took


def _check(count: int) -> None:
    if count != _TRADES:
        raise RuntimeError(f"a peer made {count} values of {_TRADES} trades")


def _trade(number: int) -> tuple[int, float, int]:
    return _BEGIN + number // 1000, 200 + number % 50 / 100, 100 + number % 7


def _text_chunks() -> list[bytes]:
    def encode(number: int) -> bytes:
        second, price, size = _trade(number)
        fields = (99, _REQUEST_ID, 1, second, price, size, 0, "NYSE", "")
        return "".join(f"{field}\0" for field in fields).encode()

    return _chunks(map(encode, range(_TRADES)))


def _protobuf_chunks() -> list[bytes]:
    from ibapi.protobuf.TickByTickData_pb2 import TickByTickData

    def encode(number: int) -> bytes:
        tick = TickByTickData(reqId=_REQUEST_ID, tickType=1)
        trade = tick.historicalTickLast
        trade.time, trade.price, size = _trade(number)
        trade.size, trade.exchange = str(size), "NYSE"
        trade.tickAttribLast.pastLimit = False
        return struct.pack("!I", 299) + bytes(tick.SerializeToString())

    return _chunks(map(encode, range(_TRADES)))


def _chunks(payloads: Iterator[bytes]) -> list[bytes]:
    data = b"".join(struct.pack("!I", len(payload)) + payload for payload in payloads)
    return [data[at : at + _READ] for at in range(0, len(data), _READ)]
