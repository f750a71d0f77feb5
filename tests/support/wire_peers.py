# SPDX-License-Identifier: Apache-2.0
"""The other side of the wire, played by clients we did not write: ibapi and ib_async."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ib_async import client as ib_async_client
from ib_async import decoder as ib_async_decoder
from ibapi import comm
from ibapi.client import EClient
from ibapi.decoder import Decoder
from ibapi.wrapper import EWrapper

from ib_provider.domain.contract import Contract
from ib_provider.wire.answers import Answer
from ib_provider.wire.codec import render_answer

# The peers' own types do not allow what is done to them here.
IbAsyncClient: Any = ib_async_client.Client
IbAsyncDecoder: Any = ib_async_decoder.Decoder

AAPL = Contract(
    con_id=265598,
    symbol="AAPL",
    exchange="SMART",
    primary_exchange="NASDAQ",
    currency="USD",
    local_symbol="AAPL",
    trading_class="NMS",
)
ACCOUNT = "DU1000001"
UNSET = 1.7976931348623157e308
"""How the peers show a price that is not there."""

VERSIONS = (176, 178, 187, 192, 200, 203, 207, 213, 222, 225)
"""Where layouts change: the oldest, each generation of text fields, each protobuf group."""

IB_ASYNC_VERSIONS = (176, 178)

Callback = tuple[str, tuple[Any, ...]]


class SentBytes:
    """Stands where a client keeps its socket, and keeps what it sends."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def isConnected(self) -> bool:  # noqa: N802
        return True

    def sendMsg(self, data: bytes) -> None:  # noqa: N802
        self.frames.append(data)


class Recorder(EWrapper):  # type: ignore[misc]  # ibapi ships no types
    """An ibapi wrapper that writes down which callback came with what."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Callback] = []

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_") or name == "calls" or not hasattr(EWrapper, name):
            return super().__getattribute__(name)
        if name.endswith("ProtoBuf"):
            return lambda *_: None
        calls = self.calls
        return lambda *args: calls.append((name, args))


class IbAsyncRecorder:
    """The same for ib_async, whose decoder asks its wrapper for a little more."""

    TimezoneTWS = "US/Eastern"
    defaultTimezone = None  # noqa: N815

    def __init__(self) -> None:
        self.calls: list[Callback] = []
        self.ib = self

    def __getattr__(self, name: str) -> Any:
        return lambda *args: self.calls.append((name, args))


def ibapi_client(version: int) -> tuple[EClient, Recorder, SentBytes]:
    """Return an ibapi client that believes in a session of that version."""
    recorder, sent = Recorder(), SentBytes()
    client = EClient(recorder)
    client.conn = sent
    client.serverVersion_ = version
    client.clientId = 7
    client.optCapab = ""
    client.setConnState(EClient.CONNECTED)
    return client, recorder, sent


def ibapi_payload(version: int, call: Callable[[EClient], object]) -> bytes:
    """Return the payload that ibapi makes of one call."""
    client, recorder, sent = ibapi_client(version)
    call(client)
    assert recorder.calls == [], recorder.calls
    (frame,) = sent.frames
    return frame[4:]


def ib_async_payload(version: int, call: Callable[[Any], object]) -> bytes:
    """Return the payload that ib_async makes of one call."""
    client, sent = IbAsyncClient(wrapper=None), SentBytes()
    client.conn = sent
    client.connState = IbAsyncClient.CONNECTED
    client._serverVersion = version
    client.clientId = 7
    client.MaxRequests = 0
    call(client)
    (frame,) = sent.frames
    return frame[4:]


def ibapi_callbacks(version: int, payload: bytes) -> list[Callback]:
    """Return the callbacks that ibapi makes of one payload."""
    recorder = Recorder()
    decoder = Decoder(recorder, version)
    if version >= 201:
        msg_id, body = int.from_bytes(payload[:4], "big"), payload[4:]
    else:
        head, _, body = payload.partition(b"\0")
        msg_id = int(head)
    if msg_id > 200:
        decoder.processProtoBuf(body, msg_id - 200)
    else:
        decoder.interpret(comm.read_fields(body), msg_id)
    return recorder.calls


def ib_async_callbacks(version: int, payload: bytes) -> list[Callback]:
    """Return the callbacks that ib_async makes of one payload."""
    recorder = IbAsyncRecorder()
    fields = payload.decode(errors="backslashreplace").split("\0")[:-1]
    IbAsyncDecoder(recorder, version).interpret(fields)
    return recorder.calls


def assert_exact_at_every_version(answer: Answer) -> None:
    """Check that ibapi reads the answer at each version, and its last text field too.

    A field less must fail there: then none was surplus.
    """
    for version in range(176, 226):
        payload = render_answer(answer, version)
        assert len(ibapi_callbacks(version, payload)) == 1, version
        if version < 201:
            with pytest.raises(TypeError):  # how ibapi fails over a message that is too short
                ibapi_callbacks(version, b"\0".join(payload.split(b"\0")[:-2]) + b"\0")
