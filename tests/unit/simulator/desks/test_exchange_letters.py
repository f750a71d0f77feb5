# SPDX-License-Identifier: Apache-2.0
"""Letters of exchanges beside a quote, against the ticks and the book of the same stock."""

from __future__ import annotations

from datetime import timedelta

from ib_provider.simulator.desks.depth_rows import spread_over
from ib_provider.simulator.desks.exchange_letters import exchange_ticks
from ib_provider.simulator.desks.live_market import Traded
from ib_provider.simulator.market.ticks import TickTape, venue_at
from tests.support.simulator import at, listing, real_market

LETTERS = {"AMEX": "A", "NASDAQ": "Q", "NYSE": "N", "ARCA": "P", "BATS": "Z", "IEX": "V"}
STOCK = Traded(listing=listing("AAPL"), key="AAPL", venue="SMART")


def test_letters_are_those_of_the_last_trade_and_the_best_rows() -> None:
    """At any second, ticks, book and quote name the same exchanges."""
    market = real_market()
    for second in range(0, 600, 37):
        now = at("2013-03-04 10:00") + timedelta(seconds=second)
        quote = market.quote("AAPL", now, extended=True)
        assert quote is not None
        told = {tick.tick_type: tick.value for tick in exchange_ticks(1, STOCK, quote)}
        tape = TickTape(market, "AAPL")
        (last,) = tape.latest(tape.trades, int(now.timestamp()), 1)
        assert told[84] == LETTERS[venue_at(STOCK.venues, last)]
        bids, _ = market.book("AAPL", now, rows=5)
        rows = spread_over(bids, STOCK.venues, 5, "AAPL/bid")
        best = "".join(LETTERS[row.maker] for row in rows if row.price == quote.bid)
        assert told[32] == best


def test_stock_at_one_exchange_has_no_letters() -> None:
    """There is nothing to tell apart."""
    quote = real_market().quote("AAPL", at("2013-03-04 10:00"))
    assert quote is not None
    alone = Traded(listing=listing("AAPL"), key="AAPL", venue="NASDAQ")
    assert list(exchange_ticks(1, alone, quote)) == []
