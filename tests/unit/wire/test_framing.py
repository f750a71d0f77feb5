# SPDX-License-Identifier: Apache-2.0
"""Frames, however the stream is chopped up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.errors import LocalProtocolError, RemoteProtocolError
from ib_provider.wire.framing import MAX_PAYLOAD, FrameReader, frame

PAYLOADS = [b"a", b"bc" * 5000, b"\0\0\0\5"]
STREAM = b"".join(map(frame, PAYLOADS))


def test_frame_reader_fed_whole_returns_every_payload() -> None:
    """One read may hold several frames."""
    assert FrameReader().feed(STREAM) == PAYLOADS


def test_frame_reader_fed_byte_by_byte_returns_every_payload() -> None:
    """One frame may take many reads."""
    reader = FrameReader()
    assert [p for i in range(len(STREAM)) for p in reader.feed(STREAM[i : i + 1])] == PAYLOADS
    assert reader.pending == 0


def test_frame_reader_with_trailing_bytes_keeps_them() -> None:
    """The beginning of the next frame waits for its end."""
    reader = FrameReader()
    assert reader.feed(STREAM + frame(b"xyz")[:5]) == PAYLOADS
    assert reader.pending == 5
    assert reader.feed(b"yz") == [b"xyz"]


@given(st.lists(st.binary(min_size=1, max_size=50)), st.integers(1, 60))
def test_frame_reader_at_any_chop_gives_back_what_was_framed(
    payloads: list[bytes], step: int
) -> None:
    """Framing and reading cancel out, whatever the read sizes."""
    stream = b"".join(map(frame, payloads))
    reader = FrameReader()
    chunks = [stream[i : i + step] for i in range(0, len(stream), step)]
    assert [payload for chunk in chunks for payload in reader.feed(chunk)] == payloads


@pytest.mark.parametrize("step", [1 << 16, 100_000, 250_001, 1 << 20])
def test_frame_reader_of_long_frames_in_pieces_returns_every_payload(step: int) -> None:
    """Frames of megabytes come whole, and so does what stands before, between and behind them."""
    payloads = [b"a", bytes(range(256)) * 3000, b"bc", b"x" * 200_000, b"y" * 200_000, b"z"]
    stream = b"".join(map(frame, payloads))
    reader, found, fed = FrameReader(), list[bytes](), 0
    for at in range(0, len(stream), step):
        found += reader.feed(stream[at : at + step])
        fed += len(stream[at : at + step])
        held = fed - sum(4 + len(payload) for payload in found)
        assert held - 4 <= reader.pending <= held
    assert found == payloads


@pytest.mark.parametrize("length", [0, 11, 2**32 - 1])
def test_frame_reader_at_an_impossible_length_refuses_for_good(length: int) -> None:
    """A length that is no length means the stream is lost, now and later."""
    reader = FrameReader(max_payload=10)
    for data in (length.to_bytes(4, "big"), frame(b"fine")):
        with pytest.raises(RemoteProtocolError, match="outside"):
            reader.feed(data)


@pytest.mark.parametrize("size", [0, MAX_PAYLOAD + 1])
def test_frame_of_an_unsendable_payload_is_refused(size: int) -> None:
    """Nothing is sent that a client would drop the connection for."""
    with pytest.raises(LocalProtocolError):
        frame(bytes(size))


@given(st.lists(st.integers(1, 9), max_size=30))
def test_forgiving_reader_reads_past_a_frame_that_is_too_long(steps: list[int]) -> None:
    """An empty payload stands in its place, however the stream is cut; what follows is whole."""
    stream = frame(b"ab") + b"\0\0\0\x20" + bytes(32) + bytes(4) + frame(b"cd")
    reader = FrameReader(16, forgiving=True)
    found: list[bytes] = []
    for step in steps:
        found += reader.feed(stream[:step])
        stream = stream[step:]
    assert [*found, *reader.feed(stream)] == [b"ab", b"", b"", b"cd"]
