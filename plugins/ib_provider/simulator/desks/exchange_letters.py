# SPDX-License-Identifier: Apache-2.0
"""Which exchanges show the best prices of a stock, and which traded last: letters of the tape."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from ib_provider.domain.contract import SecType
from ib_provider.simulator.desks.depth_rows import spread_over
from ib_provider.simulator.desks.exchange_desk import LETTERS
from ib_provider.simulator.desks.live_market import Traded
from ib_provider.simulator.exchange.matching import money
from ib_provider.simulator.market.market import Level, MarketQuote
from ib_provider.simulator.market.ticks import Trade, venue_at
from ib_provider.wire.messages import TickString

__all__ = ["exchange_ticks"]

_BID, _ASK, _LAST = 32, 33, 84
_AT_BEST: Final = 2  # exchanges that show a large best price


def exchange_ticks(request_id: int, traded: Traded, quote: MarketQuote) -> Iterator[TickString]:
    """Yield the letters of a stock routed to all its exchanges: of its book and its trades."""
    venues = traded.venues
    if traded.sec_type is not SecType.STK or len(venues) < 2 or not set(venues) <= set(LETTERS):
        return
    for number, side, price, size in (
        (_BID, "bid", quote.bid, quote.bid_size),
        (_ASK, "ask", quote.ask, quote.ask_size),
    ):
        if price is not None:
            rows = spread_over([Level(price, size)], venues, _AT_BEST, f"{traded.key}/{side}")
            letters = "".join(LETTERS[row.maker] for row in rows)
            yield TickString(request_id=request_id, tick_type=number, value=letters)
    last = Trade(int(quote.last_at.timestamp()), money(quote.last), Decimal(quote.last_size))
    yield TickString(request_id=request_id, tick_type=_LAST, value=LETTERS[venue_at(venues, last)])
