# SPDX-License-Identifier: Apache-2.0
"""The client's side of our own codec: requests rendered, answers read back.

The tables read what they write, so this is a few lines. It proves that nothing is lost on the way;
that the bytes are IB's is proved by clients we did not write.
"""

from __future__ import annotations

from ib_provider.wire import answers as a
from ib_provider.wire import requests as r
from ib_provider.wire.message_ids import ANSWERS, PROTOBUF_OFFSET, RAW_ID_SINCE, REQUESTS_SINCE
from ib_provider.wire.protobuf.answers import parse_protobuf_answer
from ib_provider.wire.protobuf.requests import render_protobuf_request
from ib_provider.wire.text.answers import parse_text_answer
from ib_provider.wire.text.bars import parse_bars
from ib_provider.wire.text.requests import render_text_request

__all__ = ["answer_of", "request_payload"]

_TEXT_ONLY = (r.VerifyAndAuthRequest, r.VerifyAndAuthMessage)
_PROTOBUF_ONLY = (r.CancelContractData, r.CancelHistoricalTicks, r.ReqConfig, r.UpdateConfig)


def request_payload(request: r.Request, version: int) -> bytes | None:
    """Return what a client of that version would send; None where it cannot."""
    if isinstance(request, _PROTOBUF_ONLY):
        number, body = render_protobuf_request(request)
        if version < REQUESTS_SINCE[number]:
            return None
        return (number + PROTOBUF_OFFSET).to_bytes(4, "big") + body
    number, texts = render_text_request(request, version)
    if version >= REQUESTS_SINCE.get(number, 10_000) and not isinstance(request, _TEXT_ONLY):
        number, body = render_protobuf_request(request)
        return (number + PROTOBUF_OFFSET).to_bytes(4, "big") + body
    body = "".join(f"{text}\0" for text in texts).encode("ascii")
    if version >= RAW_ID_SINCE:
        return number.to_bytes(4, "big") + body
    return f"{number}\0".encode() + body


def answer_of(cls: type[a.Answer], payload: bytes, version: int) -> a.Answer:
    """Return the answer of this type that a payload of ours carries."""
    number, protobuf_since = ANSWERS[cls]
    if version >= RAW_ID_SINCE:
        head, body = int.from_bytes(payload[:4], "big"), payload[4:]
    else:
        text, _, body = payload.partition(b"\0")
        head = int(text)
    assert head == number + (PROTOBUF_OFFSET if version >= protobuf_since else 0)
    if version >= protobuf_since:
        return parse_protobuf_answer(cls, body)
    texts = body.decode("ascii").split("\0")[:-1]
    if cls is a.HistoricalData:
        return parse_bars(texts, version)
    return parse_text_answer(cls, texts, version)
