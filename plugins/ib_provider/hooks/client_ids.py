# SPDX-License-Identifier: Apache-2.0
"""Which client id a task may use, and that no other task uses it at the same time.

Strategy:
    A gateway refuses a second session under a client id in use (error 326), and Airflow may run
    two tries of one task at once: a task outlives its supervisor. So each role owns a range of ids
    above the connection's, and an id is leased with a lock that is free when its holder dies: a
    file's that the kernel frees, or one of the ledger's Postgres where tasks run on several
    machines. The role that sends orders owns exactly one id: an orphan that still holds it keeps
    the next try from trading beside it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import ExitStack, asynccontextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ib_provider.errors import WriteConflict

if TYPE_CHECKING:
    from ib_provider.ledger.locks import Locks

__all__ = ["ClientRole", "client_ids", "lease_client_id"]

#: Between two looks at locked ids.
_RETRY_S = 0.2


class ClientRole(StrEnum):
    """What a session at the gateway is for.

    ``CAPTURE`` records for hours and must not keep downloads waiting. ``FILLS`` waits for as long
    as it takes and must not keep others from sending; who then writes the fills down asks as
    ``ORDERS``, because a gateway may show executions only to that id.
    """

    DATA = "data"
    PLAN = "plan"
    ORDERS = "orders"
    CAPTURE = "capture"
    FILLS = "fills"
    TEST = "test"


#: Offsets above the connection's client id: first, and how many.
_OFFSETS: dict[ClientRole, range] = {
    ClientRole.DATA: range(4),
    ClientRole.PLAN: range(4, 6),
    ClientRole.ORDERS: range(6, 7),
    ClientRole.CAPTURE: range(7, 10),
    ClientRole.FILLS: range(10, 18),
    ClientRole.TEST: range(18, 20),
}


def client_ids(first: int, role: ClientRole) -> tuple[int, ...]:
    """Return the client ids a role may use, in the order they are tried."""
    return tuple(first + offset for offset in _OFFSETS[role])


@asynccontextmanager
async def lease_client_id(
    address: str, ids: Sequence[int], *, locks: Locks, wait_s: float
) -> AsyncIterator[int]:
    """Yield a client id of ``ids`` that nobody else holds who shares ``locks``.

    Args:
        address: The gateway's host and port: ids of two gateways do not collide.
        ids: The ids to choose from, in the order they are tried.
        locks: Files for the processes of one machine, Postgres for those of several; either is
            free when its holder dies.
        wait_s: How long to wait for an id, in seconds.

    Raises:
        WriteConflict: Every id stayed taken; worth a retry.
        LedgerUnavailable: The locks cannot be reached.
    """
    held, client_id = await _first_free(locks, ids, address=address, wait_s=wait_s)
    try:
        yield client_id
    finally:
        await asyncio.shield(asyncio.to_thread(held.close))


async def _first_free(
    locks: Locks, ids: Sequence[int], *, address: str, wait_s: float
) -> tuple[ExitStack, int]:
    deadline = time.monotonic() + wait_s
    while True:
        for client_id in ids:
            held = ExitStack()
            try:
                lock = locks.hold(f"client id {client_id} of {address}", wait_s=0.0)
                await _finished(asyncio.to_thread(held.enter_context, lock), held)
            except WriteConflict:
                continue
            return held, client_id
        if time.monotonic() >= deadline:
            taken = ", ".join(map(str, ids))
            raise WriteConflict(
                f"client id(s) {taken} of gateway {address} are held by other tasks "
                f"(waited {wait_s:g} s)"
            )
        await asyncio.sleep(_RETRY_S)


async def _finished(entering: Coroutine[Any, Any, None], held: ExitStack) -> None:
    """Return when the lock was got; got for a caller that has been cancelled, it is given back."""
    task = asyncio.ensure_future(entering)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        task.add_done_callback(lambda _done: held.close())
        raise
