# SPDX-License-Identifier: Apache-2.0
"""Requests for historical ticks: trades, quotes or middle prices, a page at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from ib_provider.domain.contract import SecType
from ib_provider.simulator.client_link import ClientLink, Handlers
from ib_provider.simulator.contracts import Listing
from ib_provider.simulator.desks.past_market import SERVICE, PastMarket
from ib_provider.simulator.market.hours import local_date
from ib_provider.simulator.market.tick_query import (
    TickKind,
    TickQuery,
    page,
    parse_tick_query,
)
from ib_provider.simulator.market.ticks import Middle, Quote, TickTape, Trade, venue_at
from ib_provider.simulator.refusal import Refusal
from ib_provider.wire.messages import (
    Answer,
    CancelHistoricalTicks,
    HistoricalTick,
    HistoricalTickBidAsk,
    HistoricalTickLast,
    HistoricalTicks,
    HistoricalTicksBidAsk,
    HistoricalTicksLast,
    ReqHistoricalTicks,
)

__all__ = ["PastTickDesk"]

_TICKS: Final = "historical ticks"


class PastTickDesk:
    """Answers historical ticks. Prices are as of now's splits, as those of bars are."""

    def __init__(self, past: PastMarket) -> None:
        self._past = past
        self.handlers: Handlers = {
            ReqHistoricalTicks: self._begin,
            CancelHistoricalTicks: self._cancel,
        }

    def _begin(self, client: ClientLink, request: ReqHistoricalTicks) -> None:
        request_id = request.request_id
        if client.is_running(_TICKS, request_id):
            text = f"Duplicate ticker id for API historical: {request_id}"
            client.fail(request_id, Refusal(code=386, message=text))
            return
        if request.contract.sec_type is SecType.BAG:
            refusal = parse_tick_query(request, SecType.BAG, "", self._past.now())
            if isinstance(refusal, Refusal):
                client.fail(request_id, refusal)
                return
        listing = self._past.find(request.contract, expired=request.include_expired)
        if isinstance(listing, Refusal):
            client.fail(request_id, listing)
            return
        sec_type = listing.contract.sec_type
        query = parse_tick_query(request, sec_type, self._past.venue(listing), self._past.now())
        if isinstance(query, Refusal):
            client.fail(request_id, query)
            return
        client.begin(_TICKS, request_id, self._answer(client, request_id, listing, query))

    async def _answer(
        self, client: ClientLink, request_id: int, listing: Listing, query: TickQuery
    ) -> None:
        if query.warning is not None:
            client.fail(request_id, query.warning)
        client.send(await asyncio.to_thread(self._page, request_id, listing, query))

    def _page(self, request_id: int, listing: Listing, query: TickQuery) -> Answer:
        found: Sequence[Trade | Quote | Middle] = ()
        factor = 1
        if self._past.is_kept(listing):
            tape = TickTape(self._past.market, self._past.key(listing), regular=query.regular)
            found = page(tape, query)
            factor = self._shares(listing, found[0].time) if found else 1
        if query.kind is TickKind.TRADES:
            trades = (_trade(listing, tick, factor) for tick in found if isinstance(tick, Trade))
            return HistoricalTicksLast(request_id=request_id, ticks=tuple(trades))
        if query.kind is TickKind.BID_ASK:
            quotes = (_quote(tick, factor) for tick in found if isinstance(tick, Quote))
            return HistoricalTicksBidAsk(request_id=request_id, ticks=tuple(quotes))
        middles = (
            HistoricalTick(time=tick.time, price=tick.price / factor)
            for tick in found
            if isinstance(tick, Middle)
        )
        return HistoricalTicks(request_id=request_id, ticks=tuple(middles))

    def _shares(self, listing: Listing, at: int) -> int:
        """Return how many of today's shares one of that moment has become: a page is a session."""
        venue = self._past.venue(listing)
        session = local_date(venue, datetime.fromtimestamp(at, UTC))
        today = local_date(venue, self._past.now())
        return self._past.market.split_factor(self._past.key(listing), session, today)

    def _cancel(self, client: ClientLink, request: CancelHistoricalTicks) -> None:
        if client.end(_TICKS, request.request_id):
            text = f"{SERVICE}API historical data query cancelled: {request.request_id}"
            client.fail(request.request_id, Refusal(code=162, message=text))
            return
        text = f"No historical data query found for ticker id:{request.request_id}"
        client.fail(request.request_id, Refusal(code=366, message=text))


def _trade(listing: Listing, tick: Trade, factor: int) -> HistoricalTickLast:
    return HistoricalTickLast(
        time=tick.time,
        price=tick.price / factor,
        size=tick.size * Decimal(factor),
        exchange=venue_at(listing.venues[1:] or listing.venues, tick),
    )


def _quote(tick: Quote, factor: int) -> HistoricalTickBidAsk:
    return HistoricalTickBidAsk(
        time=tick.time,
        bid=tick.bid / factor,
        ask=tick.ask / factor,
        bid_size=tick.bid_size * Decimal(factor),
        ask_size=tick.ask_size * Decimal(factor),
    )
