# SPDX-License-Identifier: Apache-2.0
"""A client of bare bytes: what no library would send, and how bytes arrive."""

from __future__ import annotations

import socket
import struct
from types import TracebackType
from typing import Self

__all__ = ["RawClient", "framed"]


def framed(*fields: object, version: int = 200) -> bytes:
    """Return a text message in its frame; from version 201 its id is four bytes."""
    head, texts = (b"", fields) if version < 201 else (struct.pack(">I", fields[0]), fields[1:])
    payload = head + "".join(f"{field}\0" for field in texts).encode()
    return struct.pack(">I", len(payload)) + payload


class RawClient:
    """A text session at version 200 by default."""

    def __init__(self, port: int, client_id: int = 900, *, versions: bytes = b"v100..200") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.sendall(b"API\0" + struct.pack(">I", len(versions)) + versions)
        self.version = 200
        self.version = int(self.read()[0])
        self.send(71, 2, client_id, "")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.socket.close()

    def send(self, *fields: object) -> None:
        """Send one text message."""
        self.socket.sendall(framed(*fields, version=self.version))

    def read(self) -> list[str]:
        """Return the fields of the next message.

        Raises:
            ConnectionError: The gateway has closed the connection.
        """
        return self.read_payload().decode().split("\0")[:-1]

    def read_payload(self) -> bytes:
        """Return the next message as it is."""
        (size,) = struct.unpack(">I", self._exactly(4))
        return self._exactly(size)

    def read_until(self, *head: str) -> list[list[str]]:
        """Return every message up to the first that begins with these fields."""
        seen = []
        while True:
            seen.append(self.read())
            if seen[-1][: len(head)] == list(head):
                return seen

    def closed(self) -> bool:
        """Return whether nothing more comes but the end of the connection."""
        try:
            while self.socket.recv(65_536):
                pass
        except ConnectionError:
            return True
        return True

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise ConnectionError("closed")
            data += more
        return data
