# SPDX-License-Identifier: Apache-2.0
"""The running subscriptions of one connection, by request id, and the way of a frame to each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ib_provider.client.live_message import MessageReader
from ib_provider.client.stream import Stream
from ib_provider.errors import IbProviderError

__all__ = ["StreamTable"]

#: Messages that answer nothing but a subscription. What comes of one that has ended is dropped.
_STREAMS_ONLY: Final = frozenset({12, 13, 50, 90, 99})


class StreamTable:
    """Gives each live message to the subscription it belongs to."""

    def __init__(self) -> None:
        self._streams: dict[int, Stream[Any]] = {}
        self._ids: dict[Stream[Any], int] = {}

    def add(self, request_id: int, stream: Stream[Any]) -> None:
        """Register a subscription."""
        self._streams[request_id] = stream
        self._ids[stream] = request_id

    def remove(self, stream: Stream[Any]) -> int | None:
        """Forget a subscription; return its request id, or None where it was not registered."""
        request_id = self._ids.pop(stream, None)
        if request_id is not None:
            del self._streams[request_id]
        return request_id

    def find(self, request_id: int) -> Stream[Any] | None:
        """Return the subscription of a request id, or None."""
        return self._streams.get(request_id)

    def fail_all(self, make_error: Callable[[str], IbProviderError]) -> None:
        """End every subscription; ``make_error`` gets what it was."""
        for stream in list(self._ids):
            stream.fail(make_error(stream.request))

    def push(self, request_id: int, message_id: int, *values: Any) -> bool:
        """Return whether what ibapi has read was a subscription's, having given it to it."""
        stream = self._streams.get(request_id)
        if stream is None:
            return False
        stream.take(message_id, (request_id, *values))
        return True

    def route(self, message_id: int, reader: MessageReader, payload: bytes) -> bool:
        """Return whether a frame was a subscription's, having given it to it.

        Raises:
            ValueError, TypeError, LookupError, DecodeError: It cannot be read.
        """
        streams = self._streams
        if streams:
            message = reader(payload)
            stream = streams.get(message[0])
            if stream is not None:
                stream.take(message_id, message)
                return True
        return message_id in _STREAMS_ONLY
