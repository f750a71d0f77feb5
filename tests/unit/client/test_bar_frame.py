# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ibapi.protobuf.HistoricalData_pb2 import HistoricalData

from ib_provider.client.bar_frame import RAW_SCHEMA, BarFrame, frame_request_id, read_bar_frame
from ib_provider.errors import RemoteProtocolError
from tests.support.bar_frames import minute_bars, protobuf_frame, text_frame


@pytest.mark.parametrize("count", [0, 1, 2, 500])
@pytest.mark.parametrize("version", [178, 195, 196, 200])
def test_read_text_frame_is_every_bar_exactly(count: int, version: int) -> None:
    """Both text layouts give the doubles that were written."""
    bars = minute_bars(count)
    table = read_bar_frame(text_frame(bars, version=version))
    assert table.schema == RAW_SCHEMA
    assert table.column("date").to_pylist() == [bar[0] for bar in bars]
    assert table.column("close").to_pylist() == [bar[4] for bar in bars]
    assert table.column("wap").to_pylist() == [float(bar[6]) for bar in bars]


@pytest.mark.parametrize("count", [0, 1, 2, 500])
def test_read_protobuf_frame_equals_the_text_frame(count: int) -> None:
    """The two formats of one answer are one table."""
    bars = minute_bars(count)
    assert read_bar_frame(protobuf_frame(bars)).equals(read_bar_frame(text_frame(bars)))


def test_read_protobuf_frame_of_an_uneven_layout_is_read_all_the_same() -> None:
    """A bar without a volume is legal, and its volume is missing."""
    message = HistoricalData(reqId=7)
    message.historicalDataBars.add(date="20130304", open=1.0, high=2.0, low=0.5, close=1.5)
    message.historicalDataBars.add(date="20130305", open=1.5, volume="10", WAP="1.2", barCount=-1)
    frame = BarFrame(body=message.SerializeToString(), is_protobuf=True, server_version=225)
    table = read_bar_frame(frame)
    assert table.column("volume").to_pylist() == [None, 10.0]
    assert table.column("high").to_pylist() == [2.0, None]
    assert table.column("bar_count").to_pylist() == [None, -1]


@pytest.mark.parametrize("make", [text_frame, protobuf_frame])
def test_read_frame_cut_short_is_an_error(make: type) -> None:
    """Half an answer is no answer: no prefix of a frame reads as fewer bars."""
    frame = make(minute_bars(3))
    for end in range(len(frame.body)):
        cut = replace(frame, body=frame.body[:end])
        try:
            rows = read_bar_frame(cut).num_rows
        except RemoteProtocolError:
            continue
        # Only protobuf, and only between two bars, is a prefix a whole message.
        assert frame.is_protobuf
        assert rows < 3


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"7\0",
        b"7\0x\0",
        b"7\x00-1\0",
        b"7\x001\x00d\x001\x002\x003\x004\x005\x006\x007\x008\0",
        b"7\x001\x00d\x00one\x002\x003\x004\x005\x006\x007\0",
        b"7\x001\x00d,d\x001\x002\x003\x004\x005\x006\x007\0",
        b"7\x001\x00d\n\x001\x002\x003\x004\x005\x006\x007\0",
    ],
)
def test_read_text_frame_that_is_wrong_is_an_error(body: bytes) -> None:
    """A count that is not that of the fields, or a price that is no number, is refused."""
    with pytest.raises(RemoteProtocolError):
        read_bar_frame(BarFrame(body=body, is_protobuf=False, server_version=200))


@given(st.binary(max_size=300))
def test_read_any_bytes_is_a_table_or_a_protocol_error(body: bytes) -> None:
    """No bytes make it raise anything else."""
    for is_protobuf in (True, False):
        frame = BarFrame(body=body, is_protobuf=is_protobuf, server_version=225)
        try:
            assert read_bar_frame(frame).schema == RAW_SCHEMA
        except RemoteProtocolError:
            continue


@pytest.mark.parametrize("make", [text_frame, protobuf_frame])
def test_frame_request_id_is_read_without_the_bars(make: type) -> None:
    """Whose answer it is stands in front."""
    frame = make(minute_bars(2), request_id=1073741999)
    assert frame_request_id(replace(frame, body=frame.body[:40])) == 1073741999


@pytest.mark.parametrize(("body", "is_protobuf"), [(b"", True), (b"\x12", True), (b"x\0", False)])
def test_frame_request_id_of_a_frame_without_one_is_an_error(
    body: bytes, is_protobuf: bool
) -> None:
    """An answer to nobody is not guessed to somebody."""
    with pytest.raises(RemoteProtocolError):
        frame_request_id(BarFrame(body=body, is_protobuf=is_protobuf, server_version=225))


def test_ends_answer_below_196_only() -> None:
    """Up to 195 no end message follows."""
    assert text_frame([], version=195).ends_answer
    assert not text_frame([], version=196).ends_answer
