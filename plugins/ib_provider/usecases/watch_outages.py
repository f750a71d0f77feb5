# SPDX-License-Identifier: Apache-2.0
"""Times in which a session was up and IB behind it was not: nothing came, and nothing said so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from ib_provider.client.ib_client import IbClient
from ib_provider.client.kept_session import KeptSession
from ib_provider.client.kept_stream import Gap
from ib_provider.client.upstream import FarmKind

__all__ = ["watch_outages"]

_LOOK_EVERY_S: Final = 0.25


async def watch_outages(
    kept: KeptSession,
    *,
    began: Callable[[], None],
    tell: Callable[[Gap], None],
    look_every_s: float = _LOOK_EVERY_S,
) -> None:
    """Tell each outage of IB or of its market-data farms, until cancelled.

    ``began`` is called at its beginning, ``tell`` with the whole of it at its end. One that has not
    ended when this is cancelled is told up to then.
    """
    since: datetime | None = None
    reason = ""

    def end() -> None:
        if since is not None:
            tell(Gap(request="", start=since, end=datetime.now(UTC), reason=reason))

    try:
        while True:
            client = await kept.client()
            found = _obstacle(client)
            if found and since is None:
                since, reason = datetime.now(UTC), found
                began()
            elif not found:
                end()
                since = None
            await asyncio.sleep(look_every_s)
    finally:
        end()


def _obstacle(client: IbClient) -> str:
    """Return what keeps market data from coming, or nothing."""
    if not client.is_ib_reached:
        return "the gateway has no connection to IB"
    broken = client.farms.broken(FarmKind.MARKET)
    return f"market-data farm broken: {', '.join(broken)}" if broken else ""
