# SPDX-License-Identifier: Apache-2.0
"""What every mixin stands on: one way to ask, one way to hear.

Rules:
    * ``ask`` carries every request: id, pacing, time limit, IB's error at once, and the cancel at
      the gateway when the asker gives up. No mixin repeats any of that.
    * A mixin hears what is pushed through ``_listen`` and keeps it in its own state. Mixins do
      not know one another.
    * One client is one connection. When it is gone every open question fails, and so does every
      later one: there is no silent reconnection under a caller's feet.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from ib_provider.client.budget import Budget, LocalBudget
from ib_provider.client.encoder import RequestEncoder
from ib_provider.client.endpoint import Endpoint
from ib_provider.client.event import Event, LinkLost
from ib_provider.client.pending import Key, PendingTable
from ib_provider.client.question import Call, Channel, Question, Row
from ib_provider.client.stream_table import StreamTable
from ib_provider.client.transport import Transport
from ib_provider.client.upstream import Upstream
from ib_provider.errors import ConnectionLost, LocalProtocolError, RequestTimeout

__all__ = ["ClientBase", "Session"]

_logger = logging.getLogger(__name__)

#: Messages that may go out at once; with the rate it stays within 50 in any second.
_BURST: Final = 5

EventT = TypeVar("EventT", bound=Event)


@dataclass(slots=True, kw_only=True)
class Session:
    """The facts of the connection that every mixin may read; the connection mixin writes them."""

    server_version: int = 0
    managed_accounts: tuple[str, ...] = ()
    transport: Transport | None = None
    encoder: RequestEncoder | None = None
    lost: str = "not connected"
    upstream: Upstream = field(default_factory=Upstream)
    locks: dict[Channel, asyncio.Lock] = field(
        default_factory=lambda: {channel: asyncio.Lock() for channel in Channel}
    )


class ClientBase:
    """A connection to one gateway, as the mixins see it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._session = Session()
        self._pending = PendingTable()
        self._streams = StreamTable()
        self._budget: Budget = LocalBudget(rate=endpoint.messages_per_s, burst=_BURST)
        self._listeners: defaultdict[type[Any], list[Callable[[Any], None]]] = defaultdict(list)

    @property
    def client_id(self) -> int:
        """Return the client id of this connection."""
        return self._endpoint.client_id

    @property
    def server_version(self) -> int:
        """Return the negotiated server version; 0 before the connection."""
        return self._session.server_version

    @property
    def managed_accounts(self) -> tuple[str, ...]:
        """Return the accounts of the login."""
        return self._session.managed_accounts

    @property
    def is_connected(self) -> bool:
        """Return whether the socket is up; says nothing of data farms or of IB behind it."""
        return self._session.transport is not None

    def use_budget(self, budget: Budget) -> None:
        """Ask this budget before every message, instead of the connection's own.

        Raises:
            LocalProtocolError: Connected already: messages have gone out uncounted.
        """
        if self._session.server_version:
            raise LocalProtocolError("a budget is given to a client before it connects")
        self._budget = budget

    async def turn(self) -> None:
        """Return when one more message may go out, at once: for who has to do with it first.

        Raises:
            LedgerUnavailable: A shared budget cannot be reached; nothing was spent.
        """
        await self._pace()

    async def ask(self, question: Question[Row]) -> list[Row]:
        """Return the rows of one answer.

        Raises:
            RequestFailed: IB answered with an error; raised when it came, not at the time limit.
            RequestTimeout: No answer in time. The question was called off at the gateway.
            ConnectionLost: The link ended first, or there is none.
            DataFarmDown: What serves it was away all the time; nothing was sent.
            LocalProtocolError: The question cannot be encoded; nothing was sent.
        """
        key = question.key
        if not isinstance(key, Channel):
            return await self._ask(key or self._pending.next_request_id(), question)
        async with self._session.locks[key]:
            return await self._ask(key, question)

    async def _ask(self, key: Key, question: Question[Row]) -> list[Row]:
        request_id = key if isinstance(key, int) else 0
        message = self._encode(question.send, request_id)
        limit_s = question.timeout_s or self._endpoint.request_timeout_s
        if question.farm is not None:
            await self._session.upstream.wait_until_clear(question.farm, timeout_s=limit_s)
        demand = question.history
        async with self._budget.history(demand) if demand else contextlib.nullcontext():
            if not question.has_turn:
                await self._pace()
            return await self._send_and_wait(key, question, message, limit_s=limit_s)

    async def _send_and_wait(
        self, key: Key, question: Question[Row], message: bytes, *, limit_s: float
    ) -> list[Row]:
        pending = self._pending.open(
            key, question.request, empty_is_answer=question.empty_is_answer
        )
        try:
            await self._write(message)
            async with asyncio.timeout(limit_s):
                return await pending.future
        except TimeoutError:
            raise RequestTimeout(question.request, limit_s) from None
        finally:
            self._pending.close(key)
            if question.cancel and (question.is_subscription or not pending.is_over):
                self._call_off(question.cancel, key if isinstance(key, int) else 0)

    async def _pace(self) -> None:
        """Wait for this message's turn."""
        await self._budget.message()

    def _encode(self, call: Call, request_id: int) -> bytes:
        """Return the bytes of a request.

        Raises:
            ConnectionLost: There is no session to speak in.
            LocalProtocolError: The request cannot be encoded.
        """
        encoder = self._session.encoder
        if encoder is None or not self.is_connected:
            raise ConnectionLost(f"no connection to {self._endpoint}: {self._session.lost}")
        return encoder.encode(lambda ib: call(ib, request_id))

    async def _write(self, message: bytes) -> None:
        """Return when a message is with the kernel.

        Raises:
            ConnectionLost: The link ended before or while sending.
        """
        transport = self._session.transport
        if transport is None:
            raise ConnectionLost(f"no connection to {self._endpoint}: {self._session.lost}")
        transport.write(message)
        await transport.flush()

    def _call_off(self, cancel: Call, request_id: int) -> None:
        """Send a cancel without waiting: the asker may be in the middle of being cancelled."""
        if self._session.transport is None:
            return
        self._budget.spend()
        with contextlib.suppress(ConnectionLost, LocalProtocolError):
            self._session.transport.write(self._encode(cancel, request_id))

    def _listen(self, kind: type[EventT], handler: Callable[[EventT], None]) -> None:
        """Call ``handler`` with every event of a kind, in the order they come."""
        self._listeners[kind].append(handler)

    def _emit(self, event: Event) -> None:
        for handler in self._listeners[type(event)]:
            handler(event)

    def _lose(self, reason: str) -> None:
        """End the link: every open question fails, every listener hears it once."""
        transport, self._session.transport = self._session.transport, None
        if transport is None:
            return
        self._session.lost = reason
        transport.abort()
        self._pending.fail_all(lambda request: ConnectionLost(f"{request}: {reason}"))
        self._session.upstream.lose(reason)
        _logger.info("connection to %s ended: %s", self._endpoint, reason)
        self._emit(LinkLost(reason))
