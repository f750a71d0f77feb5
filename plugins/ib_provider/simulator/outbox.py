# SPDX-License-Identifier: Apache-2.0
"""The way out of one session: faults, the bytes of its version, and how they are cut."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Final

from ib_provider.errors import LocalProtocolError
from ib_provider.simulator.faults.actions import HalfMessage
from ib_provider.simulator.faults.answer_screen import AnswerScreen
from ib_provider.simulator.faults.chunking import Chunking
from ib_provider.simulator.faults.fault_state import FaultState
from ib_provider.simulator.faults.tampering import Sending
from ib_provider.simulator.transcript import Transcript
from ib_provider.wire.codec import frame_answer
from ib_provider.wire.messages import Answer, ErrorMessage

__all__ = ["Outbox"]

log = logging.getLogger(__name__)

_FLUSH_BYTES: Final = 1 << 18


class Outbox:
    """Sends answers to one client. ``start`` it once the client has named itself.

    Args:
        most_unread: Bytes that a client may leave unread before it is cut off; 0 for any number.
    """

    def __init__(
        self,
        writer: asyncio.StreamWriter,
        *,
        faults: FaultState,
        transcript: Transcript,
        most_unread: int = 0,
    ) -> None:
        self.answers = 0
        self._writer = writer
        self._faults = faults
        self._transcript = transcript
        self._most_unread = most_unread
        self._client_id = -1
        self._version = 0
        self._screen = AnswerScreen(faults, -1)
        self._position = 0
        self._waiting = bytearray()
        self._queue: deque[bytes] = deque()
        self._pump: asyncio.Task[None] | None = None
        self._stalled: bytearray | None = None
        self._goes_on = False
        self._late: set[asyncio.TimerHandle] = set()

    @property
    def screen(self) -> AnswerScreen:
        """Return what faults do to this client's answers."""
        return self._screen

    def start(self, client_id: int, server_version: int) -> None:
        """Learn whom it is for."""
        self._client_id, self._version = client_id, server_version
        self._screen = AnswerScreen(self._faults, client_id)

    def send(self, answer: Answer, asked: str) -> None:
        """Queue an answer, or what faults make of it.

        Args:
            asked: Class name of the request being served; empty for what comes unasked.
        """
        if self._screen.is_open:
            self._deliver(answer)
            return
        for sending in self._screen.pass_on(answer, asked):
            if sending.after_s <= 0:
                self._send_now(sending)
            else:
                self._send_later(sending)

    def write(self, data: bytes) -> None:
        """Queue bytes, cut as the faults say."""
        if self._faults.chunking is None and not self._queue and self._pump is None:
            # What one turn of the loop writes goes to the socket in one call.
            if not self._waiting:
                asyncio.get_running_loop().call_soon(self._flush)
            self._waiting += data
            if len(self._waiting) > _FLUSH_BYTES:
                self._flush()
            return
        self._flush()
        self._queue.append(data)
        if self._pump is None:
            self._pump = asyncio.get_running_loop().create_task(self._pump_chunks())

    async def drain(self) -> None:
        """Wait until the client has taken most of what is queued."""
        self._flush()
        if self._pump is not None:
            await asyncio.wait([self._pump])
        await self._writer.drain()

    def close(self) -> None:
        """Forget what has been held back."""
        self._flush()
        self._queue.clear()
        for timer in self._late:
            timer.cancel()
        self._late.clear()
        if self._pump is not None:
            self._pump.cancel()

    def _send_later(self, sending: Sending) -> None:
        def ring() -> None:
            self._late.discard(timer)
            self._send_now(sending)

        timer = asyncio.get_running_loop().call_later(sending.after_s, ring)
        self._late.add(timer)

    def _send_now(self, sending: Sending) -> None:
        if sending.held and not self._screen.release(sending.answer):
            return
        self._deliver(sending.answer)

    def _deliver(self, answer: Answer) -> None:
        frame = self._frame(answer)
        self.answers += 1
        if self._transcript.is_open:
            self._transcript.note(sender="server", client_id=self._client_id, message=answer)
        if not frame:
            return
        if self._stalled is not None:
            self._stalled += frame if self._goes_on else b""
        elif self._faults.halves and (half := self._faults.half_of(answer)) is not None:
            self._stall(frame, half)
        else:
            self.write(frame)

    def _stall(self, frame: bytes, half: HalfMessage) -> None:
        """Send the first half of a frame, and the rest later or never."""
        middle = max(1, len(frame) // 2)
        self.write(frame[:middle])
        self._stalled, self._goes_on = bytearray(frame[middle:]), half.seconds is not None
        if half.seconds is not None:
            timer = asyncio.get_running_loop().call_later(half.seconds, self._go_on)
            self._late.add(timer)

    def _go_on(self) -> None:
        if self._stalled is not None:
            rest, self._stalled = bytes(self._stalled), None
            self.write(rest)

    def _frame(self, answer: Answer) -> bytes:
        """Return the bytes of an answer.

        One that this version cannot carry must not take the session, or the clockwork of the
        gateway, with it: the client gets error 320 in its place.
        """
        try:
            return frame_answer(answer, self._version)
        except LocalProtocolError as error:
            log.error("client %d: answer not sent: %s", self._client_id, error)
            request_id = getattr(answer, "request_id", -1)
            text = "Error writing the answer."
            instead = ErrorMessage(request_id=request_id, code=320, message=text)
            return frame_answer(instead, self._version)

    def _flush(self) -> None:
        if self._waiting and not self._writer.is_closing():
            self._position += len(self._waiting)
            self._writer.write(bytes(self._waiting))
            self._check_unread()
        self._waiting.clear()

    def _check_unread(self) -> None:
        """Cut off a client that does not read: streams wait for it, what comes unasked cannot."""
        unread = self._writer.transport.get_write_buffer_size()
        if self._most_unread and unread > self._most_unread:
            log.warning("client %d: cut off, %d bytes unread", self._client_id, unread)
            self._writer.transport.abort()

    async def _pump_chunks(self) -> None:
        try:
            while self._queue:
                data = self._queue.popleft()
                cut = self._faults.chunking or Chunking(size=len(data))
                for piece in cut.pieces(data, self._position):
                    self._writer.write(piece)
                    self._position += len(piece)
                    await self._writer.drain()
                    await asyncio.sleep(cut.pause_s)
        except ConnectionError as error:
            log.info("client %d: gone: %r", self._client_id, error)
        finally:
            self._pump = None
