# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ibapi.protobuf.ErrorMessage_pb2 import ErrorMessage

from ib_provider.client.bar_frame import BarFrame
from ib_provider.client.event import ErrorReceived, Event, NextOrderId
from ib_provider.client.frame_decoder import FrameDecoder
from ib_provider.client.pending import PendingTable
from ib_provider.client.stream_table import StreamTable
from ib_provider.client.wrapper import Wrapper
from ib_provider.errors import RemoteProtocolError
from tests.support.bar_frames import minute_bars, protobuf_frame, text_frame


def decoder(version: int) -> tuple[FrameDecoder, PendingTable, list[Event]]:
    events: list[Event] = []
    pending = PendingTable()
    streams = StreamTable()
    wrapper = Wrapper(pending, events.append, streams)
    return FrameDecoder(wrapper, pending, streams, server_version=version), pending, events


def test_decode_text_below_201_has_a_text_id() -> None:
    """The id is the first field."""
    frames, _, events = decoder(200)
    frames.decode(b"9\0" + b"1\0" + b"42\0")
    assert events == [NextOrderId(42)]


def test_decode_text_from_201_has_a_raw_id() -> None:
    """An old message keeps its text behind a raw id."""
    frames, _, events = decoder(201)
    frames.decode((9).to_bytes(4, "big") + b"1\0" + b"42\0")
    assert events == [NextOrderId(42)]


def test_decode_protobuf_error_is_an_event() -> None:
    """Ids above 200 are protobuf."""
    frames, _, events = decoder(225)
    body = ErrorMessage(id=-1, errorCode=2104, errorMsg="OK:usfarm").SerializeToString()
    frames.decode((204).to_bytes(4, "big") + body)
    assert events == [ErrorReceived(-1, 2104, "OK:usfarm")]


async def test_decode_historical_frames_are_handed_on_whole() -> None:
    """No bar is decoded before the answer is complete."""
    bars = minute_bars(3)
    for version, frame, head in (
        (200, text_frame(bars), b"17\0"),
        (225, protobuf_frame(bars), (217).to_bytes(4, "big")),
    ):
        frames, pending, _ = decoder(version)
        ask = pending.open(2**30 + 1, "bars", empty_is_answer=True)
        frames.decode(head + frame.body)
        assert not ask.future.done()
        (row,) = ask.rows
        assert isinstance(row, BarFrame)
        assert row.body == frame.body


async def test_decode_historical_frame_below_196_ends_the_answer() -> None:
    """There the end is implied."""
    frames, pending, _ = decoder(178)
    ask = pending.open(2**30 + 1, "bars", empty_is_answer=True)
    frames.decode(b"17\0" + text_frame(minute_bars(1), version=178).body)
    assert len(await ask.future) == 1


@pytest.mark.parametrize(
    ("version", "payload"),
    [
        (200, b""),
        (200, b"x\0"),
        (200, b"10\0"),
        (200, b"4\0" + b"1\0"),
        (225, b"\0\0"),
        (225, (204).to_bytes(4, "big") + b"\xff\xff\xff"),
    ],
)
def test_decode_what_is_no_message_is_a_protocol_error(version: int, payload: bytes) -> None:
    """A frame that cannot be read is never skipped in silence."""
    frames, _, _ = decoder(version)
    with pytest.raises(RemoteProtocolError):
        frames.decode(payload)


@given(st.sampled_from([178, 200, 225]), st.binary(max_size=200))
def test_decode_any_bytes_raise_nothing_but_protocol_errors(version: int, payload: bytes) -> None:
    """Whatever a peer sends, the reader ends with a reason."""
    frames, _, _ = decoder(version)
    try:
        frames.decode(payload)
    except RemoteProtocolError:
        return
