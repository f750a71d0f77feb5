# SPDX-License-Identifier: Apache-2.0
"""One connected client: its bytes in and out, its handshake, the work done for it.

Nothing is sent before START_API but the version answer: clients throw away what follows it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from ib_provider.errors import RemoteProtocolError
from ib_provider.simulator.limits.message_rate import MessageRate
from ib_provider.simulator.limits.request_gate import RequestGate
from ib_provider.simulator.outbox import Outbox
from ib_provider.simulator.refusal import Refusal
from ib_provider.simulator.transcript import Transcript
from ib_provider.wire.codec import parse_request
from ib_provider.wire.framing import FrameReader
from ib_provider.wire.handshake import PREFIX, negotiate, parse_hello, render_server_hello
from ib_provider.wire.messages import Answer, ErrorMessage, Request, StartApi

__all__ = ["Session"]

log = logging.getLogger(__name__)

_READ_BYTES = 65_536
_TOO_FAST = "Max rate of messages per second has been exceeded"


class Session:
    """A client's connection, from accept to close. A ``ClientLink`` once it has named itself."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        max_server_version: int,
        now: Callable[[], datetime],
        started: Callable[[Session], bool],
        handle: Callable[[Session, Request], None],
        outbox: Outbox,
        gate: RequestGate,
        rate: MessageRate,
        reject_excess: bool,
        transcript: Transcript,
    ) -> None:
        self.client_id = -1
        self.server_version = 0
        self.outbox = outbox
        self.gate = gate
        self.requests = 0
        self._reader = reader
        self._writer = writer
        self._max_server_version = max_server_version
        self._now = now
        self._started = started
        self._handle = handle
        self._rate = rate
        self._reject_excess = reject_excess
        self._transcript = transcript
        self._asked = ""
        self._frames = FrameReader(forgiving=True)
        self._works: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._subscriptions: defaultdict[str, set[int]] = defaultdict(set)

    async def serve(self) -> None:
        """Talk to the client until it, or the gateway, ends the connection."""
        try:
            if await self._handshake():
                await self._serve_requests()
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            log.info("client %d: connection ended: %r", self.client_id, error)
        except RemoteProtocolError as error:
            log.warning("client %d: connection closed: %s", self.client_id, error)
        finally:
            self.close()

    def close(self) -> None:
        """End the connection and all work done for it."""
        for work in self._works.values():
            work.cancel()
        self.outbox.close()
        self._writer.close()

    def cut(self) -> None:
        """End the connection as a gateway that dies does: no goodbye."""
        self._writer.transport.abort()

    def send(self, answer: Answer) -> None:
        """Queue an answer; nothing happens where the client has gone."""
        if self._writer.is_closing():
            return
        self.gate.open.answered(answer)
        self.outbox.send(answer, self._asked)

    def fail(self, request_id: int, refusal: Refusal) -> None:
        """Queue an error about a request."""
        self.send(
            ErrorMessage(
                request_id=request_id,
                code=refusal.code,
                message=refusal.message,
                time_ms=int(self._now().timestamp() * 1000),
            )
        )

    async def drain(self) -> None:
        """Wait until the client has taken most of what is queued."""
        await self.outbox.drain()

    def begin(self, name: str, request_id: int, work: Coroutine[Any, Any, None]) -> None:
        """Run work for a request until it ends, is withdrawn, or the client goes."""
        key = (name, request_id)
        task = asyncio.get_running_loop().create_task(work)
        self._works[key] = task
        task.add_done_callback(lambda done: self._finished(key, done))

    def running(self, name: str) -> int:
        """Return how many works of one kind are under way."""
        return sum(1 for kind, _ in self._works if kind == name)

    def is_running(self, name: str, request_id: int) -> bool:
        """Return whether the work of a request is under way."""
        return (name, request_id) in self._works

    def end(self, name: str, request_id: int) -> bool:
        """Stop the work of a request; False where there was none."""
        task = self._works.pop((name, request_id), None)
        return task is not None and task.cancel()

    def subscriptions(self, name: str) -> set[int]:
        """Return the request ids of one kind of subscription, to change in place."""
        return self._subscriptions[name]

    async def _handshake(self) -> bool:
        prefix = await self._reader.readexactly(len(PREFIX))
        if prefix != PREFIX:
            raise RemoteProtocolError(f"a connection begins with {PREFIX!r}, not {prefix!r}")
        size = int.from_bytes(await self._reader.readexactly(4), "big")
        if size > _READ_BYTES:
            raise RemoteProtocolError(f"a greeting of {size} bytes")
        hello = parse_hello(await self._reader.readexactly(size))
        version = negotiate(hello, self._max_server_version)
        if version is None:
            log.warning("client speaks v%d..%d: closed", hello.min_version, hello.max_version)
            return False
        self.server_version = version
        self.outbox.write(render_server_hello(version, f"{self._now():%Y%m%d %H:%M:%S} UTC"))
        return True

    async def _serve_requests(self) -> None:
        clock = asyncio.get_running_loop().time
        while data := await self._reader.read(_READ_BYTES):
            for payload in self._frames.feed(data):
                if self._reject_excess and self._rate.wait_s(clock()):
                    self.fail(-1, Refusal(code=100, message=_TOO_FAST))
                    alive = not self._rate.violated()
                else:
                    if wait := self._rate.wait_s(clock()):
                        await asyncio.sleep(wait)
                    self._rate.passed(clock())
                    alive = self._serve_payload(payload)
                if not alive:
                    await self.drain()
                    return
            await self.drain()

    def _serve_payload(self, payload: bytes) -> bool:
        """Answer one request; False where the connection has to end."""
        try:
            request = parse_request(payload, self.server_version)
        except RemoteProtocolError as error:
            log.warning("client %d: malformed request: %s", self.client_id, error)
            if self.client_id >= 0:
                self.fail(-1, Refusal(code=320, message=f"Error reading request. {error}"))
            return True
        if isinstance(request, StartApi):
            return self.client_id >= 0 or self._start(request)
        if self.client_id < 0:
            log.warning("request before START_API ignored: %s", type(request).__name__)
            return True
        self.serve_request(request)
        return True

    def _start(self, request: StartApi) -> bool:
        self.client_id = request.client_id
        self.outbox.start(request.client_id, self.server_version)
        self._transcript.note(sender="client", client_id=self.client_id, message=request)
        return self._started(self)

    def serve_request(self, request: Request) -> None:
        """Have a request served as if the client had just sent it."""
        self.requests += 1
        self._transcript.note(sender="client", client_id=self.client_id, message=request)
        self._asked = type(request).__name__
        try:
            self._handle(self, request)
        finally:
            self._asked = ""

    def _finished(self, key: tuple[str, int], task: asyncio.Task[None]) -> None:
        if self._works.get(key) is task:
            del self._works[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            if isinstance(error, ConnectionError):
                log.info("client %d: gone during %s", self.client_id, key[0])
            else:
                log.error("client %d: %s failed", self.client_id, key, exc_info=error)
