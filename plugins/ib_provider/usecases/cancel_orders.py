# SPDX-License-Identifier: Apache-2.0
"""Cancel what works at the broker: our orders, or everything. Sends cancels, never an order.

An order is cancelled by the client id that sent it. A submitter that still holds that id meets the
kill switch before its next order and leaves; until then the id is asked for again.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.kill_order import EVERY_ACCOUNT
from ib_provider.domain.order import OrderState
from ib_provider.errors import ClientIdInUse, IbProviderError
from ib_provider.rebalance import ORDER_REF_PREFIX
from ib_provider.usecases.progress import Progress, silent

__all__ = ["CancelReport", "cancel_everything", "cancel_our_orders"]

#: How often, and how far apart, a client id is asked for that another session holds.
_ATTEMPTS: Final = 10
_BETWEEN_S: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelReport:
    """What became of each order, by a name a person knows it under.

    Attributes:
        done: With the status each ended in: one may have filled before its cancel came.
        left: With the reason: these may still be working.
    """

    done: dict[str, str]
    left: dict[str, str]


async def cancel_our_orders(
    connect: Callable[[int | None], IbClient],
    *,
    account: str = EVERY_ACCOUNT,
    order_refs: Collection[str] | None = None,
    progress: Progress = silent,
) -> CancelReport:
    """Cancel every working order whose order_ref is ours, under the client ids that sent them.

    Args:
        connect: A client to enter, under this client id; None for any.
        account: Whose orders; ``*`` for every account of the login.
        order_refs: These alone; None is every one of ours.

    Raises:
        GatewayNotReady, RequestTimeout: What works is not known; nothing was cancelled.
    """
    async with connect(None) as client:
        working = await client.open_orders()
    by_client: dict[int, list[OrderState]] = defaultdict(list)
    for state in working:
        ref = state.order.order_ref
        is_meant = ref.startswith(ORDER_REF_PREFIX) if order_refs is None else ref in order_refs
        if is_meant and account in (state.order.account, EVERY_ACCOUNT):
            by_client[state.client_id].append(state)
    done: dict[str, str] = {}
    left: dict[str, str] = {}
    for client_id, states in sorted(by_client.items()):
        try:
            await _cancel_as(connect, client_id, states, done, left)
        except IbProviderError as error:
            for state in states:
                left.setdefault(_name(state), f"client id {client_id}: {error}")
    left = {name: reason for name, reason in left.items() if name not in done}
    for name, status in done.items():
        progress(f"{name}: {status}")
    return CancelReport(done=done, left=left)


async def cancel_everything(client: IbClient, *, progress: Progress = silent) -> CancelReport:
    """Cancel every order of the login, whoever sent it, by one message.

    Raises:
        RequestTimeout: Some are still open; it names them.
    """
    states = await client.cancel_all()
    done = {_name(state): str(state.status) for state in states}
    for name, status in done.items():
        progress(f"{name}: {status}")
    return CancelReport(done=done, left={})


async def _cancel_as(
    connect: Callable[[int | None], IbClient],
    client_id: int,
    states: list[OrderState],
    done: dict[str, str],
    left: dict[str, str],
) -> None:
    for attempt in range(_ATTEMPTS):
        try:
            async with connect(client_id) as client:
                # The client learns its own orders by asking; one that is done is in the answer.
                await client.open_orders()
                for state in states:
                    await _cancel(client, state, done, left)
            return
        except ClientIdInUse:
            if attempt == _ATTEMPTS - 1:
                raise
            await asyncio.sleep(_BETWEEN_S)


async def _cancel(
    client: IbClient, state: OrderState, done: dict[str, str], left: dict[str, str]
) -> None:
    """Cancel one order; one that refuses does not keep the others from being cancelled."""
    try:
        final = await client.cancel_order(state.order_id)
    except IbProviderError as error:
        left[_name(state)] = str(error)
    else:
        done[_name(state)] = str(final.status)


def _name(state: OrderState) -> str:
    return state.order.order_ref or f"permId {state.perm_id}"
