# SPDX-License-Identifier: Apache-2.0
"""Requests for every tick: trades, quotes or middle prices, as they happen.

A request may begin with past ticks; they come as historical ticks, as at a real gateway, and the
first live one follows the last of them. A client that reads more slowly than the market trades
falls behind and loses nothing: what it has not read is kept as a time, not as messages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ib_provider.domain.contract import SecType
from ib_provider.simulator.client_link import ClientLink, Handlers
from ib_provider.simulator.desks.live_market import DataLine, LiveMarket, Traded, no_such_stream
from ib_provider.simulator.market.ticks import Middle, Quote, TickTape, Trade, venue_at
from ib_provider.simulator.refusal import Refusal, invalid
from ib_provider.wire.messages import (
    Answer,
    CancelTickByTickData,
    HistoricalTick,
    HistoricalTickBidAsk,
    HistoricalTickLast,
    HistoricalTicks,
    HistoricalTicksBidAsk,
    HistoricalTicksLast,
    ReqTickByTickData,
    TickByTickAllLast,
    TickByTickBidAsk,
    TickByTickMidPoint,
)

__all__ = ["TickDesk"]

_TICKS: Final = "tick by tick"
_MOST_PAST: Final = 1_000
_A_BREATH: Final = 256
"""Ticks after which other clients are served."""
_A_STRETCH_S: Final = 600
"""Seconds of ticks that are made at a time by a stream that has fallen behind."""
_ABOUT: Final = "Failed to request tick-by-tick data"
_TRADES: Final = {"Last": 1, "AllLast": 2}
_KINDS: Final = (*_TRADES, "BidAsk", "MidPoint")
#: Kinds of contract that a gateway streams no ticks of. Source: TWS API, "Tick-by-Tick Data": of
#: options only past ticks, of indices only CME's, of combinations none.
_NEVER: Final = (SecType.OPT, SecType.FOP, SecType.WAR, SecType.BAG)
_ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class _Stream:
    """One request with what it means. ``live`` yields the answers of a span of seconds."""

    request: ReqTickByTickData
    traded: Traded
    tape: TickTape

    def live(self, first: int, last: int) -> Iterator[Answer]:
        request_id, kind = self.request.request_id, self.request.tick_type
        if kind == "BidAsk":
            for quote in self.tape.quotes(first, last, ignore_size=self.request.ignore_size):
                yield TickByTickBidAsk(
                    request_id=request_id,
                    time=quote.time,
                    bid=quote.bid,
                    ask=quote.ask,
                    bid_size=quote.bid_size,
                    ask_size=quote.ask_size,
                )
        elif kind == "MidPoint":
            for middle in self.tape.middles(first, last):
                yield TickByTickMidPoint(
                    request_id=request_id, time=middle.time, price=middle.price
                )
        else:
            yield from self._trades(first, last, _TRADES[kind])

    def past(self, before: int) -> Answer:
        """Return the ticks that the request begins with."""
        tape, request = self.tape, self.request
        if request.tick_type == "BidAsk":
            quotes = tape.latest(self._quotes, before, request.count)
            return HistoricalTicksBidAsk(
                request_id=request.request_id, ticks=tuple(map(_past_quote, quotes))
            )
        if request.tick_type == "MidPoint":
            middles = tape.latest(tape.middles, before, request.count)
            return HistoricalTicks(
                request_id=request.request_id, ticks=tuple(map(_past_middle, middles))
            )
        trades = tape.latest(tape.trades, before, request.count)
        venues = self.traded.venues
        return HistoricalTicksLast(
            request_id=request.request_id,
            ticks=tuple(_past_trade(trade, venue_at(venues, trade)) for trade in trades),
        )

    def _trades(self, first: int, last: int, number: int) -> Iterator[Answer]:
        request_id, venues = self.request.request_id, self.traded.venues
        for trade in self.tape.trades(first, last):
            yield TickByTickAllLast(
                request_id=request_id,
                tick_type=number,
                time=trade.time,
                price=trade.price,
                size=trade.size,
                exchange=venue_at(venues, trade),
            )

    def _quotes(self, first: int, last: int) -> Iterator[Quote]:
        return self.tape.quotes(first, last, ignore_size=self.request.ignore_size)


class TickDesk:
    """Answers tick-by-tick requests."""

    def __init__(self, live: LiveMarket) -> None:
        self._live = live
        self.handlers: Handlers = {
            ReqTickByTickData: self._begin,
            CancelTickByTickData: self._cancel,
        }

    def _begin(self, client: ClientLink, request: ReqTickByTickData) -> None:
        request_id = request.request_id
        if client.is_running(_TICKS, request_id):
            client.fail(request_id, Refusal(code=102, message="Duplicate ticker ID."))
            return
        found = _request_refusal(request) or self._live.find(request.contract)
        if not isinstance(found, Refusal):
            found = self._refusal(request, found) or found
        if isinstance(found, Refusal):
            client.fail(request_id, found)
            return
        stream = _Stream(request, found, TickTape(self._live.market, found.key))
        client.begin(_TICKS, request_id, self._run(client, stream))

    def _cancel(self, client: ClientLink, request: CancelTickByTickData) -> None:
        if not client.end(_TICKS, request.request_id):
            no_such_stream(client, request.request_id)

    def _refusal(self, request: ReqTickByTickData, traded: Traded) -> Refusal | None:
        kind, own = request.tick_type, traded.listing.contract
        index = own.sec_type is SecType.IND and own.exchange != "CME"
        unquoted = own.sec_type is SecType.IND and kind not in _TRADES
        untraded = kind in _TRADES and not traded.what.traded
        if own.sec_type in _NEVER or index or unquoted or untraded:
            text = f"{_ABOUT}:{kind} is not supported for {own.sec_type} on {own.exchange}"
            return Refusal(code=10189, message=text)
        return self._live.entitlements.stream_refusal(own, code=10189, about=_ABOUT)

    async def _run(self, client: ClientLink, stream: _Stream) -> None:
        beat, symbol = self._live.beat, stream.traded.listing.contract.symbol
        done = beat.second
        if stream.request.count:
            client.send(stream.past(done))
        line = DataLine(self._live)
        while True:
            upto = min(await beat.after(done), done + _A_STRETCH_S)
            if line.flows() and not (line.missed or self._live.halted(symbol)):
                await _send(client, stream.live, done, upto)
            done = upto
            await client.drain()


async def _send(
    client: ClientLink, ticks: Callable[[int, int], Iterator[Answer]], first: int, last: int
) -> None:
    for number, answer in enumerate(ticks(first, last), 1):
        client.send(answer)
        if number % _A_BREATH == 0:
            await client.drain()
            await asyncio.sleep(0)


def _request_refusal(request: ReqTickByTickData) -> Refusal | None:
    if request.tick_type not in _KINDS:
        return invalid(f"Invalid tick type {request.tick_type!r}: one of {', '.join(_KINDS)}")
    if not 0 <= request.count <= _MOST_PAST:
        return invalid(f"Number of ticks {request.count} is not between 0 and {_MOST_PAST}")
    return None


def _past_trade(trade: Trade, venue: str) -> HistoricalTickLast:
    return HistoricalTickLast(time=trade.time, price=trade.price, size=trade.size, exchange=venue)


def _past_quote(quote: Quote) -> HistoricalTickBidAsk:
    return HistoricalTickBidAsk(
        time=quote.time,
        bid=quote.bid,
        ask=quote.ask,
        bid_size=quote.bid_size,
        ask_size=quote.ask_size,
    )


def _past_middle(middle: Middle) -> HistoricalTick:
    return HistoricalTick(time=middle.time, price=middle.price, size=_ZERO)
