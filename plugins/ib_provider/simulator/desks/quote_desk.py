# SPDX-License-Identifier: Apache-2.0
"""Requests for quotes: snapshots, and streams that tick once a second where something moved."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from ib_provider.simulator.brokerage import Brokerage
from ib_provider.simulator.client_link import ClientLink, Handlers
from ib_provider.simulator.contracts import Listing
from ib_provider.simulator.exchange.matching import money
from ib_provider.simulator.market.market import MarketQuote
from ib_provider.simulator.refusal import Refusal
from ib_provider.wire.messages import (
    Answer,
    CancelMktData,
    MarketDataTypeAnswer,
    ReqMarketDataType,
    ReqMktData,
    TickGeneric,
    TickPrice,
    TickReqParams,
    TickSize,
    TickSnapshotEnd,
    TickString,
)

__all__ = ["QuoteDesk"]

_QUOTES: Final = "quotes"
_EVERY_S: Final = 1.0
_FROZEN_WANTED: Final = (2, 4)
_LIVE, _FROZEN = 1, 2
#: IB's tick types.
_BID_SIZE, _BID, _ASK, _ASK_SIZE, _LAST, _LAST_SIZE, _HIGH, _LOW, _VOLUME, _CLOSE = range(10)
_OPEN, _LAST_TIME, _HALTED = 14, 45, 49
_NO_PRICE: Final = Decimal(-1)


class QuoteDesk:
    """Answers market data: live in regular hours, frozen outside them to whoever asks for that."""

    def __init__(self, brokerage: Brokerage) -> None:
        self._brokerage = brokerage
        self.handlers: Handlers = {
            ReqMktData: self._begin,
            CancelMktData: self._cancel,
            ReqMarketDataType: self._choose_type,
        }

    def _choose_type(self, client: ClientLink, request: ReqMarketDataType) -> None:
        chosen = client.subscriptions("market data type")
        chosen.clear()
        chosen.add(request.market_data_type)

    def _begin(self, client: ClientLink, request: ReqMktData) -> None:
        request_id = request.request_id
        if client.is_running(_QUOTES, request_id):
            client.fail(request_id, Refusal(code=102, message="Duplicate ticker ID."))
            return
        listing = self._brokerage.resolve(request.contract)
        if isinstance(listing, Refusal):
            client.fail(request_id, listing)
            return
        if not listing.series or self._quote(client, listing) is None:
            text = "Requested market data is not subscribed."
            client.fail(request_id, Refusal(code=354, message=text))
            return
        client.begin(_QUOTES, request_id, self._stream(client, request, listing))

    def _cancel(self, client: ClientLink, request: CancelMktData) -> None:
        if not client.end(_QUOTES, request.request_id):
            text = f"Can't find EId with tickerId:{request.request_id}"
            client.fail(request.request_id, Refusal(code=300, message=text))

    async def _stream(self, client: ClientLink, request: ReqMktData, listing: Listing) -> None:
        request_id = request.request_id
        params = TickReqParams(
            request_id=request_id,
            min_tick=listing.min_tick,
            bbo_exchange="9c0001",
            snapshot_permissions=3,
        )
        client.send(params)
        seen: set[Answer] = set()
        while True:
            quote = self._quote(client, listing)
            if quote is not None:
                ticks = list(self._ticks(request_id, quote, frozen=self._frozen(client)))
                for tick in ticks:
                    if tick not in seen:
                        client.send(tick)
                seen = set(ticks)
            if request.snapshot or request.regulatory_snapshot:
                client.send(TickSnapshotEnd(request_id=request_id))
                return
            await client.drain()
            await asyncio.sleep(_EVERY_S)

    def _frozen(self, client: ClientLink) -> bool:
        return bool(client.subscriptions("market data type") & set(_FROZEN_WANTED))

    def _quote(self, client: ClientLink, listing: Listing) -> MarketQuote | None:
        now = self._brokerage.clock.now()
        return self._brokerage.market.quote(listing.series, now, frozen=self._frozen(client))

    def _ticks(self, request_id: int, quote: MarketQuote, *, frozen: bool) -> Iterator[Answer]:
        kind = _FROZEN if frozen and not quote.trading else _LIVE
        yield MarketDataTypeAnswer(request_id=request_id, market_data_type=kind)
        prices = (
            (_BID, quote.bid, _BID_SIZE, quote.bid_size),
            (_ASK, quote.ask, _ASK_SIZE, quote.ask_size),
            (_LAST, quote.last, _LAST_SIZE, quote.last_size),
        )
        for tick, price, size_tick, size in prices:
            shown, amount = _NO_PRICE if price is None else money(price), Decimal(size)
            yield TickPrice(request_id=request_id, tick_type=tick, price=shown, size=amount)
            yield TickSize(request_id=request_id, tick_type=size_tick, size=amount)
        yield TickSize(request_id=request_id, tick_type=_VOLUME, size=Decimal(quote.volume))
        rest = (
            (_HIGH, quote.high),
            (_LOW, quote.low),
            (_CLOSE, quote.previous_close),
            (_OPEN, quote.open),
        )
        for tick, price in rest:
            if price is not None:
                yield TickPrice(
                    request_id=request_id, tick_type=tick, price=money(price), size=Decimal(0)
                )
        yield TickGeneric(request_id=request_id, tick_type=_HALTED, value=Decimal(0))
        seconds = int(self._brokerage.clock.now().timestamp())
        yield TickString(request_id=request_id, tick_type=_LAST_TIME, value=str(seconds))
