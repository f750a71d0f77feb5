# SPDX-License-Identifier: Apache-2.0
"""The trades of the times in which a subscription was not there, as IB's history has them.

Trades are told apart by ``trade_id``, which a live tick and a past one share: so whole seconds are
asked for, the broken ones at both ends of a hole too, and what is stored already is left out.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.contract import Instrument
from ib_provider.domain.tick import TradeTick

__all__ = ["missing_trades"]

#: Pages of a thousand that one hole may cost: IB serves sixty such requests in ten minutes.
_MOST_PAGES: Final = 50
_SECOND: Final = timedelta(seconds=1)


async def missing_trades(
    client: IbClient,
    *,
    instrument: Instrument,
    start: datetime,
    end: datetime,
    stored: Collection[str],
) -> tuple[list[TradeTick], bool]:
    """Return the reported trades of a hole that are not stored, and whether these are all.

    Args:
        start: The first second, inclusive.
        end: The last second, inclusive.
        stored: Names of trades that are kept already.
    """
    found: dict[str, TradeTick] = {}
    cursor = start.replace(microsecond=0)
    for _ in range(_MOST_PAGES):
        page = await client.historical_trades(instrument.contract, start=cursor)
        for tick in page:
            if tick.ts <= end and not tick.unreported and tick.trade_id not in stored:
                found[tick.trade_id] = tick
        if not page or page[-1].ts >= end:
            return list(found.values()), True
        cursor = page[-1].ts + _SECOND
    return list(found.values()), False
