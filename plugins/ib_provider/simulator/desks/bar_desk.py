# SPDX-License-Identifier: Apache-2.0
"""Requests about bars: answered once, kept up to date, or answered with a schedule.

An answer comes in parts from version 196 on, as a real gateway's does; below it the bars message
ends the answer, so there can be only one, whatever its size.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from ib_provider.domain.contract import SecType
from ib_provider.simulator.client_link import ClientLink, Handlers
from ib_provider.simulator.contracts import Listing
from ib_provider.simulator.desks.growing_bars import GrowingBars
from ib_provider.simulator.desks.order_answers import local_text
from ib_provider.simulator.desks.past_market import SERVICE, PastMarket, no_data
from ib_provider.simulator.desks.schedule import schedule_of
from ib_provider.simulator.history_options import HistoryOptions
from ib_provider.simulator.market.bar_kinds import is_shown, unavailable
from ib_provider.simulator.market.bar_query import SCHEDULE, BarQuery, parse_query
from ib_provider.simulator.market.hours import local_date
from ib_provider.simulator.refusal import Refusal
from ib_provider.wire.kept_rows import KeptRows
from ib_provider.wire.messages import (
    BarRow,
    CancelHistoricalData,
    HistoricalData,
    HistoricalDataEnd,
    HistoricalDataUpdate,
    ReqHistoricalData,
)

__all__ = ["BARS", "BarDesk"]

BARS: Final = "bars"
"""The name of its work for a client."""

_SPLIT_SINCE: Final = 196

Parts = list[Sequence[BarRow]]


class BarDesk:
    """Answers requests for bars."""

    def __init__(self, past: PastMarket, options: HistoryOptions) -> None:
        self._past = past
        self._options = options
        self._kept: OrderedDict[object, Parts] = OrderedDict()
        self.handlers: Handlers = {
            ReqHistoricalData: self._begin,
            CancelHistoricalData: self._cancel,
        }

    def _begin(self, client: ClientLink, request: ReqHistoricalData) -> None:
        request_id = request.request_id
        if client.is_running(BARS, request_id):
            text = f"Duplicate ticker id for API historical: {request_id}"
            client.fail(request_id, Refusal(code=386, message=text))
            return
        if request.contract.sec_type is SecType.BAG:
            shown = request.what_to_show.upper()
            client.fail(request_id, self._past.of_legs(request.contract, request.combo_legs, shown))
            return
        listing = self._past.find(request.contract, expired=request.include_expired)
        if isinstance(listing, Refusal):
            client.fail(request_id, listing)
            return
        query = parse_query(
            request, self._past.venue(listing), self._past.now(), self._past.calendar
        )
        if not isinstance(query, Refusal):
            query = _kind_refusal(request, listing, query) or query
        if isinstance(query, Refusal):
            client.fail(request_id, query)
            return
        client.begin(BARS, request_id, self._answer(client, request, listing, query))

    async def _answer(
        self, client: ClientLink, request: ReqHistoricalData, listing: Listing, query: BarQuery
    ) -> None:
        if self._options.answer_delay_s:
            await asyncio.sleep(self._options.answer_delay_s)
        if query.warning is not None:
            client.fail(request.request_id, query.warning)
        if request.what_to_show.upper() == SCHEDULE:
            self._answer_schedule(client, request, listing, query)
            return
        parts = await self._parts(listing, query, split=client.server_version >= _SPLIT_SINCE)
        if not parts:
            shown = no_data(listing, request.contract.exchange, query.what)
            client.fail(request.request_id, shown)
            return
        await _send(client, request.request_id, parts, _span(listing, query))
        if request.keep_up_to_date:
            growing = GrowingBars(self._past, listing, query, parts[-1][-1])
            await self._keep_up(client, request.request_id, growing)

    def _answer_schedule(
        self, client: ClientLink, request: ReqHistoricalData, listing: Listing, query: BarQuery
    ) -> None:
        known = self._past.is_kept(listing)
        answer = schedule_of(self._past, listing, query, request.request_id) if known else None
        if answer is None:
            shown = no_data(listing, request.contract.exchange, SCHEDULE)
            client.fail(request.request_id, shown)
            return
        client.send(answer)

    async def _keep_up(self, client: ClientLink, request_id: int, growing: GrowingBars) -> None:
        while True:
            await asyncio.sleep(self._options.update_every_s)
            for bar in growing.news(self._past.now()):
                client.send(HistoricalDataUpdate(request_id=request_id, bar=bar))
            await client.drain()

    async def _parts(self, listing: Listing, query: BarQuery, *, split: bool) -> Parts:
        """Return the rows of an answer, in as many parts as it is sent in."""
        if not self._past.is_kept(listing):
            return []
        key = self._name(listing, query, split=split)
        if (known := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return known
        # a thread, so that a year of minutes does not hold up other clients' orders
        rows = await asyncio.to_thread(
            self._past.history.joined,
            self._past.stretches(listing, query.window.sessions),
            query,
            now=self._past.now(),
            zone_name=listing.time_zone,
        )
        size = self._options.bars_a_message if split else max(1, len(rows))
        parts: Parts = [rows[begin : begin + size] for begin in range(0, len(rows), size)]
        if self._options.kept_answers and parts:
            parts = [KeptRows(part) for part in parts]
            self._kept[key] = parts
            while len(self._kept) > self._options.kept_answers:
                self._kept.popitem(last=False)
        return parts

    def _name(self, listing: Listing, query: BarQuery, *, split: bool) -> object:
        """Return what two queries share that have the same answer."""
        today = local_date(self._past.venue(listing), self._past.now())
        edition = self._past.market.alterations.edition
        series = self._past.key(listing), listing.contract.sec_type, listing.time_zone
        return *series, query, today, edition, split

    def _cancel(self, client: ClientLink, request: CancelHistoricalData) -> None:
        if client.end(BARS, request.request_id):
            text = f"{SERVICE}API historical data query cancelled: {request.request_id}"
            client.fail(request.request_id, Refusal(code=162, message=text))
            return
        text = f"No historical data query found for ticker id:{request.request_id}"
        client.fail(request.request_id, Refusal(code=366, message=text))


async def _send(client: ClientLink, request_id: int, parts: Parts, span: tuple[str, str]) -> None:
    start, end = span
    for part in parts:
        client.send(HistoricalData(request_id=request_id, bars=part, start=start, end=end))
        await client.drain()
    client.send(HistoricalDataEnd(request_id=request_id, start=start, end=end))


def _span(listing: Listing, query: BarQuery) -> tuple[str, str]:
    first = query.window.start or query.window.cutoff
    return local_text(listing, first), local_text(listing, query.window.cutoff)


def _kind_refusal(request: ReqHistoricalData, listing: Listing, query: BarQuery) -> Refusal | None:
    """Return the refusal of bars that there never are of such a contract."""
    if request.what_to_show.upper() == SCHEDULE:
        return None
    own = listing.contract
    if is_shown(own.sec_type, query.what):
        return None
    exchange = request.contract.exchange or listing.venue
    return unavailable(own.symbol, own.sec_type, exchange, query.what)
