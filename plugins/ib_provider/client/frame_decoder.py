# SPDX-License-Identifier: Apache-2.0
"""Payloads in, callbacks out: ibapi's decoder without its socket, thread and queue.

Historical bars do not pass through it: their frame is handed on whole, to be read in columns. Nor
do the messages of subscriptions, which come by the thousand a second.
"""

from __future__ import annotations

from typing import Final

from google.protobuf.message import DecodeError
from ibapi.comm import read_fields
from ibapi.common import PROTOBUF_MSG_ID
from ibapi.decoder import Decoder
from ibapi.message import IN
from ibapi.server_versions import MIN_SERVER_VER_PROTOBUF
from ibapi.utils import BadMessage

from ib_provider.client.bar_frame import BarFrame, frame_request_id
from ib_provider.client.live_message import live_readers
from ib_provider.client.pending import PendingTable
from ib_provider.client.stream_table import StreamTable
from ib_provider.client.wrapper import Wrapper
from ib_provider.errors import RemoteProtocolError

__all__ = ["FrameDecoder"]

#: What ibapi's decoder raises at a message that it cannot read. A text message that is too short
#: is a TypeError: its handler joins the bytes as if they were text.
_UNDECODABLE: Final = (
    BadMessage,
    DecodeError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    LookupError,
)

#: Bytes of a message id from version 201.
_ID: Final = 4


class FrameDecoder:
    """Reads the payloads of one session."""

    def __init__(
        self,
        wrapper: Wrapper,
        pending: PendingTable,
        streams: StreamTable,
        *,
        server_version: int,
    ) -> None:
        self._decoder = Decoder(wrapper, server_version)
        self._pending = pending
        self._streams = streams
        self._live = live_readers(server_version)
        self._has_wide_ids = server_version >= MIN_SERVER_VER_PROTOBUF
        self._version = server_version

    def decode(self, payload: bytes) -> None:
        """Make the callbacks of one payload.

        Raises:
            RemoteProtocolError: It is no message, or not in the negotiated version's layout.
        """
        head = payload[:_ID] if self._has_wide_ids else payload[: payload.find(0)]
        live = self._live.get(head)
        if live is not None:
            try:
                if self._streams.route(*live, payload):
                    return
            except _UNDECODABLE as error:
                raise _unreadable(live[0], payload, error) from error
        self._decode_rest(payload)

    def _decode_rest(self, payload: bytes) -> None:
        """Make the callbacks of a payload that is no subscription's."""
        message_id, begin, is_protobuf = self._split(payload)
        if message_id == IN.HISTORICAL_DATA:
            bars = memoryview(payload)[begin:]  # megabytes: not copied
            self._hand_on(
                BarFrame(body=bars, is_protobuf=is_protobuf, server_version=self._version)
            )
            return
        body = payload[begin:]
        try:
            if is_protobuf:
                self._decoder.processProtoBuf(body, message_id)
            else:
                self._decoder.interpret(read_fields(body), message_id)
        except _UNDECODABLE as error:
            raise _unreadable(message_id, payload, error) from error

    def _split(self, payload: bytes) -> tuple[int, int, bool]:
        """Return the message id, where its body begins, and whether that is protobuf."""
        try:
            if self._version >= MIN_SERVER_VER_PROTOBUF:
                if len(payload) < _ID:
                    raise ValueError("no message id")
                raw = int.from_bytes(payload[:_ID], "big")
                if raw > PROTOBUF_MSG_ID:
                    return raw - PROTOBUF_MSG_ID, _ID, True
                return raw, _ID, False
            end = payload.index(0)
            return int(payload[:end]), end + 1, False
        except ValueError as error:
            raise RemoteProtocolError(f"a frame that is no message: {error}") from error

    def _hand_on(self, frame: BarFrame) -> None:
        request_id = frame_request_id(frame)
        stream = self._streams.find(request_id)
        if stream is not None:
            stream.take(int(IN.HISTORICAL_DATA), (request_id, frame))
            return
        self._pending.add(request_id, lambda: frame)
        if frame.ends_answer:
            self._pending.end(request_id)


def _unreadable(message_id: int, payload: bytes, error: Exception) -> RemoteProtocolError:
    text = f"message {message_id} of {len(payload)} bytes cannot be decoded: {error!r}"
    return RemoteProtocolError(text)
