# SPDX-License-Identifier: Apache-2.0
"""One session for everybody in this process who waits at one gateway for one role.

A triggerer runs a thousand triggers on one loop, and a gateway has room for 32 clients. So the
session is opened by the first who wants it, kept through losses, and closed behind the last.

Rules:
    * A session belongs to its loop: another loop of the same process has another one.
    * It has no deadline of its own; each of its users brings one.
    * One that has ended for good (a wrong account) is not handed on: the next user opens another.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from ib_provider.client.kept_session import KeptSession
    from ib_provider.hooks.gateway_sessions import GatewaySessions

__all__ = ["share_session"]


@dataclass(slots=True)
class _Shared:
    kept: KeptSession
    users: int = 0


_SESSIONS: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Hashable, _Shared]]] = (
    WeakKeyDictionary()
)


@asynccontextmanager
async def share_session(
    sessions: GatewaySessions, *, lease_wait_s: float
) -> AsyncIterator[KeptSession]:
    """Yield the kept session of this loop for a gateway and role; it may not be up yet.

    Two connections that differ in anything but their name are two sessions.
    """
    from ib_provider.client.kept_session import SessionState

    on_loop = _SESSIONS.setdefault(asyncio.get_running_loop(), {})
    key = (sessions.gateway, sessions.role)
    shared = on_loop.get(key)
    if shared is None or shared.kept.state is SessionState.ENDED:
        shared = on_loop[key] = _Shared(sessions.keep(timeout_s=None, lease_wait_s=lease_wait_s))
        shared.kept.start()
    shared.users += 1
    try:
        yield shared.kept
    finally:
        shared.users -= 1
        if not shared.users:
            if on_loop.get(key) is shared:
                del on_loop[key]
            await shared.kept.close()
