# SPDX-License-Identifier: Apache-2.0
"""Connecting, the session's first messages, and the end of the link."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Final, Self

from ib_provider.client.base import ClientBase
from ib_provider.client.encoder import RequestEncoder
from ib_provider.client.endpoint import Endpoint
from ib_provider.client.error_table import ErrorKind, classify
from ib_provider.client.event import AccountsKnown, ErrorReceived, LinkLost, NextOrderId
from ib_provider.client.frame_decoder import FrameDecoder
from ib_provider.client.link_state import LinkState
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

#: What the loop gets to read bytes that came while it was held up.
_LAST_LOOK_S: Final = 0.05


@dataclass(slots=True, kw_only=True)
class _ConnectionState:
    """How far the session has come.

    Attributes:
        step: What is being waited for, for the message of a failure.
        has_next_id: A gateway is ready when it has given this and the accounts.
        heard_at: When the last bytes came, in the loop's seconds.
    """

    step: str = ""
    has_next_id: bool = False
    ready: asyncio.Future[None] | None = None
    reading: asyncio.Task[None] | None = None
    beating: asyncio.Task[None] | None = None
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    link: LinkState = LinkState.NEW
    heard_at: float = 0.0
    heard: asyncio.Event = field(default_factory=asyncio.Event)


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

    @property
    def link_state(self) -> LinkState:
        """Return how the socket is; ``farms`` and ``is_ib_reached`` tell what lies behind it."""
        return self._connection.link

    async def until_lost(self) -> str:
        """Return why the link ended, when it has."""
        await self._connection.lost.wait()
        return self._session.lost

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
        state = self._connection
        tasks = [task for task in (state.beating, state.reading) if task is not None]
        state.beating = state.reading = None
        for task in tasks:
            task.cancel()
        try:
            if tasks:  # waited for, not awaited: a cancellation of ours is not one of theirs
                await asyncio.wait(tasks)
            if self._session.transport is not None:
                await self._session.transport.close()
        finally:
            self._lose("closed by this client")
            state.link = LinkState.DOWN

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
        state.link = LinkState.CONNECTING
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
        await self._pace()  # counted by the gateway like any other message
        await self._write(session.encoder.encode(lambda ib: ib.startApi()))
        await state.ready
        state.link = LinkState.UP
        if self._endpoint.heartbeat_s:
            state.beating = loop.create_task(self._beat(loop))

    async def _read(self, transport: Transport, decoder: FrameDecoder) -> None:
        """Decode what comes until the link ends; its end is told to everyone who waits."""
        reason = "the reader failed"
        try:
            while True:
                payloads = await transport.read_payloads()
                self._heard()
                for payload in payloads:
                    decoder.decode(payload)
        except (ConnectionLost, RemoteProtocolError) as error:
            reason = str(error)
        except asyncio.CancelledError:
            reason = ""  # close() says it
            raise
        finally:
            if reason:
                self._lose(reason)

    def _heard(self) -> None:
        self._connection.heard_at = asyncio.get_running_loop().time()
        self._connection.heard.set()
        if self._connection.link is LinkState.SILENT:
            self._connection.link = LinkState.UP

    async def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        """Ask a quiet gateway for the time; one that stays quiet is gone, whatever TCP says.

        Any byte is a sign of life: a gateway that is busy with a long answer is not silent.
        """
        state, beat_s = self._connection, self._endpoint.heartbeat_s
        while self.is_connected:
            quiet_s = loop.time() - state.heard_at
            if quiet_s < beat_s:
                await asyncio.sleep(beat_s - quiet_s)
                continue
            state.link, asked_at = LinkState.SILENT, loop.time()
            state.heard.clear()
            with contextlib.suppress(TimeoutError, ConnectionLost):
                async with asyncio.timeout(self._endpoint.silence_s):
                    await self._pace()
                    await self._write(self._encode(lambda ib, _: ib.reqCurrentTime(), 0))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(asked_at + self._endpoint.silence_s - loop.time()):
                    await state.heard.wait()
            # A loop that was held up has bytes waiting that it has not read: look once more.
            await asyncio.sleep(_LAST_LOOK_S)
            if not state.heard.is_set():
                silent_s = loop.time() - state.heard_at
                self._lose(f"the gateway has been silent for {silent_s:.1f} s")

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
        self._connection.link = LinkState.DOWN
        self._connection.lost.set()
        self._refuse(ConnectionLost(f"the link ended before the session: {event.reason}"))

    def _refuse(self, error: IbProviderError) -> None:
        ready = self._connection.ready
        if ready is not None and not ready.done():
            ready.set_exception(error)
