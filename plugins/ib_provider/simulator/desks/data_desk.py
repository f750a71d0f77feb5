# SPDX-License-Identifier: Apache-2.0
"""Requests about bars."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ib_provider.simulator.brokerage import Brokerage
from ib_provider.simulator.client_link import ClientLink, Handlers
from ib_provider.simulator.contracts import Listing
from ib_provider.simulator.desks.order_answers import local_text
from ib_provider.simulator.market.bar_query import BarQuery, parse_query
from ib_provider.simulator.market.history import MAX_ROWS_A_MESSAGE, BarHistory
from ib_provider.simulator.refusal import Refusal
from ib_provider.wire.messages import (
    BarRow,
    CancelHistoricalData,
    HistoricalData,
    HistoricalDataEnd,
    ReqHistoricalData,
)

__all__ = ["DataDesk"]

_BARS = "bars"
_MOST_OPEN = 50
_SPLIT_SINCE = 196  # below it the bars message ends the answer, so there can be only one
_SERVICE = "Historical Market Data Service error message:"


class DataDesk:
    """Answers historical bars."""

    def __init__(self, brokerage: Brokerage, *, answer_delay_s: float) -> None:
        self._brokerage = brokerage
        self._history = BarHistory(brokerage.market)
        self._answer_delay_s = answer_delay_s
        self.handlers: Handlers = {
            ReqHistoricalData: self._begin_bars,
            CancelHistoricalData: self._cancel_bars,
        }

    def _begin_bars(self, client: ClientLink, request: ReqHistoricalData) -> None:
        refusal = self._bars_refusal(client, request.request_id)
        listing = refusal or self._brokerage.resolve(request.contract)
        if isinstance(listing, Refusal):
            client.fail(request.request_id, listing)
            return
        query = parse_query(request, listing.venue, self._brokerage.clock.now())
        if isinstance(query, Refusal):
            client.fail(request.request_id, query)
            return
        work = self._answer_bars(client, request, listing, query)
        client.begin(_BARS, request.request_id, work)

    def _bars_refusal(self, client: ClientLink, request_id: int) -> Refusal | None:
        if client.is_running(_BARS, request_id):
            return Refusal(
                code=386, message=f"Duplicate ticker id for API historical: {request_id}"
            )
        if client.running(_BARS) >= _MOST_OPEN:
            text = (
                "Error processing request.-'sim' : cause - "
                f"Only {_MOST_OPEN} simultaneous API historical data requests allowed."
            )
            return Refusal(code=322, message=text)
        return None

    async def _answer_bars(
        self, client: ClientLink, request: ReqHistoricalData, listing: Listing, query: BarQuery
    ) -> None:
        if self._answer_delay_s:
            await asyncio.sleep(self._answer_delay_s)
        if query.warning is not None:
            client.fail(request.request_id, query.warning)
        rows = await self._rows(listing, query)
        if not rows:
            text = (
                f"{_SERVICE}HMDS query returned no data: {listing.contract.symbol}"
                f"@{request.contract.exchange or listing.venue} {query.what.capitalize()}"
            )
            client.fail(request.request_id, Refusal(code=162, message=text))
            return
        first = query.window.start or query.window.cutoff
        start, end = local_text(listing, first), local_text(listing, query.window.cutoff)
        for part in _parts(rows, client.server_version):
            client.send(
                HistoricalData(request_id=request.request_id, bars=part, start=start, end=end)
            )
            await client.drain()
        client.send(HistoricalDataEnd(request_id=request.request_id, start=start, end=end))

    async def _rows(self, listing: Listing, query: BarQuery) -> list[BarRow]:
        if not listing.series:
            return []
        # a thread, so that a year of minutes does not hold up other clients' orders
        return await asyncio.to_thread(
            self._history.rows,
            listing.series,
            query,
            now=self._brokerage.clock.now(),
            zone_name=listing.time_zone,
        )

    def _cancel_bars(self, client: ClientLink, request: CancelHistoricalData) -> None:
        if client.end(_BARS, request.request_id):
            text = f"{_SERVICE}API historical data query cancelled: {request.request_id}"
            client.fail(request.request_id, Refusal(code=162, message=text))
            return
        text = f"No historical data query found for ticker id:{request.request_id}"
        client.fail(request.request_id, Refusal(code=366, message=text))


def _parts(rows: Sequence[BarRow], server_version: int) -> list[Sequence[BarRow]]:
    if server_version < _SPLIT_SINCE:
        return [rows]
    return [
        rows[begin : begin + MAX_ROWS_A_MESSAGE]
        for begin in range(0, len(rows), MAX_ROWS_A_MESSAGE)
    ]
