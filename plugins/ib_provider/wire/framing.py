# SPDX-License-Identifier: Apache-2.0
"""Frames: a four-byte big-endian length, then so many bytes. Bytes in, payloads out; no socket.

A stream that broke once cannot be trusted again: after an error the reader refuses everything.
"""

from __future__ import annotations

import struct

from ib_provider.errors import LocalProtocolError, RemoteProtocolError

__all__ = ["MAX_PAYLOAD", "FrameReader", "frame"]

MAX_PAYLOAD = 0xFFFFFF
"""The longest payload in bytes; IB's own client drops the connection at a longer one."""

_LENGTH = 4
#: A frame longer than this is joined from the pieces it comes in, once, at its end.
_LONG = 1 << 16
_UNPACK = struct.Struct("!I").unpack_from


def frame(payload: bytes) -> bytes:
    """Return the payload with its length in front.

    Raises:
        LocalProtocolError: The payload is empty, or longer than any client accepts.
    """
    if not payload or len(payload) > MAX_PAYLOAD:
        raise LocalProtocolError(f"a payload of {len(payload)} bytes cannot be framed")
    return len(payload).to_bytes(_LENGTH, "big") + payload


class FrameReader:
    """Cuts a byte stream into payloads, however the stream was chopped up.

    Args:
        forgiving: Read past a frame of impossible length and put an empty payload in its place,
            as gateways do; else it is an error, and the stream is not to be trusted again.
    """

    def __init__(self, max_payload: int = MAX_PAYLOAD, *, forgiving: bool = False) -> None:
        self._max_payload = max_payload
        self._forgiving = forgiving
        self._skip = 0
        self._buffer = bytearray()
        self._pieces: list[bytes] = []
        self._missing = 0
        self._broken: str | None = None

    @property
    def pending(self) -> int:
        """Return how many bytes wait for the rest of their frame."""
        return len(self._buffer) + sum(map(len, self._pieces))

    def feed(self, data: bytes) -> list[bytes]:
        """Return the payloads that these bytes completed, in order.

        Raises:
            RemoteProtocolError: A length is zero or above the limit, and the reader not forgiving.
                Frames completed before it in the same call are lost with it: the peer is not
                worth answering.
        """
        if self._broken:
            raise RemoteProtocolError(self._broken)
        payloads: list[bytes] = []
        if self._missing:
            data = self._end_long(data, payloads)
        buffer = self._buffer
        buffer += data
        position, size = self._skipped(0), len(buffer)
        with memoryview(buffer) as view:
            while size - position >= _LENGTH:
                (length,) = _UNPACK(buffer, position)
                if not 0 < length <= self._max_payload:
                    if self._forgiving:
                        payloads.append(b"")
                        self._skip = length
                        position = self._skipped(position + _LENGTH)
                        continue
                    self._broken = f"a frame of {length} bytes is outside 1..{self._max_payload}"
                    raise RemoteProtocolError(self._broken)
                end = position + _LENGTH + length
                if size < end:
                    if length > _LONG:
                        self._pieces.append(bytes(view[position + _LENGTH :]))
                        self._missing, position = end - size, size
                    break
                payloads.append(bytes(view[position + _LENGTH : end]))
                position = end
        del buffer[:position]
        return payloads

    def _end_long(self, data: bytes, payloads: list[bytes]) -> bytes:
        """Take what a long frame still lacks; return the rest."""
        piece = data[: self._missing]
        self._pieces.append(piece)
        self._missing -= len(piece)
        if not self._missing:
            payloads.append(b"".join(self._pieces))
            self._pieces.clear()
        return data[len(piece) :]

    def _skipped(self, position: int) -> int:
        """Return the place behind as much of a frame to be skipped as has come."""
        step = min(self._skip, len(self._buffer) - position)
        self._skip -= step
        return position + step
