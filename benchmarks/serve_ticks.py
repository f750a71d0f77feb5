# SPDX-License-Identifier: Apache-2.0
"""The simulator's sessions with a desk that answers a tick-by-tick request as fast as it can.

A market that made its trades as slowly as a real one could not show how many a session carries.
"""

from __future__ import annotations

import asyncio
from decimal import Decimal

from ib_provider.simulator.limits.limits import Limits
from ib_provider.simulator.options import SimulatorOptions
from ib_provider.simulator.server import SimulatedGateway
from ib_provider.simulator.session import Session
from ib_provider.wire.messages import ReqTickByTickData, Request, TickByTickAllLast

_DRAIN_EVERY = 256
_TIME = 1_362_409_200


class _Ticks(SimulatedGateway):
    """A gateway whose ticks wait for nothing; ``count`` of a request says how many."""

    def _handle(self, session: Session, request: Request) -> None:
        if isinstance(request, ReqTickByTickData):
            session.begin("ticks", request.request_id, _flood(session, request))
        else:
            super()._handle(session, request)


async def _flood(session: Session, request: ReqTickByTickData) -> None:
    for number in range(request.count):
        session.send(
            TickByTickAllLast(
                request_id=request.request_id,
                tick_type=1,
                time=_TIME + number // 1000,
                price=Decimal(20_000 + number % 50) / 100,
                size=Decimal(100 + number % 7),
                exchange="NYSE",
            )
        )
        if number % _DRAIN_EVERY == 0:
            await session.drain()
            await asyncio.sleep(0)


async def main() -> None:
    """Serve until killed."""
    options = SimulatorOptions(port=0, limits=Limits(max_messages=0, pacing=False))
    async with _Ticks(options) as gateway:
        print(gateway.announcement, flush=True)
        await gateway.run()


if __name__ == "__main__":
    asyncio.run(main())
