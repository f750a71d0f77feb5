# SPDX-License-Identifier: Apache-2.0
"""Ask what the market did around each order: the VWAP while it worked, and where the rest stands.

Strategy:
    - A minute and less is asked for as trades, an hour and less as 5-second bars, more as bars of
      one minute. IB answers sixty questions for the first two in ten minutes, so that a plan with
      many orders is asked about in minutes alone.
    - What cannot be told is not made up: the order's benchmark is None, with IB's own words.
    - The whole has a deadline. A report that waits for its benchmarks is of use to nobody, and a
      later run asks for what is missing.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

import pyarrow as pa

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import BarSize, BarSpec, WhatToShow
from ib_provider.domain.contract import SecType
from ib_provider.domain.leg_market import LegMarket
from ib_provider.domain.rebalance_report import LegReport
from ib_provider.errors import BrokerError, RequestFailed, RequestTimeout, SymbologyError
from ib_provider.usecases.gateway_clock import wait_until
from ib_provider.usecases.progress import Progress, silent

__all__ = ["interval_vwap", "measure_market"]

#: Orders from which on no question is asked that counts towards sixty in ten minutes.
_MANY: Final = 40
_TRADES_UP_TO: Final = timedelta(minutes=1)
_SECONDS_UP_TO: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
#: Pages of a thousand trades that one order may cost, before bars are taken instead.
_MOST_PAGES: Final = 3
#: Real seconds that the last second of the interval is waited for.
_SETTLE_S: Final = 4.0
_PRICE_STEP: Final = Decimal("0.00000001")


async def measure_market(
    client: IbClient,
    legs: Iterable[LegReport],
    *,
    known: Mapping[str, LegMarket],
    timeout_s: float = 120.0,
    progress: Progress = silent,
) -> dict[str, LegMarket]:
    """Return what the market did around each order, by order_ref.

    Args:
        known: What an earlier report kept: a VWAP of the same interval is not asked for again.
        timeout_s: Bound on the whole; orders that are not asked about by then say so.

    Raises:
        ConnectionLost: The link ended.
    """
    orders = tuple(legs)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_s
    is_one_of_many = len(orders) > _MANY
    found: dict[str, LegMarket] = {}
    await _let_the_tape_settle(client, orders)
    for leg in orders:
        ref = leg.leg.order_ref
        try:
            async with asyncio.timeout_at(deadline):
                market = await _vwap(client, leg, known.get(ref), is_one_of_many=is_one_of_many)
                found[ref] = await _end(client, leg, market)
        except TimeoutError:
            late = f"not asked within {timeout_s:g} s"
            nothing = LegMarket(vwap_problem=late, end_problem=late if leg.unfilled else "")
            found[ref] = known.get(ref, nothing)
        progress(f"{leg.leg.instrument_id}: {_shown(found[ref])}")
    return found


async def _let_the_tape_settle(client: IbClient, orders: Iterable[LegReport]) -> None:
    """Wait until the second of the last fill is over, so that all its trades are told.

    A gateway whose clock stands still, or does not answer, is not waited for for long.
    """
    fills = [leg.executions[-1].execution.ts for leg in orders if leg.executions]
    if not fills:
        return
    try:
        async with asyncio.timeout(_SETTLE_S):
            await wait_until(max(fills) + 2 * _SECOND, client.current_time, check_s=0.5)
    except (TimeoutError, RequestFailed, RequestTimeout):
        return


async def _vwap(
    client: IbClient, leg: LegReport, known: LegMarket | None, *, is_one_of_many: bool
) -> LegMarket:
    """Return the VWAP from sending to the last fill, or why there is none."""
    if not leg.executions:
        return LegMarket(vwap_problem="nothing was filled")
    if leg.sent_at is None:
        return LegMarket(vwap_problem="when it was sent is not known by the gateway's clock")
    end = leg.executions[-1].execution.ts
    interval = LegMarket(start=min(leg.sent_at, end), end=end)
    if leg.leg.contract.sec_type is SecType.CASH:
        return replace(interval, vwap_problem="currency pairs are traded without a tape")
    if known and known.vwap is not None and (known.start, known.end) == (interval.start, end):
        return known
    try:
        return await _ask_vwap(client, leg, interval, is_one_of_many=is_one_of_many)
    except (BrokerError, SymbologyError) as error:
        if not client.is_connected:
            raise
        return replace(interval, vwap_problem=str(error))


async def _ask_vwap(
    client: IbClient, leg: LegReport, interval: LegMarket, *, is_one_of_many: bool
) -> LegMarket:
    start, end = interval.start, interval.end
    if start is None or end is None:
        return interval
    if end - start <= _TRADES_UP_TO and not is_one_of_many:
        ticks = await _trades(client, leg, start, end)
        if ticks is not None:
            return interval_vwap(interval, ticks, source="trades")
    small = end - start <= _SECONDS_UP_TO and not is_one_of_many
    size = BarSize.SEC_5 if small else BarSize.MIN_1
    length = end - start + 2 * size.length
    bars = await client.historical_bars(
        leg.leg.contract,
        BarSpec(size=size, what=WhatToShow.TRADES, rth=False),
        end=end + size.length,
        duration=_duration(length),
    )
    return interval_vwap(interval, _overlapping(bars, start, end, size), source=f"{size} bars")


async def _trades(
    client: IbClient, leg: LegReport, start: datetime, end: datetime
) -> list[tuple[float, float]] | None:
    """Return price and size of every reported trade of whole seconds; None where too many."""
    found = []
    cursor = start.replace(microsecond=0)
    for _ in range(_MOST_PAGES):
        page = await client.historical_trades(leg.leg.contract, start=cursor)
        found += [(t.price, t.size) for t in page if t.ts <= end and not t.unreported]
        if not page or page[-1].ts >= end:
            return found
        cursor = page[-1].ts + _SECOND
    return None


def interval_vwap(
    interval: LegMarket, prints: Iterable[tuple[float | None, float | None]], *, source: str
) -> LegMarket:
    """Return an interval with the VWAP of prices and volumes; those that are no numbers are out."""
    volume = value = Decimal(0)
    for price, size in prints:
        if price is None or size is None or not (math.isfinite(price) and math.isfinite(size)):
            continue
        if size > 0:
            volume += Decimal(str(size))
            value += Decimal(str(size)) * Decimal(str(price))
    if not volume:
        return replace(interval, source=source, vwap_problem="nobody traded in it")
    vwap = (value / volume).quantize(_PRICE_STEP)
    return replace(interval, vwap=vwap, volume=volume, source=source)


def _overlapping(
    bars: pa.Table, start: datetime, end: datetime, size: BarSize
) -> list[tuple[float | None, float | None]]:
    rows = bars.select(["ts", "wap", "volume"]).to_pylist()
    return [
        (row["wap"], row["volume"])
        for row in rows
        if row["ts"] is not None and row["ts"] <= end and row["ts"] + size.length > start
    ]


def _duration(length: timedelta) -> str:
    if length < _DAY:
        return f"{math.ceil(length.total_seconds())} S"
    return f"{math.ceil(length / _DAY)} D"


async def _end(client: IbClient, leg: LegReport, market: LegMarket) -> LegMarket:
    """Return the market with where the unfilled rest stands now, or why nobody knows."""
    open_end = replace(market, end_price=None, end_at=None, end_problem="")
    if leg.unfilled <= 0:
        return open_end
    try:
        quote = await client.quote(leg.leg.contract)
    except BrokerError as error:
        if not client.is_connected:
            raise
        return replace(open_end, end_problem=str(error))
    price = quote.mid or quote.last
    if price is None or not price.is_finite() or price <= 0:
        return replace(open_end, end_problem="no quote and no last price")
    return replace(open_end, end_price=price, end_at=datetime.now(UTC))


def _shown(market: LegMarket) -> str:
    if market.vwap is None:
        return f"VWAP not known: {market.vwap_problem}"
    return f"VWAP {market.vwap.normalize():f} of {market.source}"
