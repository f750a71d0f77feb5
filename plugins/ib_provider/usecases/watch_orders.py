# SPDX-License-Identifier: Apache-2.0
"""Wait until orders are done. Events wake it; only the broker's answer to a question counts.

A gateway tells a client of its own orders only. Who watches those of another client hears nothing
and has to ask: often while the orders are young, for most fill at once, and more seldom later. All
watches ask at the same instants, so that any number of them costs one question.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ib_provider.client.ib_client import IbClient
from ib_provider.usecases.broker_truth import BrokerTruth
from ib_provider.usecases.shared_truth import shared_truth

__all__ = ["Watch", "watch_orders"]

#: The first wait for news, in seconds; each without any is twice as long as the one before.
_FIRST_POLL_S: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """How a wait ended: which orders are not done, and the last truth read."""

    unsettled: tuple[str, ...]
    truth: BrokerTruth


async def watch_orders(
    client: IbClient, order_refs: Iterable[str], *, timeout_s: float, poll_s: float = 10.0
) -> Watch:
    """Return when every order is done, or with those that are not after ``timeout_s``.

    A lost event costs at most ``poll_s``: the broker is asked again then, whatever came. Any number
    of watches of one client share the questions. Commissions in the truth are those that have come.

    Raises:
        ConnectionLost: The link ended; the orders live on at the broker.
    """
    refs = tuple(order_refs)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_s
    wait_s = min(_FIRST_POLL_S, poll_s)
    async with client.order_events() as events:
        heard = asyncio.ensure_future(anext(events))
        try:
            while True:
                truth = await shared_truth(client).read()
                unsettled = tuple(ref for ref in refs if not truth.is_settled(ref))
                left = deadline - loop.time()
                if not unsettled or left <= 0:
                    return Watch(unsettled=unsettled, truth=truth)
                # To the next multiple of the wait, which the other watches wait for too.
                await asyncio.wait({heard}, timeout=min(wait_s - loop.time() % wait_s, left))
                wait_s = min(2 * wait_s, poll_s)
                if heard.done():
                    heard.result()
                    heard = asyncio.ensure_future(anext(events))
        finally:
            heard.cancel()
