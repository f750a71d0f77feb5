# SPDX-License-Identifier: Apache-2.0
"""What mixins with subscriptions stand on: how a stream begins, and what ends it.

Rules:
    * A subscription does not outlive its connection, nor IB's word that it is gone (1101): its
      stream then ends with ``ConnectionLost``, and a new one begins under a new request id.
    * Where IB serves a contract's data under another one (a CFD's under its underlying), the
      subscription follows there by itself; its values keep the contract that was asked for.
    * A data farm that breaks ends nothing: the gateway goes on by itself when the farm is well.
"""

from __future__ import annotations

import logging
from typing import Any, Final, TypeVar

from ib_provider.client.base import ClientBase
from ib_provider.client.endpoint import Endpoint
from ib_provider.client.error_table import ErrorKind, classify, to_request_error
from ib_provider.client.event import ErrorReceived, LinkLost, Rerouted
from ib_provider.client.question import Call
from ib_provider.client.stream import DEFAULT_BUFFER, Assemble, Overflow, SendFor, Stream
from ib_provider.domain.contract import Contract, SecType
from ib_provider.errors import ConnectionLost, RequestFailed

__all__ = ["StreamingClient"]

_logger = logging.getLogger(__name__)

Value = TypeVar("Value")

_SUBSCRIPTIONS_GONE: Final = 1101
_DEPTH_RESET: Final = 317

#: Messages of the error channel that say nothing against the subscription they name.
_HARMLESS: Final = frozenset(
    {ErrorKind.NOTICE, ErrorKind.FARM, ErrorKind.CONNECTIVITY, ErrorKind.ORDER_NOTICE}
)


class StreamingClient(ClientBase):
    """Begins subscriptions, ends them, and tells each of its end."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self._listen(ErrorReceived, self._on_stream_error)
        self._listen(Rerouted, self._on_rerouted)
        self._listen(LinkLost, self._on_streams_lost)

    def _stream(
        self,
        request: str,
        assemble: Assemble[Value],
        *,
        send: Call,
        cancel: Call,
        send_for: SendFor | None = None,
        buffer: int = DEFAULT_BUFFER,
        overflow: Overflow = Overflow.FAIL,
    ) -> Stream[Value]:
        return Stream(
            request,
            assemble=assemble,
            begin=lambda stream: self._begin_stream(stream, send),
            leave=lambda stream: self._leave_stream(stream, cancel),
            send_for=send_for,
            buffer=buffer,
            overflow=overflow,
        )

    async def _begin_stream(self, stream: Stream[Any], send: Call) -> None:
        request_id = self._pending.next_request_id()
        message = self._encode(send, request_id)
        await self._pace()
        self._streams.add(request_id, stream)
        await self._write(message)

    def _leave_stream(self, stream: Stream[Any], cancel: Call) -> None:
        request_id = self._streams.remove(stream)
        if request_id is not None and not stream.has_ended:
            self._call_off(cancel, request_id)

    def _on_stream_error(self, event: ErrorReceived) -> None:
        if event.code == _SUBSCRIPTIONS_GONE:
            self._streams.fail_all(
                lambda request: ConnectionLost(f"{request}: {event.code}: {event.message}")
            )
            return
        stream = self._streams.find(event.identifier)
        if stream is None:
            return
        if event.code == _DEPTH_RESET:
            stream.reset()
        elif classify(event.code, event.message) in _HARMLESS:
            _logger.info("%s: %s %s", stream.request, event.code, event.message)
        else:
            stream.fail_by_gateway(to_request_error(event.code, event.message, stream.request))

    def _on_rerouted(self, event: Rerouted) -> None:
        """Ask for what the gateway points to, under a new id: the first request is over."""
        there = Contract(con_id=event.con_id, exchange=event.exchange, sec_type=SecType.UNSAID)
        stream = self._streams.find(event.request_id)
        if stream is None or stream.send_for is None:
            ask = self._pending.find(event.request_id)
            request = "" if ask is None else ask.request
            text = f"the data are those of {there}; ask for that contract"
            self._pending.fail(event.request_id, RequestFailed(0, text, request))
            return
        _logger.info("%s: the data are those of %s", stream.request, there)
        self._streams.remove(stream)
        request_id = self._pending.next_request_id()
        self._streams.add(request_id, stream)
        self._call_off(stream.send_for(there), request_id)

    def _on_streams_lost(self, event: LinkLost) -> None:
        self._streams.fail_all(lambda request: ConnectionLost(f"{request}: {event.reason}"))
