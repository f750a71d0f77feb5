# SPDX-License-Identifier: Apache-2.0
"""Requests for real-time bars: one of five seconds, every five seconds.

Rules:
    * A bar is told once it is over; bars lie on whole multiples of five seconds.
    * They are cut from the same seconds as historical bars, by the same code.
    * No bar is made of time outside the session, nor of time in which no data arrived.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ib_provider.domain.bar import WhatToShow
from ib_provider.domain.contract import SecType
from ib_provider.simulator.client_link import ClientLink, Handlers
from ib_provider.simulator.desks.live_market import DataLine, LiveMarket, Traded, no_such_stream
from ib_provider.simulator.exchange.matching import money
from ib_provider.simulator.market.bar_columns import BarColumns, gathered, priced, seen_as
from ib_provider.simulator.market.market import Market
from ib_provider.simulator.market.second_path import SECONDS
from ib_provider.simulator.market.session_path import joined
from ib_provider.simulator.market.ticks import TickTape
from ib_provider.simulator.refusal import Refusal
from ib_provider.wire.messages import CancelRealTimeBars, RealTimeBar, ReqRealTimeBars

__all__ = ["BarStreamDesk", "live_bars"]

_BARS: Final = "real-time bars"
_SIZE_S: Final = 5
_A_STRETCH_S: Final = 600
_ABOUT: Final = "Invalid Real-time Query"
_SHOWN: Final = {
    what.value: what
    for what in (WhatToShow.TRADES, WhatToShow.MIDPOINT, WhatToShow.BID, WhatToShow.ASK)
}


@dataclass(frozen=True, slots=True)
class _Stream:
    request: ReqRealTimeBars
    traded: Traded
    what: WhatToShow


class BarStreamDesk:
    """Answers requests for real-time bars."""

    def __init__(self, live: LiveMarket) -> None:
        self._live = live
        self.handlers: Handlers = {
            ReqRealTimeBars: self._begin,
            CancelRealTimeBars: self._cancel,
        }

    def _begin(self, client: ClientLink, request: ReqRealTimeBars) -> None:
        request_id = request.request_id
        if client.is_running(_BARS, request_id):
            client.fail(request_id, Refusal(code=102, message="Duplicate ticker ID."))
            return
        found = self._live.find(request.contract)
        if not isinstance(found, Refusal):
            found = self._refusal(request, found) or found
        if isinstance(found, Refusal):
            client.fail(request_id, found)
            return
        stream = _Stream(request, found, _SHOWN[request.what_to_show.upper()])
        client.begin(_BARS, request_id, self._run(client, stream))

    def _cancel(self, client: ClientLink, request: CancelRealTimeBars) -> None:
        if not client.end(_BARS, request.request_id):
            no_such_stream(client, request.request_id)

    def _refusal(self, request: ReqRealTimeBars, traded: Traded) -> Refusal | None:
        shown = request.what_to_show.upper()
        if request.bar_size != _SIZE_S:
            return _invalid(f"Bar size {request.bar_size} is not 5, the only one there is")
        if shown not in _SHOWN:
            return _invalid(f"Incorrect data type requested: {request.what_to_show!r}")
        own = traded.listing.contract
        trades = shown == WhatToShow.TRADES
        if (trades and not traded.what.traded) or (not trades and own.sec_type is SecType.IND):
            return _invalid(f"{shown} is not available for {own.sec_type}")
        return self._live.entitlements.stream_refusal(own, code=420, about=_ABOUT)

    async def _run(self, client: ClientLink, stream: _Stream) -> None:
        beat, symbol = self._live.beat, stream.traded.listing.contract.symbol
        done = -(-beat.second // _SIZE_S) * _SIZE_S  # the bar that runs already is nobody's
        line = DataLine(self._live)
        while True:
            now = await beat.after(done + _SIZE_S - 1)
            upto = min(now // _SIZE_S * _SIZE_S, done + _A_STRETCH_S)
            if line.flows() and not (line.missed or self._live.halted(symbol)):
                for bar in self._bars(stream, done, upto):
                    client.send(bar)
            done = upto
            await client.drain()

    def _bars(self, stream: _Stream, first: int, last: int) -> Iterator[RealTimeBar]:
        bars = live_bars(
            self._live.market,
            stream.traded.key,
            stream.what,
            first,
            last,
            regular=stream.request.use_rth,
        )
        for columns in bars:
            yield from _answers(stream.request.request_id, columns)


def live_bars(
    market: Market, key: str, what: WhatToShow, first: int, last: int, *, regular: bool
) -> Iterator[BarColumns]:
    """Yield the bars of five seconds of a span of epoch seconds, session by session."""
    for path, begin, end in TickTape(market, key, regular=regular).stretches(first, last):
        rows = range(begin // SECONDS, (end - 1) // SECONDS + 1)
        seconds = [market.seconds(key, path, minute) for minute in rows]
        offset = begin - rows[0] * SECONDS
        part = joined(seconds).between(offset, offset + end - begin)
        columns = priced(
            part,
            begin=path.begin + begin,
            length=1,
            scale=path.what.scale,
            factor=1,
            counted=path.what.counted,
            spread=market.half_spread(key, path.day.session),
        )
        yield seen_as(gathered(columns, _SIZE_S, shift_s=0), what)


def _answers(request_id: int, bars: BarColumns) -> Iterator[RealTimeBar]:
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume, bars.wap)
    counts = zip(bars.start.tolist(), bars.trades.tolist(), strict=True)
    for place, (start, count) in enumerate(counts):
        opened, high, low, close, volume, wap = (money(float(column[place])) for column in columns)
        yield RealTimeBar(
            request_id=request_id,
            time=start,
            open_=opened,
            high=high,
            low=low,
            close=close,
            volume=volume,
            wap=wap,
            count=count,
        )


def _invalid(why: str) -> Refusal:
    return Refusal(code=420, message=f"{_ABOUT}:{why}")
