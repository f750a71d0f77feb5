# SPDX-License-Identifier: Apache-2.0
"""Today's open interest of futures into the store: IB serves no other day's.

Rules:
    * A subscription each, ended when the number came: a snapshot takes no generic ticks.
    * A contract without a number is reported by name and spoils no other; nothing is made up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.contract import Instrument, SecType
from ib_provider.domain.live import OpenInterest
from ib_provider.domain.roll_rule import last_trading_day
from ib_provider.errors import (
    ConfigError,
    DataFarmDown,
    RemoteProtocolError,
    RequestFailed,
    RequestTimeout,
)
from ib_provider.store.open_interest_store import OpenInterestStore
from ib_provider.usecases.price_universe import DEFAULT_LINES
from ib_provider.usecases.progress import Progress, silent
from ib_provider.usecases.work_in_flight import work_in_flight

__all__ = ["NEAREST", "InterestReport", "keep_open_interest"]

#: A gateway takes up to eleven seconds for what it has.
_PATIENCE_S: Final = 15.0
#: Months a roll may look at, and those behind them.
NEAREST: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class InterestReport:
    """What became of each contract: its open interest, or why there is none."""

    kept: dict[str, OpenInterest]
    failed: dict[str, str]


async def keep_open_interest(
    client: IbClient,
    *,
    store: OpenInterestStore,
    chains: Sequence[Sequence[Instrument]],
    capture: str,
    nearest: int = NEAREST,
    lines: int = DEFAULT_LINES,
    patience_s: float = _PATIENCE_S,
    progress: Progress = silent,
) -> InterestReport:
    """Keep one number of each of the nearest months that trade, by the gateway's clock.

    Args:
        chains: The months of each future; what has ended is passed over.
        capture: Names the run in the rows' ``capture``.
        nearest: How many months of each.
        lines: Subscriptions that are open at once.
        patience_s: How long one is waited for: a gateway without the number says nothing.

    Raises:
        ConfigError: No month trades, something is no future, or no lines.
        ConnectionLost: What was told until then is kept.
        WriteConflict: Another process is writing there.
    """
    now = await client.current_time()
    futures = {
        item.instrument_id: item for months in chains for item in _trading(months, now)[:nearest]
    }
    problems = [
        f"{name}: it is {item.contract.sec_type}, no future"
        for name, item in futures.items()
        if item.contract.sec_type is not SecType.FUT
    ]
    if not futures or lines < 1:
        problems.append(f"{len(futures)} month(s) that trade over {lines} line(s)")
    if problems:
        raise ConfigError("open interest", problems)
    report = InterestReport(kept={}, failed={})

    async def ask(item: Instrument) -> None:
        name = item.instrument_id
        try:
            value = await _first(client, item, patience_s)
        except (DataFarmDown, RemoteProtocolError, RequestFailed, RequestTimeout) as error:
            report.failed[name] = str(error)
            progress(f"{name}: no open interest: {error}")
            return
        await asyncio.to_thread(store.keep, name, [value], capture=capture)
        report.kept[name] = value
        progress(f"{name}: {value.open_interest:,} open on {value.session}")

    await work_in_flight(futures.values(), ask, limit=lines)
    return report


def _trading(months: Sequence[Instrument], now: datetime) -> list[Instrument]:
    """Return the months that still trade, the first to end first; none without a last day."""
    dated = [(day, item) for item in months if (day := last_trading_day(item)) is not None]
    ahead = [
        (day, item)
        for day, item in dated
        if day >= now.astimezone(ZoneInfo(item.time_zone or "UTC")).date()
    ]
    return [item for _, item in sorted(ahead, key=lambda entry: entry[0])]


async def _first(client: IbClient, item: Instrument, patience_s: float) -> OpenInterest:
    """Return the first number that comes.

    Raises:
        RequestTimeout: None came.
    """
    stream = await client.open_interest(item.contract, time_zone=item.time_zone or None)
    try:
        async with asyncio.timeout(patience_s), stream:
            return await anext(stream)
    except TimeoutError:
        raise RequestTimeout(stream.request, patience_s) from None
