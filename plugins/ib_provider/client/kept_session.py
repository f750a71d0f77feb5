# SPDX-License-Identifier: Apache-2.0
"""A session that is there again after it was lost: one client after another, until a deadline.

    async with KeptSession(connect, timeout_s=6 * 3600) as kept:
        bars = kept.subscribe("AAPL", lambda client, since: client.real_time_bars(aapl))
        async with bars:
            async for bar in bars: ...

Rules:
    * One client is one connection stays true: every session is a new client, and nothing of the
      last one lives on in it. Request ids, farm states and order ids begin anew.
    * A transient failure is tried again with back-off; any other one ends the keeping, and whoever
      waits gets it. So does the deadline.
    * Inside a reset window a loss is what was to be expected and is told as information; outside
      it is a warning.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from ib_provider.client.back_off import BackOff
from ib_provider.client.ib_client import IbClient
from ib_provider.client.kept_stream import Begin, Gap, KeptStream
from ib_provider.domain.reset_window import ResetWindows
from ib_provider.errors import ConnectionLost, IbProviderError, LocalProtocolError

__all__ = ["Connect", "KeptSession", "SessionLoss", "SessionState"]

_logger = logging.getLogger(__name__)

Value = TypeVar("Value")
Answer = TypeVar("Answer")

#: Opens one session: a client id is leased, a client connected; leaving closes and returns both.
Connect = Callable[[], AbstractAsyncContextManager[IbClient]]

#: A session that lived so long has ended a row of failures.
_SETTLED_S: Final = 60.0


class SessionState(StrEnum):
    """How a kept session is. Says nothing of farms or subscriptions."""

    CONNECTING = "connecting"
    UP = "up"
    WAITING = "waiting"  # for the next try
    ENDED = "ended"  # by its owner, its deadline or an error that no retry mends


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLoss:
    """One time without a session; ``back_at`` is None while it lasts."""

    lost_at: datetime
    back_at: datetime | None
    reason: str
    is_expected: bool


@dataclass(slots=True, kw_only=True)
class _Keeping:
    """What changes while a session is kept."""

    state: SessionState = SessionState.CONNECTING
    client: IbClient | None = None
    error: IbProviderError | None = None
    reason: str = "no session yet"
    sessions: int = 0
    losses: list[SessionLoss] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class KeptSession:
    """Keeps a session at one gateway until a deadline.

    Args:
        connect: Opens one session; called again after each loss.
        timeout_s: Bound on the whole keeping, in seconds from entering it; None for no bound.
        back_off: Waits between tries.
        windows: When a loss is expected.
        now: The wall clock, in UTC.
    """

    def __init__(
        self,
        connect: Connect,
        *,
        timeout_s: float | None,
        back_off: BackOff | None = None,
        windows: ResetWindows | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._connect = connect
        self._timeout_s = timeout_s
        self._back_off = back_off or BackOff()
        self._windows = windows or ResetWindows()
        self._now = now
        self._keeping = _Keeping()
        self._task: asyncio.Task[None] | None = None
        self._gap_listeners: list[Callable[[Gap], None]] = []

    @property
    def state(self) -> SessionState:
        """Return how the session is now."""
        return self._keeping.state

    @property
    def sessions(self) -> int:
        """Return how many sessions there have been."""
        return self._keeping.sessions

    @property
    def losses(self) -> tuple[SessionLoss, ...]:
        """Return every time without a session so far, oldest first."""
        return tuple(self._keeping.losses)

    async def __aenter__(self) -> Self:
        self.start()
        try:
            await self.client()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def start(self) -> None:
        """Begin to keep a session without waiting for it; who starts it closes it.

        Raises:
            LocalProtocolError: Started before.
        """
        if self._task is not None or self._keeping.error is not None:
            raise LocalProtocolError("a kept session is started once; make another one")
        self._task = asyncio.get_running_loop().create_task(self._keep())

    async def close(self) -> None:
        """End the session, and with it everything that waits for it."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
        self._end(ConnectionLost("the kept session was closed"))

    async def client(self, *, timeout_s: float | None = None) -> IbClient:
        """Return the client of the session that is up, waiting for one where none is.

        Args:
            timeout_s: Bound on this wait; the keeping's own deadline where None.

        Raises:
            ConnectionLost: None was there in time, or the keeping has ended.
            IbProviderError: What no retry mends: a wrong account, a port that is no gateway.
        """
        keeping = self._keeping
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    if keeping.error is not None:
                        raise keeping.error
                    if keeping.client is not None and keeping.client.is_connected:
                        return keeping.client
                    keeping.changed.clear()
                    await keeping.changed.wait()
        except TimeoutError:
            raise ConnectionLost(
                f"no session within {timeout_s:g} s; last: {keeping.reason}"
            ) from None

    async def read(self, question: Callable[[IbClient], Awaitable[Answer]]) -> Answer:
        """Return the answer to a question, asked again in the next session where one was lost.

        For questions only: what changes something at the broker must not be sent twice.

        Raises:
            ConnectionLost: No session outlived the question before the deadline.
        """
        while True:
            client = await self.client()
            try:
                return await question(client)
            except ConnectionLost:
                if client.is_connected:
                    raise  # not this session's end
                await asyncio.sleep(0)

    def subscribe(
        self,
        request: str,
        begin: Begin[Value],
        *,
        on_gap: Callable[[Gap], None] | None = None,
    ) -> KeptStream[Value]:
        """Return a subscription that is declared once and begun anew in every session.

        Args:
            request: What is subscribed to, for a person to read.
            begin: Gets the client and since when values are missing (None the first time), and
                returns the subscription, or a coroutine of it, as an async context manager.
            on_gap: Hears of each gap of this subscription, once its end is known.
        """

        def tell(gap: Gap) -> None:
            for listener in (*self._gap_listeners, *((on_gap,) if on_gap else ())):
                listener(gap)

        return KeptStream(
            request, begin, client=self.client, tell=tell, now=self._now, back_off=self._back_off
        )

    def on_gap(self, listener: Callable[[Gap], None]) -> None:
        """Call ``listener`` with every gap of every subscription, once its end is known."""
        self._gap_listeners.append(listener)

    def _end(self, error: IbProviderError) -> None:
        keeping = self._keeping
        keeping.error = keeping.error or error
        keeping.client, keeping.state = None, SessionState.ENDED
        keeping.changed.set()

    async def _keep(self) -> None:
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._keep_on()
        except TimeoutError:
            limit = f"{self._timeout_s:g} s" if self._timeout_s else "the deadline"
            self._end(
                ConnectionLost(f"the session ended after {limit}; last: {self._keeping.reason}")
            )
        except IbProviderError as error:
            self._end(error)
        except BaseException:
            self._end(ConnectionLost("the keeper of the session ended"))
            raise

    async def _keep_on(self) -> None:
        keeping, loop = self._keeping, asyncio.get_running_loop()
        failures = 0
        while True:
            keeping.state, began = SessionState.CONNECTING, loop.time()
            try:
                async with self._connect() as client:
                    self._begin_session(client)
                    began = loop.time()
                    keeping.reason = await client.until_lost()
            except (IbProviderError, OSError) as error:
                if not getattr(error, "transient", True):
                    raise
                keeping.reason = str(error)
            if keeping.client is not None and loop.time() - began > _SETTLED_S:
                failures = 0
            failures += 1
            self._lose_session(keeping.reason)
            await asyncio.sleep(self._back_off.delay_s(failures))

    def _begin_session(self, client: IbClient) -> None:
        keeping = self._keeping
        if keeping.losses and keeping.losses[-1].back_at is None:
            lost = keeping.losses[-1]
            keeping.losses[-1] = SessionLoss(
                lost_at=lost.lost_at,
                back_at=self._now(),
                reason=lost.reason,
                is_expected=lost.is_expected,
            )
            _logger.info("session is back after %s", self._now() - lost.lost_at)
        keeping.client, keeping.state = client, SessionState.UP
        keeping.sessions += 1
        keeping.changed.set()

    def _lose_session(self, reason: str) -> None:
        keeping = self._keeping
        at = self._now()
        expected = self._windows.contain(at)
        level: Any = logging.INFO if expected else logging.WARNING
        where = "in a reset window" if expected else "outside of every reset window"
        if keeping.client is not None or keeping.sessions == 0:
            _logger.log(level, "no session, %s: %s", where, reason)
        if keeping.client is not None:
            keeping.losses.append(
                SessionLoss(lost_at=at, back_at=None, reason=reason, is_expected=expected)
            )
        keeping.client, keeping.state = None, SessionState.WAITING
        keeping.changed.set()
