# SPDX-License-Identifier: Apache-2.0
"""Live frames read directly say what ibapi's own decoder reads out of the same bytes."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from hypothesis import strategies as st
from ibapi.comm import read_fields
from ibapi.decoder import Decoder
from ibapi.wrapper import EWrapper

from ib_provider.client.live_message import live_readers
from ib_provider.wire import answers as a
from ib_provider.wire.codec import render_answer
from tests.support.wire_values import message

VERSIONS = (178, 200, 225)
KINDS = [
    a.TickByTickAllLast,
    a.TickByTickBidAsk,
    a.TickByTickMidPoint,
    a.TickPrice,
    a.TickSize,
    a.MarketDepth,
    a.MarketDepthL2,
    a.RealTimeBar,
    a.HistoricalDataUpdate,
]


class Heard(EWrapper):  # type: ignore[misc] # ibapi ships no types
    """Keeps what ibapi's decoder calls back."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[Any, ...]] = []

    def tickByTickAllLast(self, i, kind, time, price, size, attribute, where, conditions):  # type: ignore[no-untyped-def] # noqa: N802, PLR0917
        flags = bool(attribute.pastLimit), bool(attribute.unreported)
        self.calls.append((i, kind, time, price, size, where, conditions, *flags))

    def tickByTickBidAsk(self, i, time, bid, ask, bid_size, ask_size, attribute):  # type: ignore[no-untyped-def] # noqa: N802, PLR0917
        flags = bool(attribute.bidPastLow), bool(attribute.askPastHigh)
        self.calls.append((i, 3, time, bid, ask, bid_size, ask_size, *flags))

    def tickByTickMidPoint(self, i, time, price):  # type: ignore[no-untyped-def] # noqa: N802
        self.calls.append((i, 4, time, price))

    def tickPrice(self, i, kind, price, _):  # type: ignore[no-untyped-def] # noqa: N802
        self.calls.append((i, kind, price))

    def tickSize(self, i, kind, size):  # type: ignore[no-untyped-def] # noqa: N802
        self.calls.append((i, kind, size))

    def updateMktDepth(self, i, position, operation, side, price, size):  # type: ignore[no-untyped-def] # noqa: N802, PLR0917
        self.calls.append((i, position, "", operation, side, price, size, False))

    def updateMktDepthL2(self, i, position, maker, operation, side, price, size, smart):  # type: ignore[no-untyped-def] # noqa: N802, PLR0917
        self.calls.append((i, position, maker, operation, side, price, size, bool(smart)))

    def realtimeBar(self, *bar):  # type: ignore[no-untyped-def] # noqa: N802
        self.calls.append(bar)

    def historicalDataUpdate(self, i, bar):  # type: ignore[no-untyped-def] # noqa: N802
        values = (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.wap, bar.barCount)
        self.calls.append((i, bar.date, *values))


def heard(payload: bytes, version: int) -> tuple[Any, ...]:
    """Return what ibapi makes of a frame."""
    wrapper = Heard()
    decoder = Decoder(wrapper, version)
    if version < 201:
        head, _, body = payload.partition(b"\0")
        decoder.interpret(read_fields(body), int(head))
    else:
        number = int.from_bytes(payload[:4], "big")
        decoder.processProtoBuf(payload[4:], number - 200)
    return wrapper.calls[0]


def plain(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(float(value) if isinstance(value, Decimal | float) else value for value in values)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_reader_agrees_with_ibapi(kind: type, version: int, data: st.DataObject) -> None:
    """Every field of every message, in text and in protobuf; IB's own decoder is the judge."""
    answer = data.draw(message(kind))
    if kind is a.TickByTickAllLast:
        answer = dataclasses.replace(answer, tick_type=1 + answer.tick_type % 2)
    payload = render_answer(answer, version)
    head = payload[:4] if version >= 201 else payload[: payload.index(0)]
    _, reader = live_readers(version)[head]
    ours, theirs = plain(reader(payload)), plain(heard(payload, version))
    if kind is a.TickPrice:
        assert ours[:3] == theirs  # ibapi tells the size in a call of its own
        assert ours[3] == (None if answer.size is None else float(answer.size))
    else:
        assert ours == theirs


def test_text_message_of_a_newer_session_has_its_id_in_four_bytes() -> None:
    """A gateway may answer in text at any version."""
    payload = (99).to_bytes(4, "big") + b"7\x004\x001362409200\x0010.5\x00"
    number, reader = live_readers(225)[payload[:4]]
    assert (number, reader(payload)) == (99, (7, 4, 1362409200, 10.5))


@pytest.mark.parametrize("version", VERSIONS)
def test_cut_frame_is_an_error(version: int) -> None:
    """Half a message is not read as a whole one with defaults, in text; in protobuf it is none."""
    answer = a.MarketDepth(
        request_id=7, position=1, operation=0, side=1, price=Decimal(10), size=Decimal(3)
    )
    payload = render_answer(answer, version)[:-3]
    head = payload[:4] if version >= 201 else payload[: payload.index(0)]
    with pytest.raises((ValueError, IndexError, DecodeError)):
        live_readers(version)[head][1](payload)
