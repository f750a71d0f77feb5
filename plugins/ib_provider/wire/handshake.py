# SPDX-License-Identifier: Apache-2.0
r"""The greeting: what a client says before the first message, and the version both will speak.

Order on the wire: the client's four raw bytes ``API\\0``, its framed version range, then one framed
text answer of two fields. Below version 176 the layouts here have gaps, so none is offered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ib_provider.errors import LocalProtocolError, RemoteProtocolError
from ib_provider.wire.framing import frame

__all__ = [
    "MAX_VERSION",
    "MIN_VERSION",
    "PREFIX",
    "ClientHello",
    "negotiate",
    "parse_hello",
    "render_server_hello",
]

PREFIX = b"API\0"
"""The first bytes of every connection; the only ones without a length in front."""

MIN_VERSION = 176
MAX_VERSION = 226
"""The oldest and the newest server version whose layouts are known here."""

_HELLO = re.compile(r"v(\d{1,4})(?:\.\.(\d{1,4}))?(?: (.*))?", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientHello:
    """The versions a client speaks, both inclusive, and its connect options (``+PACEAPI``)."""

    min_version: int
    max_version: int
    options: str = ""


def parse_hello(payload: bytes) -> ClientHello:
    """Return what the client's first frame says.

    Raises:
        RemoteProtocolError: It is not ``vMIN..MAX`` with optional text after a space.
    """
    # Options come from the client's settings; only the versions must be clean.
    text = payload.decode("utf-8", errors="replace")
    match = _HELLO.fullmatch(text)
    if match is None:
        raise RemoteProtocolError(f"not a version range: {text[:80]!r}")
    low = int(match[1])
    hello = ClientHello(min_version=low, max_version=int(match[2] or low), options=match[3] or "")
    if hello.min_version > hello.max_version:
        raise RemoteProtocolError(f"empty version range: {text[:80]!r}")
    return hello


def negotiate(hello: ClientHello, max_version: int = MAX_VERSION) -> int | None:
    """Return the version to speak: the newest both know, or None where there is none."""
    version = min(hello.max_version, max_version)
    return version if version >= max(hello.min_version, MIN_VERSION) else None


def render_server_hello(server_version: int, connection_time: str) -> bytes:
    """Return the framed answer: never a message id, and text at every version.

    Args:
        server_version: What ``negotiate`` returned.
        connection_time: As gateways write it, ``20260405 23:49:26 US/Eastern``.

    Raises:
        LocalProtocolError: The time holds a NUL.
    """
    if "\0" in connection_time:
        raise LocalProtocolError("a connection time cannot hold a NUL")
    return frame(f"{server_version}\0{connection_time}\0".encode())
