# SPDX-License-Identifier: Apache-2.0
"""A client that only counts: it cuts frames out of the stream and looks at their ids."""

from __future__ import annotations

import socket
import struct
from typing import Self

__all__ = ["CountingSink"]

_READ = 1 << 20


class CountingSink:
    """One session at a server version. Everything sent is text, which gateways take at any."""

    def __init__(self, port: int, version: int, *, client_id: int = 7) -> None:
        self._version = version
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self._buffer = bytearray()
        hello = f"v100..{version}".encode()
        self._socket.sendall(b"API\0" + struct.pack(">I", len(hello)) + hello)
        self._frame()
        self.send(71, "2", str(client_id), "")
        self.read_until(9)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, msg_id: int, *fields: str) -> None:
        """Send one message."""
        texts = [str(msg_id), *fields] if self._version < 201 else list(fields)
        head = b"" if self._version < 201 else struct.pack(">I", msg_id)
        payload = head + "".join(f"{text}\0" for text in texts).encode()
        self._socket.sendall(struct.pack(">I", len(payload)) + payload)

    def read_until(self, msg_id: int, count: int = 1) -> list[bytes]:
        """Return every payload up to the last of so many messages of a kind."""
        seen = []
        while count:
            payload = self._frame()
            seen.append(payload)
            count -= self._id(payload) == msg_id
        return seen

    def count_until(self, msg_id: int) -> int:
        """Return the bytes of every message up to one of a kind; nothing is kept."""
        total = 0
        while True:
            payload = self._frame()
            total += len(payload)
            if self._id(payload) == msg_id:
                return total

    def count(self, messages: int) -> None:
        """Read so many messages and keep none; only lengths are looked at."""
        buffer, position = self._buffer, 0
        while messages:
            while messages and len(buffer) - position >= 4:
                end = position + 4 + int.from_bytes(buffer[position : position + 4], "big")
                if end > len(buffer):
                    break
                position = end
                messages -= 1
            if messages:
                del buffer[:position]
                position = 0
                self._more()
        del buffer[:position]

    def _id(self, payload: bytes) -> int:
        if self._version < 201:
            return int(payload[: payload.index(0)])
        number = int.from_bytes(payload[:4], "big")
        return number - 200 if number > 200 else number

    def _frame(self) -> bytes:
        while len(self._buffer) < 4:
            self._more()
        size = 4 + int.from_bytes(self._buffer[:4], "big")
        while len(self._buffer) < size:
            self._more()
        payload = bytes(self._buffer[4:size])
        del self._buffer[:size]
        return payload

    def _more(self) -> None:
        data = self._socket.recv(_READ)
        if not data:
            raise ConnectionError("the gateway closed the connection")
        self._buffer += data
