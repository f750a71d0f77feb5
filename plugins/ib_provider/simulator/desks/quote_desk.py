# SPDX-License-Identifier: Apache-2.0
"""Requests for quotes: snapshots, and streams that tick once a second where something moved.

Rules:
    * The type a client chose holds for the streams it has, too: frozen shows the book as the
      session left it; delayed is the market of a quarter of an hour ago.
    * A value is told when it differs from the one told before; after a time without data, all are.
    * A client that reads slowly is told less often, never more than the latest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from ib_provider.domain.contract import SecType
from ib_provider.simulator.client_link import ClientLink, Handlers
from ib_provider.simulator.contracts.listing import SMART
from ib_provider.simulator.desks.exchange_desk import BBO_EXCHANGE
from ib_provider.simulator.desks.exchange_letters import exchange_ticks
from ib_provider.simulator.desks.generic_ticks import NO_BASE_TICKS, parse_generic_ticks
from ib_provider.simulator.desks.generic_values import GenericValues, Moment
from ib_provider.simulator.desks.live_market import DataLine, LiveMarket, no_such_stream
from ib_provider.simulator.desks.option_ticks import option_ticks, option_view
from ib_provider.simulator.desks.quote_source import QuoteSource, SingleSource, combo_source
from ib_provider.simulator.desks.quote_ticks import (
    DELAYED,
    DELAYED_FROZEN,
    FROZEN,
    LIVE,
    quote_ticks,
)
from ib_provider.simulator.market.market import MarketQuote
from ib_provider.simulator.refusal import Refusal, invalid
from ib_provider.wire.messages import (
    Answer,
    CancelMktData,
    MarketDataTypeAnswer,
    ReqMarketDataType,
    ReqMktData,
    RerouteMktData,
    TickGeneric,
    TickReqParams,
    TickSnapshotEnd,
)

__all__ = ["QuoteDesk"]

_QUOTES: Final = "quotes"
_CHOSEN: Final = "market data type"
_LEAST_S: Final = 0.25  # real seconds between two rounds of ticks, however fast the clock runs
_SNAPSHOT_S: Final = 11.0  # real seconds after which a snapshot without data ends
_DELAY: Final = timedelta(minutes=15)
_FROZEN_CHOSEN: Final = (FROZEN, DELAYED_FROZEN)
_SNAPSHOT_PERMISSIONS: Final = 3
_NO_NEWS: Final = 292
_HALTED: Final = (49, 90)


@dataclass(slots=True)
class _Stream:
    """One request and what has been told of it: kind and number of a tick → the tick."""

    request: ReqMktData
    source: QuoteSource
    values: GenericValues
    delayed: bool
    since: int
    line: DataLine
    told: dict[tuple[type, int], Answer] = field(default_factory=dict)

    @property
    def once(self) -> bool:
        return self.request.snapshot or self.request.regulatory_snapshot

    @property
    def symbols(self) -> list[str]:
        return [part.listing.contract.symbol for part in self.source.parts]


class QuoteDesk:
    """Answers requests for quotes."""

    def __init__(self, live: LiveMarket) -> None:
        self._live = live
        self.handlers: Handlers = {
            ReqMktData: self._begin,
            CancelMktData: self._cancel,
            ReqMarketDataType: self._choose_type,
        }

    def _choose_type(self, client: ClientLink, request: ReqMarketDataType) -> None:
        chosen = client.subscriptions(_CHOSEN)
        chosen.clear()
        chosen.add(request.market_data_type)

    def _begin(self, client: ClientLink, request: ReqMktData) -> None:
        request_id = request.request_id
        if client.is_running(_QUOTES, request_id):
            client.fail(request_id, Refusal(code=102, message="Duplicate ticker ID."))
            return
        source = self._source(request)
        if isinstance(source, Refusal):
            client.fail(request_id, source)
            return
        if stock := source.parts[0].rerouted_to:
            client.send(RerouteMktData(request_id=request_id, con_id=stock, exchange=SMART))
            return
        stream = self._stream(client, request, source)
        if isinstance(stream, Refusal):
            client.fail(request_id, stream)
            return
        client.begin(_QUOTES, request_id, self._run(client, stream))

    def _cancel(self, client: ClientLink, request: CancelMktData) -> None:
        if not client.end(_QUOTES, request.request_id):
            no_such_stream(client, request.request_id)

    def _source(self, request: ReqMktData) -> QuoteSource | Refusal:
        if request.contract.sec_type is SecType.BAG:
            return combo_source(self._live, request.combo_legs)
        found = self._live.find(request.contract)
        return found if isinstance(found, Refusal) else SingleSource(self._live.market, found)

    def _stream(
        self, client: ClientLink, request: ReqMktData, source: QuoteSource
    ) -> _Stream | Refusal:
        first, combined = source.parts[0], request.contract.sec_type is SecType.BAG
        generic = parse_generic_ticks(
            request.generic_ticks, SecType.BAG if combined else first.sec_type
        )
        if isinstance(generic, Refusal):
            return generic
        if request.snapshot and generic:
            return invalid("Snapshot market data subscription is not applicable to generic ticks")
        if _NO_NEWS in generic:
            return Refusal(code=10276, message="News is not allowed.")
        chosen, delayed = self._chosen(client), False
        for part in source.parts:
            symbol = part.listing.contract.symbol
            access = self._live.entitlements.access(symbol, chosen)
            if access.refusal is not None:
                return access.refusal
            if access.notice is not None:
                client.fail(request.request_id, access.notice)
            delayed = delayed or access.delayed
        if source.quote(self._at(delayed=delayed), frozen=True) is None:
            return Refusal(code=354, message="Requested market data is not subscribed.")
        values = GenericValues(
            self._live, first, request.request_id, frozenset() if combined else generic
        )
        since = int(self._at(delayed=delayed).timestamp())
        return _Stream(request, source, values, delayed, since, DataLine(self._live))

    async def _run(self, client: ClientLink, stream: _Stream) -> None:
        request_id, beat = stream.request.request_id, self._live.beat
        params = TickReqParams(
            request_id=request_id,
            min_tick=stream.source.parts[0].listing.min_tick,
            bbo_exchange=BBO_EXCHANGE,
            snapshot_permissions=_SNAPSHOT_PERMISSIONS,
        )
        client.send(params)
        if stream.once:
            await self._wait_for_data()
            self._tell(client, stream)
            client.send(TickSnapshotEnd(request_id=request_id))
            return
        second = beat.second
        while True:
            self._tell(client, stream)
            await client.drain()
            await asyncio.sleep(_LEAST_S)
            second = await beat.after(second)

    async def _wait_for_data(self) -> None:
        """Wait for a broken farm, for as long as a snapshot does."""
        second = self._live.beat.second
        with suppress(TimeoutError):
            async with asyncio.timeout(_SNAPSHOT_S):
                while not self._live.flows:
                    second = await self._live.beat.after(second)

    def _tell(self, client: ClientLink, stream: _Stream) -> None:
        if not stream.line.flows():
            return
        if stream.line.missed:
            stream.told.clear()
            stream.since = int(self._at(delayed=stream.delayed).timestamp())
        halted = any(map(self._live.halted, stream.symbols))
        if halted and stream.told:
            self._tell_halt(client, stream)
            return
        at, chosen = self._at(delayed=stream.delayed), self._chosen(client)
        quote = stream.source.quote(at, frozen=chosen in _FROZEN_CHOSEN)
        if quote is None:  # expired meanwhile
            return
        kind = _kind(quote, chosen, delayed=stream.delayed)
        for tick in self._ticks(stream, quote, at, kind, halted=halted):
            key = (type(tick), getattr(tick, "tick_type", 0))
            if stream.told.get(key) != tick:
                stream.told[key] = tick
                client.send(tick)
        stream.since = int(at.timestamp())

    def _tell_halt(self, client: ClientLink, stream: _Stream) -> None:
        number = _HALTED[stream.delayed]
        flag = TickGeneric(request_id=stream.request.request_id, tick_type=number, value=Decimal(1))
        if stream.told.get((TickGeneric, number)) != flag:
            stream.told[TickGeneric, number] = flag
            client.send(flag)

    def _ticks(
        self, stream: _Stream, quote: MarketQuote, at: datetime, kind: int, *, halted: bool
    ) -> Iterator[Answer]:
        request, first = stream.request, stream.source.parts[0]
        if NO_BASE_TICKS in request.generic_ticks:
            yield MarketDataTypeAnswer(request_id=request.request_id, market_data_type=kind)
        else:
            yield from quote_ticks(
                request.request_id, quote, stream.source.shape, kind=kind, halted=halted
            )
            if len(stream.source.parts) == 1 and not stream.delayed:
                yield from exchange_ticks(request.request_id, first, quote)
        if len(stream.source.parts) == 1:
            view = option_view(self._live.market, first.key, at)
            if view is not None:
                yield from option_ticks(request.request_id, quote, view, delayed=stream.delayed)
        yield from stream.values.ticks(Moment(quote=quote, at=at, since=stream.since))

    def _at(self, *, delayed: bool) -> datetime:
        at = datetime.fromtimestamp(self._live.beat.second, UTC)
        return at - _DELAY if delayed else at

    def _chosen(self, client: ClientLink) -> int:
        return next(iter(client.subscriptions(_CHOSEN)), LIVE)


def _kind(quote: MarketQuote, chosen: int, *, delayed: bool) -> int:
    frozen = chosen in _FROZEN_CHOSEN and not quote.trading
    if delayed:
        return DELAYED_FROZEN if frozen else DELAYED
    return FROZEN if frozen else LIVE
