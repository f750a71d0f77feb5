# SPDX-License-Identifier: Apache-2.0
"""One subscription as its reader sees it: an async iterator over a bounded buffer.

Rules:
    * It begins with ``async with`` and ends with it: the gateway is told when the reader leaves,
      however it leaves.
    * Nothing is lost in silence. A full buffer ends the stream with an error, or drops as its
      policy says and counts what it dropped.
    * An error ends the stream *after* what came before it.
    * Its state is its own: two subscriptions of one contract know nothing of each other.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from enum import StrEnum
from types import TracebackType
from typing import Any, Final, Generic, Protocol, Self, TypeVar

from ib_provider.client.question import Call
from ib_provider.domain.contract import Contract
from ib_provider.errors import (
    IbProviderError,
    LocalProtocolError,
    RemoteProtocolError,
    StreamOverflow,
)

__all__ = ["DEFAULT_BUFFER", "Assemble", "Assembler", "Overflow", "SendFor", "Stream"]

Value = TypeVar("Value")

#: Values that may wait unread: a second of the busiest stream there is.
DEFAULT_BUFFER: Final = 100_000

_UNREADABLE: Final = (ValueError, TypeError, ArithmeticError, LookupError)


class Overflow(StrEnum):
    """What happens when a value comes and the buffer is full."""

    FAIL = "fail"  # the stream ends with StreamOverflow: the default
    DROP_OLDEST = "drop oldest"  # counted in ``dropped``
    LATEST = "latest"  # only the newest value is kept, the rest counted as dropped


class Assembler(Protocol):
    """Makes values of a subscription's messages; has been given where to put them."""

    def take(self, message_id: int, message: Any) -> None:
        """Take in one message of the subscription."""

    def reset(self) -> None:
        """Forget what was assembled: the gateway begins anew."""

    def close(self) -> None:
        """Put what is whole and not put yet; stop whatever would still happen by itself."""


#: Makes the assembler of one stream, given where it is to put values.
Assemble = Callable[[Callable[[Value], None]], Assembler]

#: Makes the message of a subscription for a contract.
SendFor = Callable[[Contract], Call]


class Stream(AsyncIterator[Value], Generic[Value]):
    """A subscription that begins when it is entered.

    Args:
        request: What is subscribed to, for a person to read.
        assemble: Makes the assembler, given where it is to put values.
        begin: Sends the request and registers the stream.
        leave: Forgets the stream, and cancels at the gateway where it still runs there.

    Attributes:
        send_for: Makes the same request for another contract; None where IB never sends one on.
        dropped: How many values a full buffer has cost so far.
        has_ended: The gateway has ended it: there is nothing to cancel.
    """

    def __init__(
        self,
        request: str,
        *,
        assemble: Assemble[Value],
        begin: Callable[[Stream[Any]], Awaitable[None]],
        leave: Callable[[Stream[Any]], None],
        send_for: SendFor | None = None,
        buffer: int = DEFAULT_BUFFER,
        overflow: Overflow = Overflow.FAIL,
    ) -> None:
        if buffer < 1:
            raise LocalProtocolError(f"{request}: a buffer of {buffer} values holds none")
        self.request = request
        self.send_for = send_for
        self.dropped = 0
        self._assembler = assemble(self._put)
        self._begin, self._leave = begin, leave
        self._limit = 1 if overflow is Overflow.LATEST else buffer
        self._overflow = overflow
        self._values: deque[Value] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._error: IbProviderError | None = None
        self._began = self._is_open = False
        self.has_ended = False

    @property
    def is_over(self) -> bool:
        """Return whether nothing more comes; values may still wait to be read."""
        return self._error is not None or not self._is_open

    async def __aenter__(self) -> Self:
        if self._began:
            raise LocalProtocolError(f"{self.request}: a stream begins once; make another one")
        self._began = self._is_open = True
        try:
            await self._begin(self)
        except BaseException:
            self._end()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    async def __anext__(self) -> Value:
        values = self._values
        while not values:
            await self._more()
        return values.popleft()

    async def read(self, *, limit: int = DEFAULT_BUFFER) -> list[Value]:
        """Return the values that wait, at least one and at most ``limit``, oldest first."""
        values = self._values
        while not values:
            await self._more()
        return [values.popleft() for _ in range(min(limit, len(values)))]

    async def _more(self) -> None:
        """Return when a value waits.

        Raises:
            IbProviderError: The stream has ended, and this is why.
        """
        if self._error is not None:
            raise self._error
        if not self._is_open:
            raise LocalProtocolError(f"{self.request}: enter it with `async with` to read it")
        if self._waiter is not None:
            raise LocalProtocolError(f"{self.request}: a stream has one reader")
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def take(self, message_id: int, message: Any) -> None:
        """Take in one message; one that cannot be read ends this stream and no other."""
        try:
            self._assembler.take(message_id, message)
        except IbProviderError as error:
            self.fail(error)
        except _UNREADABLE as error:
            self.fail(
                RemoteProtocolError(f"{self.request}: a message that cannot be read: {error}")
            )

    def reset(self) -> None:
        """Forget what was assembled; the gateway says the rest is void."""
        self._assembler.reset()

    def fail(self, error: IbProviderError) -> None:
        """End the stream with an error, which its reader gets behind what came before."""
        if self._error is not None:
            return
        self._assembler.close()  # it puts what it still holds
        self._error = self._error or error
        self._wake()

    def fail_by_gateway(self, error: IbProviderError) -> None:
        """End the stream because the gateway has: there is nothing left to cancel there."""
        self.has_ended = True
        self.fail(error)

    def _put(self, value: Value) -> None:
        if self._error is not None:
            return
        values = self._values
        if len(values) >= self._limit:
            if self._overflow is Overflow.FAIL:
                self._error = StreamOverflow(self.request, self._limit)
                self._assembler.close()
                self._wake()
                return
            values.popleft()
            self.dropped += 1
        values.append(value)
        if self._waiter is not None:
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _end(self) -> None:
        if self._is_open:
            self._is_open = False
            self._leave(self)
            self._assembler.close()
            self._wake()
