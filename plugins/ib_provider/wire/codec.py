# SPDX-License-Identifier: Apache-2.0
"""Payloads to requests, answers to payloads: the one door to both formats.

A payload of version 200 and below is text, its id the first field. From 201 a four-byte id stands
in front; above 200 it says that the body is protobuf. Requests are read in whichever of the two
they come; answers change over group by group, as gateways do.
"""

from __future__ import annotations

from ib_provider.errors import LocalProtocolError, RemoteProtocolError
from ib_provider.wire.answers import Answer, HistoricalData, HistoricalDataEnd
from ib_provider.wire.framing import frame
from ib_provider.wire.message_ids import ANSWERS, PROTOBUF_OFFSET, RAW_ID_SINCE
from ib_provider.wire.protobuf.answers import render_protobuf
from ib_provider.wire.protobuf.requests import parse_protobuf
from ib_provider.wire.requests import Request
from ib_provider.wire.text.answers import render_text
from ib_provider.wire.text.bars import END_MESSAGE_SINCE, render_bars
from ib_provider.wire.text.requests import parse_text

__all__ = ["frame_answer", "parse_request", "render_answer"]

_ID_BYTES = 4
_MAX_ID_DIGITS = 9


def parse_request(payload: bytes, server_version: int) -> Request:
    """Return the request that a payload carries.

    Args:
        payload: One frame without its length.
        server_version: What the handshake agreed on.

    Returns:
        ``UnknownRequest`` where the id is none of ours.

    Raises:
        RemoteProtocolError: The payload is malformed; the message says where.
    """
    if not payload:
        raise RemoteProtocolError("the frame is empty, or over the size limit")
    if server_version < RAW_ID_SINCE:
        head, *texts = _split(payload)
        if not (head.isascii() and head.isdigit() and len(head) <= _MAX_ID_DIGITS):
            raise RemoteProtocolError(f"not a message id: {head[:80]!r}")
        return parse_text(int(head), texts, server_version)
    if len(payload) < _ID_BYTES:
        raise RemoteProtocolError(f"a payload of {len(payload)} bytes has no message id")
    msg_id, body = int.from_bytes(payload[:_ID_BYTES], "big"), payload[_ID_BYTES:]
    if msg_id > PROTOBUF_OFFSET:
        return parse_protobuf(msg_id - PROTOBUF_OFFSET, body)
    return parse_text(msg_id, _split(body) if body else [], server_version)


def _split(body: bytes) -> list[str]:
    try:
        *texts, rest = body.decode("utf-8").split("\0")
    except UnicodeDecodeError:
        raise RemoteProtocolError("text fields are not UTF-8") from None
    if rest or not texts:
        raise RemoteProtocolError("the last field is not terminated")
    return texts


def render_answer(answer: Answer, server_version: int) -> bytes:
    """Return the payload of an answer, id included, without the length in front.

    Returns:
        Nothing where the version has no such message: the end of historical bars below 196,
        which the bars themselves imply.

    Raises:
        LocalProtocolError: The answer cannot be spelled at this version.
    """
    if isinstance(answer, HistoricalDataEnd) and server_version < END_MESSAGE_SINCE:
        return b""
    msg_id, protobuf_since = ANSWERS[type(answer)]
    if server_version >= protobuf_since:
        return (msg_id + PROTOBUF_OFFSET).to_bytes(_ID_BYTES, "big") + render_protobuf(answer)
    body = _text_body(answer, server_version)
    if server_version >= RAW_ID_SINCE:
        return msg_id.to_bytes(_ID_BYTES, "big") + body
    return f"{msg_id}\0".encode() + body


def _text_body(answer: Answer, server_version: int) -> bytes:
    if isinstance(answer, HistoricalData):
        return render_bars(answer, server_version)
    texts = render_text(answer, server_version)
    try:
        return "".join(f"{text}\0" for text in texts).encode("ascii")
    except UnicodeEncodeError as error:
        raise LocalProtocolError(f"{type(answer).__name__} is not ASCII: {error}") from error


def frame_answer(answer: Answer, server_version: int) -> bytes:
    """Return the answer ready to send; nothing where the version has no such message."""
    payload = render_answer(answer, server_version)
    return frame(payload) if payload else b""
