# SPDX-License-Identifier: Apache-2.0
"""A subscription that outlives its sessions: begun anew after each loss, its gaps told.

Rules:
    * It begins anew when its session was lost, and when IB says that subscriptions are gone
      (1101). After 1102, a farm's break or a heartbeat that came late it goes on as it is.
    * Each beginning is a new request under a new id, made by a new stream object: no timer, no
      last bar and no request id of the one before lives on.
    * A refusal that may pass (10182, 366, 102, a pacing rule) is tried again with back-off, and
      only so often: then its error is the reader's. Any other one is, at once.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar

from ib_provider.client.back_off import BackOff
from ib_provider.errors import (
    ConnectionLost,
    DataFarmDown,
    IbProviderError,
    LocalProtocolError,
    PacingViolation,
    RequestFailed,
    RequestTimeout,
)

if TYPE_CHECKING:
    from ib_provider.client.ib_client import IbClient

__all__ = ["Begin", "Gap", "KeptStream", "SubscriptionState"]

_logger = logging.getLogger(__name__)

Value = TypeVar("Value")

#: A subscription of one session, entered to begin it.
Subscription = AbstractAsyncContextManager[AsyncIterator[Value]]

#: Begins a subscription: gets the client and since when values are missing, None the first time.
Begin = Callable[
    ["IbClient", datetime | None], "Subscription[Value] | Awaitable[Subscription[Value]]"
]

#: Refusals that may pass: duplicate id, query not found, tick-by-tick refused (the farm may be
#: away), live updates lost, "ended, ask again".
_MAY_PASS: Final = frozenset({102, 366, 10182, 10189, 10225})
_MOST_REFUSALS: Final = 5


class SubscriptionState(StrEnum):
    """How one subscription is, whatever the socket and the farms are."""

    WAITING = "waiting"  # for a session, or for the next try
    LIVE = "live"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time in which a subscription was not there; values of it must be fetched otherwise.

    Attributes:
        start: When the last value came, or the subscription began; values after it may lack.
        end: When the subscription began anew.
    """

    request: str
    start: datetime
    end: datetime
    reason: str


class KeptStream(AsyncIterator[Value], Generic[Value]):
    """One subscription as its reader sees it, over all sessions. One reader, entered once.

    Attributes:
        gaps: Every gap so far whose end is known, oldest first.
    """

    def __init__(
        self,
        request: str,
        begin: Begin[Value],
        *,
        client: Callable[[], Awaitable[IbClient]],
        tell: Callable[[Gap], None],
        now: Callable[[], datetime],
        back_off: BackOff,
    ) -> None:
        self.request = request
        self.gaps: list[Gap] = []
        self._begin, self._client, self._tell, self._now = begin, client, tell, now
        self._back_off = back_off
        self._state = SubscriptionState.WAITING
        self._current: Any = None
        self._values: AsyncIterator[Value] | None = None
        self._heard_at: datetime | None = None
        self._refusals = 0
        self._is_entered = False

    @property
    def state(self) -> SubscriptionState:
        """Return how the subscription is now."""
        return self._state

    async def __aenter__(self) -> Self:
        if self._is_entered:
            raise LocalProtocolError(f"{self.request}: a kept stream is entered once")
        self._is_entered = True
        await self._begin_anew(reason="")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._leave()
        self._state = SubscriptionState.ENDED

    async def __anext__(self) -> Value:
        """Return the next value, from whichever session.

        Raises:
            ConnectionLost: The kept session has ended.
            IbProviderError: What no new beginning mends.
        """
        while True:
            if self._values is None:
                raise LocalProtocolError(f"{self.request}: enter it with `async with` to read it")
            try:
                value = await anext(self._values)
            except StopAsyncIteration:
                # The order stream ends without a word when its link does.
                await self._begin_anew(reason="the subscription ended")
            except IbProviderError as error:
                await self._judge(error)
                await self._begin_anew(reason=str(error))
            else:
                self._heard_at = self._now()
                self._refusals = 0
                return value

    async def _begin_anew(self, *, reason: str) -> None:
        self._state = SubscriptionState.WAITING
        while True:
            await self._leave()
            client = await self._client()
            try:
                begun = self._begin(client, self._heard_at)
                self._current = await begun if inspect.isawaitable(begun) else begun
                self._values = await self._current.__aenter__()
            except IbProviderError as error:
                self._current = None
                reason = reason or str(error)
                await self._judge(error)
                continue
            break
        self._state = SubscriptionState.LIVE
        now = self._now()
        if reason and self._heard_at is not None:
            gap = Gap(request=self.request, start=self._heard_at, end=now, reason=reason)
            self.gaps.append(gap)
            _logger.info("%s: values may lack from %s to %s", self.request, gap.start, gap.end)
            self._tell(gap)
        self._heard_at = now

    async def _judge(self, error: IbProviderError) -> None:
        """Return when it is time to begin anew, or raise what a new beginning does not mend."""
        if isinstance(error, ConnectionLost):
            await asyncio.sleep(0)
            return
        passes = isinstance(error, PacingViolation | DataFarmDown | RequestTimeout) or (
            isinstance(error, RequestFailed) and error.code in _MAY_PASS
        )
        self._refusals += 1
        if not passes or self._refusals > _MOST_REFUSALS:
            self._state = SubscriptionState.ENDED
            raise error
        _logger.warning("%s: refused, asked again soon: %s", self.request, error)
        await asyncio.sleep(self._back_off.delay_s(self._refusals))

    async def _leave(self) -> None:
        current, self._current = self._current, None
        if current is not None:
            await current.__aexit__(None, None, None)
