# SPDX-License-Identifier: Apache-2.0
"""Requests for a histogram: how much traded at which price."""

from __future__ import annotations

import asyncio
from typing import Final

from ib_provider.domain.bar import WhatToShow
from ib_provider.simulator.client_link import ClientLink, Handlers
from ib_provider.simulator.contracts import Listing
from ib_provider.simulator.desks.past_market import PastMarket, no_data
from ib_provider.simulator.exchange.matching import money
from ib_provider.simulator.market.bar_kinds import is_shown, unavailable
from ib_provider.simulator.market.bar_query import Window
from ib_provider.simulator.market.histogram import traded_at, window_of_period
from ib_provider.simulator.refusal import Refusal, invalid
from ib_provider.wire.messages import (
    CancelHistogramData,
    HistogramData,
    HistogramEntry,
    ReqHistogramData,
)

__all__ = ["HistogramDesk"]

_HISTOGRAM: Final = "histogram"


class HistogramDesk:
    """Answers how much traded at which price."""

    def __init__(self, past: PastMarket) -> None:
        self._past = past
        self.handlers: Handlers = {
            ReqHistogramData: self._begin,
            CancelHistogramData: self._cancel,
        }

    def _begin(self, client: ClientLink, request: ReqHistogramData) -> None:
        listing = self._past.find(request.contract, expired=request.include_expired)
        if isinstance(listing, Refusal):
            client.fail(request.request_id, listing)
            return
        own = listing.contract
        if not is_shown(own.sec_type, WhatToShow.TRADES) or not self._past.is_kept(listing):
            exchange = request.contract.exchange or listing.venue
            refusal = unavailable(own.symbol, own.sec_type, exchange, WhatToShow.TRADES)
            client.fail(request.request_id, refusal)
            return
        venue = self._past.venue(listing)
        window = window_of_period(request.period, venue, self._past.now(), self._past.calendar)
        if window is None:
            why = f"Invalid time period {request.period!r}; a number and a unit is needed: 3 days"
            client.fail(request.request_id, invalid(why))
            return
        client.begin(_HISTOGRAM, request.request_id, self._answer(client, request, listing, window))

    async def _answer(
        self, client: ClientLink, request: ReqHistogramData, listing: Listing, window: Window
    ) -> None:
        found = await asyncio.to_thread(
            traded_at, self._past.market, self._past.key(listing), window, regular=request.use_rth
        )
        if not found:
            client.fail(
                request.request_id, no_data(listing, request.contract.exchange, "Histogram")
            )
            return
        entries = tuple(
            HistogramEntry(price=money(price), size=money(size)) for price, size in found.items()
        )
        client.send(HistogramData(request_id=request.request_id, entries=entries))

    def _cancel(self, client: ClientLink, request: CancelHistogramData) -> None:
        client.end(_HISTOGRAM, request.request_id)
