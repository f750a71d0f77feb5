# SPDX-License-Identifier: Apache-2.0
"""Connecting, the session's first messages, and the end of the link."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self

from ib_provider.client.base import ClientBase
from ib_provider.client.encoder import RequestEncoder
from ib_provider.client.endpoint import Endpoint
from ib_provider.client.error_table import ErrorKind, classify
from ib_provider.client.event import AccountsKnown, ErrorReceived, LinkLost, NextOrderId
from ib_provider.client.frame_decoder import FrameDecoder
from ib_provider.client.question import Channel, Question
from ib_provider.client.transport import Transport, open_transport
from ib_provider.client.wrapper import Wrapper
from ib_provider.errors import (
    ClientIdInUse,
    ConnectionLost,
    GatewayNotReady,
    IbProviderError,
    LocalProtocolError,
    RemoteProtocolError,
)

__all__ = ["ConnectionMixin"]


@dataclass(slots=True, kw_only=True)
class _ConnectionState:
    """How far the session has come.

    Attributes:
        step: What is being waited for, for the message of a failure.
        has_next_id: A gateway is ready when it has given this and the accounts.
    """

    step: str = ""
    has_next_id: bool = False
    ready: asyncio.Future[None] | None = None
    reading: asyncio.Task[None] | None = None


class ConnectionMixin(ClientBase):
    """Opens the one connection of a client, and closes it."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self._connection = _ConnectionState()
        self._listen(AccountsKnown, self._on_accounts)
        self._listen(NextOrderId, self._on_next_order_id)
        self._listen(ErrorReceived, self._on_session_error)
        self._listen(LinkLost, self._on_link_lost)

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def connect(self) -> None:
        """Connect, shake hands, start the session and wait until the gateway is ready.

        Ready means that it has given both the accounts and the next order id.

        Raises:
            GatewayNotReady: Unreachable, silent, or closed, within ``connect_timeout_s``.
            ClientIdInUse: Another session holds the client id (error 326).
            RemoteProtocolError: What answers is no gateway, or none of a version we speak.
            LocalProtocolError: This client was connected before.
        """
        if self._connection.reading is not None or self._connection.step:
            raise LocalProtocolError("a client connects once; make another one to reconnect")
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(self._endpoint.connect_timeout_s):
                await self._open(loop)
        except (TimeoutError, ConnectionLost, OSError) as error:
            await self.close()
            raise self._not_ready(error, loop.time() - started) from error
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close the connection. What was sent is not recalled: orders live on at the broker."""
        reading, self._connection.reading = self._connection.reading, None
        if reading is not None:
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reading
        if self._session.transport is not None:
            await self._session.transport.close()
        self._lose("closed by this client")

    async def current_time(self) -> datetime:
        """Return the gateway's clock, in UTC, to the second."""
        rows = await self.ask(
            Question(
                request="current time",
                row=datetime,
                key=Channel.TIME,
                send=lambda ib, _: ib.reqCurrentTime(),
            )
        )
        return rows[0]

    async def _open(self, loop: asyncio.AbstractEventLoop) -> None:
        state, session = self._connection, self._session
        state.step = "no answer to the connection and its handshake"
        transport, hello = await open_transport(self._endpoint)
        session.transport, session.server_version = transport, hello.server_version
        session.encoder = RequestEncoder(
            server_version=hello.server_version, client_id=self._endpoint.client_id
        )
        decoder = FrameDecoder(
            Wrapper(self._pending, self._emit, self._streams),
            self._pending,
            self._streams,
            server_version=hello.server_version,
        )
        state.step = "no accounts and next order id after the session was started"
        state.ready = loop.create_future()
        # Seen, also where sending fails first and nobody awaits it.
        state.ready.add_done_callback(lambda done: done.cancelled() or done.exception())
        state.reading = loop.create_task(self._read(transport, decoder))
        await self._write(session.encoder.encode(lambda ib: ib.startApi()))
        await state.ready

    async def _read(self, transport: Transport, decoder: FrameDecoder) -> None:
        """Decode what comes until the link ends; its end is told to everyone who waits."""
        reason = "the reader failed"
        try:
            while True:
                for payload in await transport.read_payloads():
                    decoder.decode(payload)
        except (ConnectionLost, RemoteProtocolError) as error:
            reason = str(error)
        except asyncio.CancelledError:
            reason = ""  # close() says it
            raise
        finally:
            if reason:
                self._lose(reason)

    def _not_ready(self, error: Exception, waited_s: float) -> GatewayNotReady:
        silent = isinstance(error, TimeoutError)
        reason = self._connection.step if silent else str(error)
        return GatewayNotReady(str(self._endpoint), reason, waited_s)

    def _on_accounts(self, event: AccountsKnown) -> None:
        self._session.managed_accounts = event.accounts
        self._resolve_when_ready()

    def _on_next_order_id(self, _event: NextOrderId) -> None:
        self._connection.has_next_id = True
        self._resolve_when_ready()

    def _resolve_when_ready(self) -> None:
        ready = self._connection.ready
        if ready is None or ready.done():
            return
        if self._connection.has_next_id and self._session.managed_accounts:
            ready.set_result(None)

    def _on_session_error(self, event: ErrorReceived) -> None:
        if classify(event.code, event.message) is ErrorKind.SESSION:
            self._refuse(ClientIdInUse(str(self._endpoint), self._endpoint.client_id))

    def _on_link_lost(self, event: LinkLost) -> None:
        self._refuse(ConnectionLost(f"the link ended before the session: {event.reason}"))

    def _refuse(self, error: IbProviderError) -> None:
        ready = self._connection.ready
        if ready is not None and not ready.done():
            ready.set_exception(error)
