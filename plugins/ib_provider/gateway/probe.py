# SPDX-License-Identifier: Apache-2.0
"""Whether something that speaks like a gateway listens: a version handshake and nothing more.

No session is started, so no client id is taken, and no login is needed behind the gateway. A
gateway that is well here may still have no login: only a session shows that.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Final

from ib_provider.errors import GatewayNotReady, RemoteProtocolError
from ib_provider.wire.framing import FrameReader, frame

__all__ = ["GatewayAnswer", "probe"]

#: Every version from the first with this handshake; the gateway names the newest it knows.
_HELLO: Final = b"API\0" + frame(b"v100..999")

#: A hello is two short fields; a peer that sends more is something else.
_LONGEST_HELLO: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayAnswer:
    """What the gateway said of itself.

    Attributes:
        server_version: The newest API version it speaks.
        connection_time: Its clock, in the words and the zone of its machine.
        took_s: From the first byte out to its answer, in seconds.
    """

    server_version: int
    connection_time: str
    took_s: float


async def probe(host: str, port: int, *, timeout_s: float = 5.0) -> GatewayAnswer:
    """Return the answer of the gateway at an address to a version handshake.

    Raises:
        GatewayNotReady: Unreachable, closed, or silent for ``timeout_s``.
        RemoteProtocolError: Something answers there, and it is no gateway.
    """
    loop = asyncio.get_running_loop()
    started = loop.time()
    try:
        async with asyncio.timeout(timeout_s):
            payload = await _greet(host, port)
    except TimeoutError as error:
        text = "no answer to the version handshake"
        raise GatewayNotReady(f"{host}:{port}", text, loop.time() - started) from error
    except OSError as error:
        text = f"cannot connect: {error}"
        raise GatewayNotReady(f"{host}:{port}", text, loop.time() - started) from error
    version, _, time = payload.partition(b"\0")
    if not version.isdigit():
        raise RemoteProtocolError(f"{host}:{port} is no gateway: it answered {payload[:80]!r}")
    return GatewayAnswer(
        server_version=int(version),
        connection_time=time.rstrip(b"\0").decode("utf-8", errors="backslashreplace"),
        took_s=loop.time() - started,
    )


async def _greet(host: str, port: int) -> bytes:
    """Return the first payload of the peer's answer."""
    reader, writer = await asyncio.open_connection(host, port)
    frames = FrameReader(max_payload=_LONGEST_HELLO)
    try:
        writer.write(_HELLO)
        while data := await reader.read(_LONGEST_HELLO):
            if payloads := frames.feed(data):
                return payloads[0]
        raise ConnectionResetError("closed during the version handshake")
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
