# SPDX-License-Identifier: Apache-2.0
"""Which client id a task may use, and that no other task uses it at the same time.

Strategy:
    A gateway refuses a second session under a client id in use (error 326), and Airflow may run
    two tries of one task at once: a task outlives its supervisor. So each role owns a range of ids
    above the connection's, and an id is leased with a lock file the kernel frees when its holder
    dies. The role that sends orders owns exactly one id: an orphan that still holds it keeps the
    next try from trading beside it.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from ib_provider.errors import WriteConflict

if TYPE_CHECKING:
    from filelock import BaseFileLock

__all__ = ["ClientRole", "client_ids", "lease_client_id"]

#: Between two looks at locked ids.
_RETRY_S = 0.2


class ClientRole(StrEnum):
    """What a session at the gateway is for.

    ``FILLS`` waits for as long as it takes and must not keep others from sending; who then writes
    the fills down asks as ``ORDERS``, because a gateway may show executions only to that id.
    """

    DATA = "data"
    PLAN = "plan"
    ORDERS = "orders"
    FILLS = "fills"
    TEST = "test"


#: Offsets above the connection's client id: first, and how many.
_OFFSETS: dict[ClientRole, range] = {
    ClientRole.DATA: range(4),
    ClientRole.PLAN: range(4, 6),
    ClientRole.ORDERS: range(6, 7),
    ClientRole.FILLS: range(10, 18),
    ClientRole.TEST: range(18, 20),
}


def client_ids(first: int, role: ClientRole) -> tuple[int, ...]:
    """Return the client ids a role may use, in the order they are tried."""
    return tuple(first + offset for offset in _OFFSETS[role])


@asynccontextmanager
async def lease_client_id(
    address: str, ids: Sequence[int], *, locks: Path, wait_s: float
) -> AsyncIterator[int]:
    """Yield a client id of ``ids`` that no other process on this machine holds.

    Args:
        address: The gateway's host and port: ids of two gateways do not collide.
        ids: The ids to choose from, in the order they are tried.
        locks: Folder of the lock files; created if it is missing.
        wait_s: How long to wait for an id, in seconds.

    Raises:
        WriteConflict: Every id stayed taken; worth a retry.
    """
    folder = locks / "client-ids" / re.sub(r"[^\w.-]", "_", address)
    folder.mkdir(parents=True, exist_ok=True)
    lock, client_id = await _first_free(folder, ids, address=address, wait_s=wait_s)
    try:
        yield client_id
    finally:
        lock.release()


async def _first_free(
    folder: Path, ids: Sequence[int], *, address: str, wait_s: float
) -> tuple[BaseFileLock, int]:
    from filelock import FileLock, Timeout

    deadline = time.monotonic() + wait_s
    while True:
        for client_id in ids:
            lock = FileLock(folder / f"{client_id}.lock")
            try:
                lock.acquire(timeout=0)
            except Timeout:
                continue
            return lock, client_id
        if time.monotonic() >= deadline:
            taken = ", ".join(map(str, ids))
            raise WriteConflict(
                f"client id(s) {taken} of gateway {address} are held by other tasks "
                f"(waited {wait_s:g} s)"
            )
        await asyncio.sleep(_RETRY_S)
