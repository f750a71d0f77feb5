# SPDX-License-Identifier: Apache-2.0
"""The market of a combination: what its legs cost together. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ib_provider.domain.order import Side
from ib_provider.simulator.contracts.listing import Leg
from ib_provider.simulator.market.market import MarketQuote

__all__ = ["combined"]


def combined(legs: Sequence[Leg], quotes: Sequence[MarketQuote | None]) -> MarketQuote | None:
    """Return the price at which all legs can be traded at once; None where one has no quote.

    Bought, it costs the asks of the legs that are bought less the bids of those that are sold; so
    prices can be zero and below. The size is that of the scarcest leg, at least one.
    """
    known = [quote for quote in quotes if quote is not None]
    if len(known) < len(legs):
        return None
    pairs = list(zip(legs, known, strict=True))

    def total(pick: Callable[[Leg, MarketQuote], float | None]) -> float | None:
        prices = [(pick(leg, quote), leg.weight) for leg, quote in pairs]
        if any(price is None for price, _ in prices):
            return None
        return sum(price * float(weight) for price, weight in prices if price is not None)

    def size(side: Side) -> int:
        fewest = min(
            (quote.ask_size if leg.traded(side) is Side.BUY else quote.bid_size) // leg.ratio
            for leg, quote in pairs
        )
        return max(1, fewest)

    first = known[0]
    last = total(lambda _, quote: quote.last) or 0.0
    return replace(
        first,
        bid=total(lambda leg, quote: quote.bid if leg.side is Side.BUY else quote.ask),
        ask=total(lambda leg, quote: quote.ask if leg.side is Side.BUY else quote.bid),
        bid_size=size(Side.SELL),
        ask_size=size(Side.BUY),
        last=last,
        last_size=min(quote.last_size // leg.ratio for leg, quote in pairs),
        open=last,
        high=last,
        low=last,
        volume=0,
        previous_close=total(lambda _, quote: quote.previous_close),
        trading=all(quote.trading for quote in known),
        last_at=max(quote.last_at for quote in known),
    )
