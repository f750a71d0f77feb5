# SPDX-License-Identifier: Apache-2.0
"""One quote of each instrument of a universe, into the store, within the lines of the login."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.contract import Instrument
from ib_provider.domain.live import StreamKind
from ib_provider.domain.quote import MarketDataType, Quote
from ib_provider.errors import ConfigError, IbProviderError, RequestFailed, RequestTimeout
from ib_provider.store.live_table import LIVE_TABLES, live_rows
from ib_provider.store.part_store import PartStore
from ib_provider.usecases.progress import Progress, silent

__all__ = ["DEFAULT_LINES", "PricingReport", "price_universe"]

#: A login has a hundred lines by default; half of them are left to whoever else is at it.
DEFAULT_LINES: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PricingReport:
    """What became of each instrument: its quote, or why it has none."""

    quotes: dict[str, Quote]
    failed: dict[str, str]


async def price_universe(
    client: IbClient,
    *,
    store: PartStore,
    instruments: Sequence[Instrument],
    snapshot: str,
    data_type: MarketDataType = MarketDataType.LIVE,
    lines: int = DEFAULT_LINES,
    progress: Progress = silent,
) -> PricingReport:
    """Keep one quote of each instrument; one without a quote spoils no other.

    Args:
        snapshot: Names the snapshot in the rows' ``capture``.
        data_type: What may be sent; each quote says what it is.
        lines: Quotes that are open at once. A gateway takes up to 11 s for each.

    Raises:
        ConfigError: No instruments, or no lines.
        ConnectionLost: What was quoted until then is kept.
    """
    if not instruments or lines < 1:
        raise ConfigError("snapshot", [f"{len(instruments)} instrument(s) over {lines} line(s)"])
    await client.use_market_data(data_type)
    quotes: dict[str, Quote] = {}
    failed: dict[str, str] = {}
    turns = asyncio.Semaphore(lines)

    async def price(instrument: Instrument) -> None:
        name = instrument.instrument_id
        async with turns:
            try:
                quotes[name] = await client.quote(instrument.contract)
            except (RequestFailed, RequestTimeout) as error:
                failed[name] = str(error)
                progress(f"{name}: no quote: {error}")
                return
        done = len(quotes) + len(failed)
        progress(f"{done}/{len(instruments)} {name}: {_shown(quotes[name])}")

    try:
        async with asyncio.TaskGroup() as group:
            for instrument in {item.instrument_id: item for item in instruments}.values():
                group.create_task(price(instrument))
    except* IbProviderError as errors:
        raise errors.exceptions[0] from None
    finally:
        _keep(store, quotes, snapshot)
    return PricingReport(quotes=quotes, failed=failed)


def _keep(store: PartStore, quotes: dict[str, Quote], snapshot: str) -> None:
    table = LIVE_TABLES[StreamKind.QUOTES]
    now_us = time.time_ns() // 1000
    for name, quote in quotes.items():
        rows = live_rows(StreamKind.QUOTES, [quote], received_us=[now_us], capture=snapshot, seq=0)
        with store.writing(table, name):
            store.append(table, name, rows, part=f"{snapshot}-{now_us}")
            store.compact(table, name)


def _shown(quote: Quote) -> str:
    kind = quote.data_type.name.lower()
    return f"bid {quote.bid} ask {quote.ask} last {quote.last} ({kind})"
