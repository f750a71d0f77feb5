# SPDX-License-Identifier: Apache-2.0
"""One reading of the broker's truth for everybody who asks at about the same time.

A thousand watchers of one connection would ask three thousand questions at every fill; IB allows
fifty a second. Each still gets a truth that was asked for after *it* asked: who comes while one is
being read gets the next one, together with all the others who came meanwhile.

It says which orders are done; commissions in it are those that have come, none is waited for.
"""

from __future__ import annotations

import asyncio
from typing import Final
from weakref import WeakKeyDictionary

from ib_provider.client.ib_client import IbClient
from ib_provider.usecases.broker_truth import BrokerTruth, read_broker_truth

__all__ = ["SharedTruth", "shared_truth"]


class SharedTruth:
    """Reads the truth of one client, once at a time.

    Attributes:
        readings: How many times the broker was asked.
    """

    def __init__(self, client: IbClient) -> None:
        self._client = client
        self._reading: asyncio.Task[BrokerTruth] | None = None
        self._next: asyncio.Task[BrokerTruth] | None = None
        self.readings = 0

    async def read(self) -> BrokerTruth:
        """Return a truth asked for after this call began.

        Raises:
            RequestTimeout: One question went unanswered: the truth is not known.
            ConnectionLost: The link ended first.
        """
        if self._next is None:
            self._next = asyncio.create_task(self._read_after(self._reading))
        # Shielded: one who gives up does not take the truth from the others.
        return await asyncio.shield(self._next)

    async def _read_after(self, former: asyncio.Task[BrokerTruth] | None) -> BrokerTruth:
        if former is not None and not former.done():
            await asyncio.wait({former})
        self._reading, self._next = self._next, None
        self.readings += 1
        return await read_broker_truth(self._client, commission_wait_s=0.0)


_TRUTHS: Final[WeakKeyDictionary[IbClient, SharedTruth]] = WeakKeyDictionary()


def shared_truth(client: IbClient) -> SharedTruth:
    """Return the shared truth of a client: the same one to everybody."""
    return _TRUTHS.setdefault(client, SharedTruth(client))
